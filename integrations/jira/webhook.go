package jira

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// What became of a delivery, as told to Config.Count.
const (
	DeliveryAccepted      = "accepted"        // handed on; answered 200
	DeliveryIgnoredEvent  = "ignored-event"   // a kind that concerns no ticket; 200
	DeliveryIgnoredIssue  = "ignored-issue"   // no issue, or one of another project; 200
	DeliveryEcho          = "echo"            // our own write coming back; 200
	DeliveryMethod        = "method"          // not a POST; 405
	DeliveryContentType   = "content-type"    // not JSON; 415
	DeliveryTooLarge      = "too-large"       // over Config.MaxWebhook; 413
	DeliveryUnreadable    = "unreadable"      // the body broke off; 408, Jira repeats it
	DeliveryUnsigned      = "unsigned"        // no X-Hub-Signature; 401
	DeliveryBadSignature  = "bad-signature"   // signed with another secret, or changed; 401
	DeliveryMalformed     = "malformed"       // signed, but not a webhook; 400
	DeliveryUnconfigured  = "unconfigured"    // we have no secret to check with; 503, Jira repeats it
	DeliveryNotHandedOver = "not-handed-over" // deliver failed; 503, Jira repeats it
)

const (
	// Jira waits 20 s for an answer; a later one would count as none.
	deliverTimeout = 15 * time.Second
	retryAfter     = "30"
)

// deliveryPattern bounds what is taken over as a delivery id.
var deliveryPattern = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// refusal is an answer other than 200: its status, the reason for the counter
// and one line for the operator of the other side.
type refusal struct {
	status int
	reason string
	text   string
}

// Handler receives Jira's webhooks. A delivery counts only when it is signed
// with the webhook's secret over its raw body (X-Hub-Signature, sha256). It is
// answered 200 after deliver returned nil and not before: deliver must have
// made the event durable, or be sure that it concerns nothing. When deliver
// fails the answer is 503 and Jira sends the delivery again, with the same
// X-Atlassian-Webhook-Identifier, for up to about half an hour; so deliver
// must take repeated, late and disordered events. What the bot did itself is
// answered 200 and not handed on: otherwise it would answer itself for ever.
func (c *Client) Handler(deliver func(context.Context, compliance.TicketEvent) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reason, bad := c.receive(w, r, deliver)
		if bad != nil {
			c.cfg.Count(bad.reason)
			c.cfg.Logger.WarnContext(r.Context(), "refused a webhook", "reason", bad.reason, "status", bad.status)
			if bad.status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", retryAfter)
			}
			http.Error(w, bad.text, bad.status)
			return
		}
		c.cfg.Count(reason)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, reason+"\n") // a lost answer only means another delivery
	})
}

func (c *Client) receive(w http.ResponseWriter, r *http.Request, deliver func(context.Context, compliance.TicketEvent) error) (string, *refusal) {
	body, bad := c.readWebhook(w, r)
	if bad != nil {
		return "", bad
	}
	event, err := parseEvent(body)
	if err != nil {
		return "", &refusal{http.StatusBadRequest, DeliveryMalformed, err.Error()}
	}
	switch {
	case !event.wanted():
		return DeliveryIgnoredEvent, nil
	case event.Issue == nil || !event.concerns(c.cfg.projects()...):
		return DeliveryIgnoredIssue, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), deliverTimeout)
	defer cancel()
	actor := event.actedBy()
	if actor.ID != "" && actor.ID == c.ownAccount() {
		return DeliveryEcho, nil
	}
	kind := c.cfg.kindOf(event.Issue.Key, event.issueType())
	statuses := c.cfg.Statuses
	if kind != compliance.TicketChange {
		statuses = c.cfg.Kinds[kind].Statuses
	}
	err = deliver(ctx, compliance.TicketEvent{
		Delivery: deliveryID(r.Header.Get("X-Atlassian-Webhook-Identifier"), body),
		Site:     c.cfg.Site,
		TicketID: event.Issue.ID,
		Key:      event.Issue.Key,
		Actor:    actor,
		Entered:  kind == compliance.TicketChange && strings.HasPrefix(event.Issue.Key, c.cfg.Project+"-") && event.entered(c.cfg.SubmitStatus),
		MovedTo:  shownStatus(kind, statuses, event.movedTo()),
		Deleted:  event.WebhookEvent == issueDeleted,
		Received: c.cfg.Now().UTC(),
		Kind:     kind,
		Subject:  event.subject(),
	})
	if err != nil {
		c.cfg.Logger.ErrorContext(ctx, "could not hand over a webhook; Jira will repeat it",
			"ticket", event.Issue.Key, "class", compliance.ClassOf(err), "error", c.wire.Redactor().Clean(err.Error()))
		return "", &refusal{http.StatusServiceUnavailable, DeliveryNotHandedOver, "the event could not be stored; send it again"}
	}
	return DeliveryAccepted, nil
}

// readWebhook reads the raw body and checks everything about the request
// before anything in it is believed.
func (c *Client) readWebhook(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, DeliveryMethod, "send webhooks with POST"}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, DeliveryContentType, "send webhooks as application/json"}
	}
	if c.cfg.WebhookSecret == "" {
		return nil, &refusal{http.StatusServiceUnavailable, DeliveryUnconfigured, "no webhook secret is configured here (JIRA_WEBHOOK_SECRET)"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.cfg.MaxWebhook))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &refusal{http.StatusRequestEntityTooLarge, DeliveryTooLarge, fmt.Sprintf("the body is larger than %d bytes", c.cfg.MaxWebhook)}
	case err != nil:
		return nil, &refusal{http.StatusRequestTimeout, DeliveryUnreadable, "the body could not be read to its end"}
	}
	given := r.Header.Get("X-Hub-Signature")
	if given == "" {
		return nil, &refusal{http.StatusUnauthorized, DeliveryUnsigned, "the webhook is not signed: register it with a secret"}
	}
	if !signed(given, body, c.cfg.WebhookSecret) && (c.cfg.WebhookSecretPrevious == "" || !signed(given, body, c.cfg.WebhookSecretPrevious)) {
		return nil, &refusal{http.StatusUnauthorized, DeliveryBadSignature, "the signature does not match the body"}
	}
	return body, nil
}

// signed checks "sha256=<hex>" in constant time.
func signed(given string, body []byte, secret string) bool {
	digits, ok := strings.CutPrefix(given, "sha256=")
	if !ok {
		return false
	}
	sum, err := hex.DecodeString(digits)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(sum, mac.Sum(nil))
}

// deliveryID is the key that stays the same over Jira's repetitions (C16). It
// is derived from the body where the header is missing or not usable as an id.
func deliveryID(header string, body []byte) string {
	if deliveryPattern.MatchString(header) {
		return Provider + "/" + header
	}
	if header != "" {
		body = []byte(header)
	}
	sum := sha256.Sum256(body)
	return Provider + "/sha256:" + hex.EncodeToString(sum[:])
}

// ownAccount is the bot's account as far as it is known without a call. An
// echo that is not recognised is handed on as any other hint: the process
// reads the ticket again and finds nothing new.
func (c *Client) ownAccount() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return firstOf(c.bot, c.cfg.BotAccountID)
}
