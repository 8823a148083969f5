package alertmanager

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// raise makes what a source with a valid token sent, and nobody can take, an
// alert of its own: the source drops what it is refused, so otherwise something
// is wrong and nobody is called. It has no severity and no system, for which the
// rules have an answer, and it is one alert for each way of going wrong, however
// often. It is over when a person resolves its incident.
//
// The answer is what the sender is told: the refusal or, when this could not be
// made durable either, that everything is to be sent again.
func (h *handler) raise(ctx context.Context, bad refusal) *refusal {
	ctx, cancel := context.WithTimeout(ctx, handOverWithin)
	defer cancel()
	now := h.cfg.Now()
	ev := compliance.AlertEvent{
		Delivery: h.cfg.Source + "/" + digest("intake", bad.reason, bad.text), Source: h.cfg.Source, Key: incident.DedupKey("intake", bad.reason),
		Firing: true, Title: "Alerts of " + h.cfg.Source + " cannot be taken",
		Text: "Something is wrong that nobody is told about here: " + strings.TrimSpace(bad.text) +
			". Look at the source itself, then mend what it sends. The source does not repeat it.",
		Received: now,
	}
	err := h.dispatcher.Alert(ctx, ev.Bounded())
	if err == nil {
		return &bad
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "could not raise an alert about alerts that cannot be taken",
		slog.String("source", h.cfg.Source), slog.String("reason", bad.reason), slog.String("class", string(compliance.ClassOf(err))))
	return &refusal{http.StatusServiceUnavailable, RequestNotHandedOver, "the alerts could not be stored; send them again"}
}

// ServeOversized answers a request whose body the gateway did not read, because
// it is too large.
func (h *handler) ServeOversized(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, h.oversized(r))
}

// oversized is the answer to a body that is too large. A sender that signs cannot
// be told from a forger without the whole body, so nothing is raised for it.
func (h *handler) oversized(r *http.Request) *refusal {
	bad := &refusal{http.StatusRequestEntityTooLarge, RequestTooLarge, fmt.Sprintf("the body is larger than %d bytes: send fewer alerts at once (max_alerts)", maxRequest)}
	if token, bearer := bearerToken(r); bearer && known(token, h.cfg.Tokens) && r.Method == http.MethodPost {
		return h.raise(r.Context(), *bad)
	}
	return bad
}

// NewElsewhere answers requests to paths below /alerts/ that belong to no source,
// such as one that is misspelt in a receiver: 404, and an alert where the sender
// has a valid token. Config.Source is under which it is raised.
func NewElsewhere(cfg Config, d Dispatcher) (http.Handler, error) {
	cfg = cfg.withDefaults("intake")
	if err := cfg.check(d); err != nil {
		return nil, err
	}
	h := &handler{cfg: cfg, dispatcher: d}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bad := &refusal{http.StatusNotFound, RequestElsewhere, "there is no source of alerts at this path; the sources are listed in the documentation of the configuration"}
		token, bearer := bearerToken(r)
		if bearer && known(token, cfg.Tokens) && r.Method == http.MethodPost {
			bad = h.raise(r.Context(), *bad)
		}
		h.refuse(w, r, bad)
	}), nil
}
