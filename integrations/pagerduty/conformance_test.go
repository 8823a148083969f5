package pagerduty_test

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
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

func TestConformance(t *testing.T) {
	// PagerDuty asks for the same event again after a 5xx and knows it by its key.
	// What is not found here is the API itself: the address is wrong.
	classes := map[int]compliance.Class{
		http.StatusInternalServerError: compliance.Unavailable, http.StatusBadGateway: compliance.Unavailable,
		http.StatusServiceUnavailable: compliance.Unavailable, http.StatusGatewayTimeout: compliance.Unavailable,
		http.StatusNotFound: compliance.Blocked, http.StatusGone: compliance.Blocked,
	}
	integrationtest.Run(t, integrationtest.Subject{
		Name: "pagerduty", Secrets: []string{routingKey, webhookSecret},
		Start: func(t *testing.T) integrationtest.Stand {
			server, err := pagerdutytest.New(pagerdutytest.Options{RoutingKey: routingKey})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, server.Close()) })
			return integrationtest.Stand{Handler: server, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				client, err := pagerduty.New(pagerduty.Config{
					EventsURL: base, RoutingKey: routingKey, WebhookSecrets: []string{webhookSecret}, Logger: log,
					HTTP: httpcall.Config{Timeout: timeout, Limits: map[string]httpcall.Limit{}},
				})
				require.NoError(t, err)
				return []integrationtest.Call{
					{
						Name: "page", Write: true, Classes: classes,
						Do: func(ctx context.Context, repeat bool) error {
							_, err := client.Send(ctx, toAnn, alarm(), repeat)
							return err
						},
						Effects: func() int { return len(server.Incidents()) },
					},
					{
						// What there is to resolve does not matter to the wire.
						Name: "stand down", Write: true, Idempotent: true, Classes: classes,
						Do: func(ctx context.Context, _ bool) error {
							return client.StandDown(ctx, toAnn, compliance.Paged{}, alarm(), "Ben has it.")
						},
						Effects: func() (n int) {
							for _, e := range server.Events() {
								if e.Status == http.StatusAccepted {
									n++
								}
							}
							return n
						},
					},
				}
			}}
		},
	})
}
