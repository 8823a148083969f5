package osv_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest"
	"github.com/lowcodex/countersign/integrations/osv"
	"github.com/lowcodex/countersign/integrations/osv/osvtest"
)

// secret is none of ours: the service wants none, and a proxy may.
const secret = "proxy-0123456789"

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name: "osv", Secrets: []string{secret},
		Start: func(t *testing.T) integrationtest.Stand {
			server, err := osvtest.New()
			require.NoError(t, err)
			t.Cleanup(server.Close)
			server.Publish(lodash())
			return integrationtest.Stand{Handler: server, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				c, err := osv.New(osv.Config{URL: base, Logger: log, HTTP: httpcall.Config{Timeout: timeout, Secrets: []string{secret}, Limits: map[string]httpcall.Limit{}}})
				require.NoError(t, err)
				return []integrationtest.Call{
					{
						Name: "ask", Match: func(r *http.Request) bool { return r.Method == http.MethodPost },
						// What is not found is the interface itself: the address is wrong.
						Classes: map[int]compliance.Class{http.StatusNotFound: compliance.Blocked, http.StatusGone: compliance.Blocked},
						Do: func(ctx context.Context, _ bool) error {
							_, err := c.Find(ctx, []string{lodash420})
							return err
						},
					},
					{Name: "look up", Do: func(ctx context.Context, _ bool) error { return c.LookUp(ctx, lodash().ID) }},
				}
			}}
		},
	})
}
