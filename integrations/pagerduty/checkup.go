package pagerduty

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	pd "github.com/PagerDuty/go-pagerduty"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const (
	part      = checkup.Part(Provider)
	opCheckup = "try the routing key"
	// keyNobodyHas is of no page: PagerDuty drops a resolve of what is not open.
	keyNobodyHas = "countersign/checkup"
)

// PathWebhook is where the gateway takes PagerDuty's webhooks.
const PathWebhook = "/pagerduty/webhook"

// Checkup looks whether PagerDuty takes our events, and whether the gateway takes
// what is signed with the webhook's secret. The event that it sends opens nothing
// and closes nothing. Whose phone rings, only a page shows.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	const key = "set PAGERDUTY_ROUTING_KEY to the Integration Key of an Events API v2 integration: in PagerDuty, the service, Integrations"
	ctx, x := c.wire.Begin(ctx, opCheckup)
	answer, err := c.api.ManageEventWithContext(ctx, &pd.V2Event{
		RoutingKey: c.cfg.RoutingKey, Action: "resolve", DedupKey: keyNobodyHas,
		Payload: &pd.V2Payload{Summary: "Checkup", Source: product, Severity: "info"},
	})
	if err == nil && (x.Status() != http.StatusAccepted || answer.Status != "success") {
		err = errors.New("the answer does not say that the event was taken")
	}
	checks := []checkup.Check{part.OK("routing key", "PagerDuty takes an event with it")}
	if f := x.Failure(err); f != nil {
		checks[0] = x.Check(part, "routing key", f, "", "PAGERDUTY_EVENTS_URL", key)
	}
	if clock, ok := x.Clock(part, c.cfg.Now()); ok {
		checks = append(checks, clock)
	}
	if len(c.cfg.WebhookSecrets) == 0 {
		return append(checks, part.Wrong("webhook secret", checkup.Advised, "what people answer in PagerDuty is not taken",
			"add a webhook subscription (version 3) to the gateway's "+PathWebhook+" and set PAGERDUTY_WEBHOOK_SECRET to its secret"))
	}
	return append(checks, c.atGateway(ctx), part.Wrong("who is paged", checkup.Unseen, "an event names no person",
		"see in PagerDuty that the service's escalation policy calls the right people"))
}

// atGateway sends the gateway the ping that PagerDuty sends as a test.
// https://developer.pagerduty.com/docs/webhooks-overview (pagey.ping)
func (c *Client) atGateway(ctx context.Context) checkup.Check {
	const body = `{"event":{"id":"countersign-checkup","event_type":"pagey.ping","resource_type":"pagey","data":{"type":"ping"}}}`
	mac := hmac.New(sha256.New, []byte(c.cfg.WebhookSecrets[0]))
	mac.Write([]byte(body))
	return httpcall.RoundTrip(ctx, c.cfg.HTTP, part, httpcall.Signed{
		Gateway: c.cfg.PublicURL, Path: PathWebhook, Body: body, Answer: DeliveryIgnoredEvent, Secret: "PAGERDUTY_WEBHOOK_SECRET",
		Header: http.Header{"Content-Type": {"application/json"}, "X-Pagerduty-Signature": {"v1=" + hex.EncodeToString(mac.Sum(nil))}},
	})
}
