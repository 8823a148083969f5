package pagerduty_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

func TestCheckupTriesTheKeyAndTheWebhookAndOpensNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*pagerduty.Config, *stand)
		item   string
		reason checkup.Reason // empty: it is OK
		says   string
	}{
		"the key":            {nil, "routing key", "", "takes an event"},
		"the clock":          {nil, "clock", "", "within"},
		"the webhook":        {nil, "requests at the gateway", "", "/pagerduty/webhook"},
		"who is paged":       {nil, "who is paged", checkup.Unseen, "escalation policy"},
		"another's key":      {func(c *pagerduty.Config, _ *stand) { c.RoutingKey = strings.Repeat("f", 32) }, "routing key", checkup.Refused, "Integration Key"},
		"a host that is not": {func(c *pagerduty.Config, _ *stand) { c.EventsURL = "http://127.0.0.1:1" }, "routing key", checkup.Unreachable, "PAGERDUTY_EVENTS_URL"},
		"a proxy's page":     {func(_ *pagerduty.Config, s *stand) { s.Faults().Add(faults.Fault{Kind: faults.HTML}) }, "routing key", checkup.ElsewhereAPI, "sign-in page"},
		"a slow clock":       {func(c *pagerduty.Config, _ *stand) { c.Now = func() time.Time { return time.Now().Add(-time.Hour) } }, "clock", checkup.ClockSkew, "NTP"},
		"no webhook":         {func(c *pagerduty.Config, _ *stand) { c.WebhookSecrets = nil }, "webhook secret", checkup.Advised, "PAGERDUTY_WEBHOOK_SECRET"},
		"another secret":     {func(c *pagerduty.Config, _ *stand) { c.WebhookSecrets = []string{"other-secret-0123456789"} }, "requests at the gateway", checkup.Refused, "same PAGERDUTY_WEBHOOK_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, pagerdutytest.Options{})
			api := httptest.NewServer(s.Server)
			t.Cleanup(api.Close)
			cfg := pagerduty.Config{
				EventsURL: api.URL, RoutingKey: routingKey, WebhookSecrets: []string{webhookSecret},
				HTTP: httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
			}
			handler, err := pagerduty.NewHandler(cfg, s.desk)
			require.NoError(t, err)
			mux := http.NewServeMux()
			mux.Handle(pagerduty.PathWebhook, handler)
			gateway := httptest.NewServer(mux)
			t.Cleanup(gateway.Close)
			cfg.PublicURL = gateway.URL
			if c.change != nil {
				c.change(&cfg, s)
			}
			client, err := pagerduty.New(cfg)
			require.NoError(t, err)
			found := map[string]checkup.Check{}
			for _, check := range client.Checkup(t.Context()) {
				require.NotContains(t, check.Detail+check.Mend, cfg.RoutingKey)
				found[check.Item] = check
			}
			require.Contains(t, found, c.item)
			require.Equal(t, c.reason, found[c.item].Reason, "%+v", found[c.item])
			require.Contains(t, found[c.item].Detail+" "+found[c.item].Mend, c.says)
			require.Empty(t, s.Incidents())
			require.Empty(t, s.desk.submitted())
		})
	}
}
