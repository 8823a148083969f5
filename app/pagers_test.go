package app

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack"
)

func bare(cfg Config) *App {
	return &App{cfg: cfg, log: slog.New(slog.DiscardHandler), measured: newMeasured()}
}

// A channel exists when it is configured, and a wrong configuration stops the start.
func TestPagers_AreTheConfiguredOnes(t *testing.T) {
	chat, err := slack.New(slack.Config{BotToken: "xoxb-token"})
	require.NoError(t, err)
	key := strings.Repeat("k", 32)
	for name, c := range map[string]struct {
		cfg  Config
		want []string
		says string
	}{
		"nothing set":       {want: []string{"slack"}},
		"all set":           {cfg: Config{PagerDutyRoutingKey: key, SMTPURL: "smtp://user@mail.example.com", SMTPPassword: "p", SMTPFrom: "pager@example.com"}, want: []string{"mail", "pagerduty", "slack"}},
		"broken key":        {cfg: Config{PagerDutyRoutingKey: "short"}, says: "PAGERDUTY_ROUTING_KEY"},
		"mail without from": {cfg: Config{SMTPURL: "smtp://mail.example.com"}, says: "SMTP_FROM"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := bare(c.cfg).pagers(chat)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, slices.Sorted(maps.Keys(got)))
		})
	}
}

// desk takes alerts.
type desk struct{ sources []string }

func (d *desk) Alert(_ context.Context, ev compliance.AlertEvent) error {
	d.sources = append(d.sources, ev.Source)
	return nil
}

// serve builds what the gateway would serve of these routes.
func serve(t *testing.T, cfg Config, d *desk) http.Handler {
	t.Helper()
	engine, err := client.NewLazyClient(client.Options{})
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	g, err := gateway.New(gateway.Config{Client: engine, TaskQueue: compliance.QueueWorkflows, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	a := bare(cfg)
	require.NoError(t, a.mountPagers(g))
	require.NoError(t, a.mountAlerts(g, d))
	return g.Handler()
}

func post(h http.Handler, path, body string, header http.Header) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestRoutesOfPagersAndAlerts(t *testing.T) {
	const secret, token = "webhook-secret-0123456789", "alerts-token-0123456789"
	hook := `{"event":{"id":"1","event_type":"incident.triggered","data":{}}}`
	d := &desk{}
	none := serve(t, Config{}, d)
	some := serve(t, Config{PagerDutyWebhookSecret: "next-secret-0123456789, " + secret, AlertsToken: token}, d)
	signed := http.Header{"X-Pagerduty-Signature": {pagerdutytest.Sign([]byte(hook), secret)}}
	require.Equal(t, http.StatusNotFound, post(none, "/pagerduty/webhook", hook, signed.Clone()))
	require.Equal(t, http.StatusAccepted, post(some, "/pagerduty/webhook", hook, signed.Clone()))

	bearer := http.Header{"Authorization": {"Bearer " + token}}
	notification := `{"alerts":[{"status":"firing","labels":{"alertname":"x"}}]}`
	for path, body := range map[string]string{
		"/alerts/alertmanager": notification, "/alerts/grafana": notification, "/alerts/generic": `{"key":"k","firing":true,"title":"t"}`,
	} {
		require.Equal(t, http.StatusNotFound, post(none, path, body, bearer.Clone()))
		require.Equal(t, http.StatusOK, post(some, path, body, bearer.Clone()), path)
		require.Equal(t, http.StatusUnauthorized, post(some, path, body, http.Header{}), path)
	}
	slices.Sort(d.sources)
	require.Equal(t, []string{"alertmanager", "generic", "grafana"}, d.sources)
}
