package jira

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// PathWebhook is where the gateway takes Jira's webhooks.
const PathWebhook = "/jira/webhook"

const webhookPage = "in Jira's System settings, WebHooks"

// webhook looks for the webhook among those that administrators registered. A bot
// that is no administrator, as it should be, does not see them.
// https://developer.atlassian.com/cloud/jira/platform/webhooks/
func (c *Client) webhook(ctx context.Context) checkup.Check {
	const item = "webhook"
	address := c.cfg.PublicURL + PathWebhook
	events := []string{issueCreated, issueUpdated, issueDeleted}
	var all []struct {
		URL     string
		Enabled bool
		Events  []string
	}
	x, err := c.read(ctx, "rest/webhooks/1.0/webhook", &all)
	if class := compliance.ClassOf(err); class == compliance.Blocked || class == compliance.Gone {
		return part.Wrong(item, checkup.Unseen, "the bot is no administrator, as it should be, and does not see webhooks",
			webhookPage+": one to the gateway's "+PathWebhook+", enabled, with a secret, for issues created, updated and deleted, limited to the policy's projects by JQL")
	}
	if err != nil {
		return x.Check(part, item, err, "", "JIRA_URL", tokens)
	}
	for _, w := range all {
		if c.cfg.PublicURL == "" && !strings.HasSuffix(w.URL, PathWebhook) || c.cfg.PublicURL != "" && w.URL != address {
			continue
		}
		lacking := slices.DeleteFunc(slices.Clone(events), func(e string) bool { return slices.Contains(w.Events, e) })
		switch {
		case !w.Enabled:
			return part.Wrong(item, checkup.Different, "it is disabled", webhookPage+": enable it")
		case len(lacking) > 0:
			return part.Wrong(item, checkup.Different, "it lacks the events "+strings.Join(lacking, ", "), webhookPage+": add them")
		}
		return part.OK(item, "registered and enabled, for issues created, updated and deleted")
	}
	return part.Wrong(item, checkup.Missing, "none leads to "+PathWebhook+" of the gateway", webhookPage+
		": create one to the gateway's "+PathWebhook+", with the value of JIRA_WEBHOOK_SECRET as its secret, for issues created, updated and deleted")
}

// secret tries the webhook's secret at the gateway, with an event that concerns no ticket.
func (c *Client) secret(ctx context.Context) []checkup.Check {
	const item = "webhook secret"
	secret := c.cfg.WebhookSecret
	if secret == "" {
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "JIRA_WEBHOOK_SECRET is not set where this ran; the gateway needs it",
			"set it for the role activities too, to have it checked")}
	}
	const body = `{"webhookEvent":"countersign:checkup"}`
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return []checkup.Check{
		part.OK(item, "long enough"),
		httpcall.RoundTrip(ctx, c.cfg.HTTP, part, httpcall.Signed{
			Gateway: c.cfg.PublicURL, Path: PathWebhook, Body: body, Answer: DeliveryIgnoredEvent, Secret: "JIRA_WEBHOOK_SECRET",
			Header: http.Header{"Content-Type": {"application/json"}, "X-Hub-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}},
		}),
	}
}
