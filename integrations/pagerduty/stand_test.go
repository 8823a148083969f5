package pagerduty_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

const (
	routingKey    = "e93facc04764012d7bfb002500d5d1a6"
	webhookSecret = "webhook-secret-0123456789abcdef"
	ann           = "PANN001"
	ben           = "PBEN002"
)

var toAnn = compliance.Account{Provider: "pagerduty", ID: ann}

func alarm() compliance.Page {
	return compliance.Page{
		Key: "INC-7/page/3/p-ann/pagerduty", Subject: "incident/3f2a9c1b7d04", Number: "INC-7", Title: "Queue is growing",
		Text: "Orders wait for 40 minutes.", Severity: "sev1", Link: "https://countersign.example/incidents/INC-7",
		At: time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC), Ref: "3f2a9c1b7d04.3.2.1795312800",
	}
}

// desk is the stand-in for the gateway: it keeps what arrives and answers as told.
type desk struct {
	mu     sync.Mutex
	acts   []compliance.Inbound
	counts map[string]int
	reply  func(compliance.Inbound) compliance.Reply
}

func (d *desk) Submit(_ context.Context, in compliance.Inbound) compliance.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acts = append(d.acts, in)
	if d.reply == nil {
		return compliance.Reply{Outcome: compliance.Recorded}
	}
	return d.reply(in)
}

func (d *desk) count(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[reason]++
}

func (d *desk) submitted() []compliance.Inbound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]compliance.Inbound(nil), d.acts...)
}

func (d *desk) counted(reason string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[reason]
}

// stand is a PagerDuty account with the integration connected to it over HTTP.
type stand struct {
	*pagerdutytest.Server
	client *pagerduty.Client
	desk   *desk
}

func newStand(t *testing.T, o pagerdutytest.Options) *stand {
	t.Helper()
	o.RoutingKey = routingKey
	server, err := pagerdutytest.New(o)
	require.NoError(t, err)
	api := httptest.NewServer(server)
	s := &stand{Server: server, desk: &desk{counts: map[string]int{}}}
	cfg := pagerduty.Config{
		EventsURL: api.URL, RoutingKey: routingKey, WebhookSecrets: []string{"old-secret-0123456789", webhookSecret},
		Count: s.desk.count, HTTP: httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
	}
	s.client, err = pagerduty.New(cfg)
	require.NoError(t, err)
	handler, err := pagerduty.NewHandler(cfg, s.desk)
	require.NoError(t, err)
	product := httptest.NewServer(handler)
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		product.Close()
		api.Close()
	})
	server.SetWebhook(product.URL, webhookSecret)
	return s
}

// settled waits until every webhook is done and returns the incidents.
func (s *stand) settled(t *testing.T) []pagerdutytest.Incident {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, s.WaitFor(ctx, func(snap pagerdutytest.Snapshot) bool {
		for _, d := range snap.Deliveries {
			if !d.Done {
				return false
			}
		}
		return true
	}))
	return s.Incidents()
}
