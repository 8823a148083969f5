package nodered_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name:    "node-red",
		Secrets: []string{token, another},
		Start: func(t *testing.T) integrationtest.Stand {
			stand, err := noderedtest.New(noderedtest.Options{Token: token})
			require.NoError(t, err)
			return integrationtest.Stand{
				Handler: stand,
				Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
					return calls(connect(t, base, base, timeout, log), stand)
				},
			}
		},
	})
}

// package of a flow set whose content digest is known without asking anybody.
func known(t *testing.T, flows string) compliance.Package {
	t.Helper()
	content, err := nodered.Digest([]byte(flows))
	require.NoError(t, err)
	return compliance.Package{Artifact: compliance.Artifact{Content: content}, Data: []byte(flows)}
}

func calls(c *nodered.Client, stand *noderedtest.Server) []integrationtest.Call {
	flows := "[" + flow("a", "/orders", "one") + "]"
	content, err := nodered.Digest([]byte(flows))
	if err != nil {
		panic(err)
	}
	p := compliance.Package{Artifact: compliance.Artifact{Content: content}, Data: []byte(flows)}
	// No path of the admin API is about a thing that could be gone: not found
	// means that the address is wrong.
	noThing := map[int]compliance.Class{http.StatusNotFound: compliance.Blocked, http.StatusGone: compliance.Blocked}
	path := func(suffix string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, suffix) }
	}
	const fresh = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945" // revision of no flows
	return []integrationtest.Call{
		{Name: "live", Classes: noThing, Match: path("/flows"), Do: func(ctx context.Context, _ bool) error {
			_, err := c.Live(ctx, target())
			return err
		}},
		{Name: "types", Classes: noThing, Match: path("/nodes"), Do: func(ctx context.Context, _ bool) error {
			_, err := c.Live(ctx, target())
			return err
		}},
		{Name: "state", Classes: noThing, Match: path("/flows/state"), Do: func(ctx context.Context, _ bool) error {
			_, err := c.Live(ctx, target())
			return err
		}},
		{Name: "snapshot", Classes: noThing, Do: func(ctx context.Context, _ bool) error {
			_, _, err := c.Snapshot(ctx, target())
			return err
		}},
		{Name: "validate", Classes: noThing, Match: path("/nodes"), Do: func(ctx context.Context, _ bool) error {
			_, err := c.Validate(ctx, target(), p.Data)
			return err
		}},
		{Name: "find", Classes: noThing, Do: func(ctx context.Context, _ bool) error {
			_, err := c.Find(ctx, target(), p, "k")
			return err
		}},
		{Name: "deploy", Write: true, Classes: noThing, Effects: stand.Deployments, Do: func(ctx context.Context, repeat bool) error {
			if repeat {
				if op, err := c.Find(ctx, target(), p, "k"); err != nil || op != nil {
					return err
				}
			}
			_, err := c.Deploy(ctx, target(), p, "k", compliance.PlatformVersion{Revision: fresh})
			return err
		}},
		// A conflict of the way back is read again and written again by itself.
		{Name: "rollback", Write: true, AnyStatus: true, Effects: stand.Deployments, Do: func(ctx context.Context, repeat bool) error {
			if repeat {
				if op, err := c.Find(ctx, target(), p, "k"); err != nil || op != nil {
					return err
				}
			}
			_, err := c.Rollback(ctx, target(), p, "k")
			return err
		}},
	}
}
