package pagerduty

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/PagerDuty/go-pagerduty/webhookv3"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// What became of a delivery, as told to Config.Count. PagerDuty repeats what is
// answered with a 5xx for up to 48 hours, holds later events of the same
// incident back meanwhile, and drops for good what is answered with a 4xx.
const (
	DeliveryAccepted      = "accepted"         // handed on and durable; answered 202
	DeliveryIgnoredEvent  = "ignored-event"    // a kind that is nobody's answer to a page; 202
	DeliveryIgnoredOther  = "ignored-incident" // an incident that was not opened by a page of ours; 202
	DeliveryEcho          = "echo"             // an integration's doing, such as our own stand-down coming back; 202
	DeliveryNobody        = "nobody"           // no person's doing, such as a time-out or an automation; 202
	DeliveryMethod        = "method"           // not a POST; 405
	DeliveryContentType   = "content-type"     // not JSON; 415
	DeliveryTooLarge      = "too-large"        // over 1 MiB; 413
	DeliveryUnreadable    = "unreadable"       // the body broke off; 503
	DeliveryUnsigned      = "unsigned"         // no X-PagerDuty-Signature; 401
	DeliveryBadSignature  = "bad-signature"    // signed with another secret, or changed; 401
	DeliveryMalformed     = "malformed"        // signed, but not a webhook of version 3; 400
	DeliveryUnconfigured  = "unconfigured"     // we have no secret to check with; 503
	DeliveryNotHandedOver = "not-handed-over"  // it could not be made durable; 503
)

const (
	maxWebhook = 1 << 20
	// PagerDuty waits 5 s for an answer; a later one counts as none.
	submitWithin = 4 * time.Second
)

// Dispatcher is what the handler of webhooks needs of the gateway.
type Dispatcher interface {
	// Submit makes the act durable and returns what became of it, before ctx
	// ends. It never fails: NotRecorded is the answer when nothing was kept, and
	// only then is PagerDuty asked to send it again; an act that no process takes
	// is a refusal, which is kept. The same delivery may come again and must get
	// the first answer.
	Submit(ctx context.Context, in compliance.Inbound) compliance.Reply
}

type handler struct {
	cfg        Config
	dispatcher Dispatcher
	redact     httpcall.Redactor
}

// refusal is an answer other than 202: its status, the reason for the counter
// and one line for the operator of the other side.
type refusal struct {
	status int
	reason string
	text   string
}

// NewHandler answers POST /pagerduty/webhook. A delivery counts only when it is
// signed with one of the configured secrets over its raw body. It is answered
// 202 after the act is durable and not before; when it could not be made
// durable the answer is 503, and PagerDuty sends it again with the same event
// id. The error says what is wrong with the configuration.
func NewHandler(cfg Config, dispatcher Dispatcher) (http.Handler, error) {
	cfg = cfg.withDefaults()
	if err := cfg.checkSecrets(); err != nil {
		return nil, err
	}
	if dispatcher == nil {
		return nil, errors.New("pagerduty: the handler of webhooks needs a dispatcher")
	}
	return &handler{cfg: cfg, dispatcher: dispatcher, redact: httpcall.NewRedactor(cfg.HTTP.Secrets...)}, nil
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason, bad := h.receive(w, r)
	if bad != nil {
		h.cfg.Count(bad.reason)
		h.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "refused a webhook", slog.String("reason", bad.reason), slog.Int("status", bad.status))
		http.Error(w, bad.text, bad.status)
		return
	}
	h.cfg.Count(reason)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, reason+"\n") // a lost answer only means another delivery
}

func (h *handler) receive(w http.ResponseWriter, r *http.Request) (string, *refusal) {
	body, bad := h.read(w, r)
	if bad != nil {
		return "", bad
	}
	e, err := parseEvent(body)
	if err != nil {
		return "", &refusal{http.StatusBadRequest, DeliveryMalformed, err.Error()}
	}
	in, ignored := e.inbound()
	if ignored != "" {
		return ignored, nil
	}
	in.Received = h.cfg.Now().UTC()
	ctx, cancel := context.WithTimeout(r.Context(), submitWithin)
	defer cancel()
	reply := h.dispatcher.Submit(ctx, in)
	if reply.Outcome != compliance.NotRecorded {
		return DeliveryAccepted, nil
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "could not hand over a webhook; PagerDuty will repeat it",
		slog.String("subject", in.Subject), slog.String("action", in.Action), slog.String("reason", h.redact.Clean(reply.Reason)))
	return "", &refusal{http.StatusServiceUnavailable, DeliveryNotHandedOver, "the event could not be stored; send it again"}
}

// read returns the raw body after everything about the request was checked and
// before anything in it is believed.
func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, DeliveryMethod, "send webhooks with POST"}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, DeliveryContentType, "send webhooks as application/json"}
	}
	if len(h.cfg.WebhookSecrets) == 0 {
		return nil, &refusal{http.StatusServiceUnavailable, DeliveryUnconfigured, "no webhook secret is configured here (PAGERDUTY_WEBHOOK_SECRET)"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &refusal{http.StatusRequestEntityTooLarge, DeliveryTooLarge, fmt.Sprintf("the body is larger than %d bytes", maxWebhook)}
	case err != nil:
		return nil, &refusal{http.StatusServiceUnavailable, DeliveryUnreadable, "the body could not be read to its end; send it again"}
	}
	if r.Header.Get("X-PagerDuty-Signature") == "" {
		return nil, &refusal{http.StatusUnauthorized, DeliveryUnsigned, "the webhook is not signed"}
	}
	if !signed(r.Header, body, h.cfg.WebhookSecrets) {
		return nil, &refusal{http.StatusUnauthorized, DeliveryBadSignature, "no signature matches the body; check PAGERDUTY_WEBHOOK_SECRET"}
	}
	return body, nil
}

// signed reports whether one of the signatures was made with one of the
// secrets; while a secret is rotated there are several of both.
func signed(header http.Header, body []byte, secrets []string) bool {
	for _, secret := range secrets {
		copied := &http.Request{Header: header, Body: io.NopCloser(bytes.NewReader(body))}
		if webhookv3.VerifySignature(copied, secret) == nil {
			return true
		}
	}
	return false
}
