package slack

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// budget is how long an interaction may take here. Slack shows an error after
// 3 s; the rest is for the way there and back.
// https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response
const budget = 2600 * time.Millisecond

// Dispatcher is what the handler of interactions needs of the gateway.
type Dispatcher interface {
	// Form returns the form that the pressed button opens. When there is none
	// (an old card, an unknown action) it returns false and the Reply to show.
	// It must answer within a few hundred milliseconds, because the form has to
	// be opened while the button's trigger lives.
	Form(ctx context.Context, in compliance.Inbound) (compliance.Form, compliance.Reply, bool)
	// SignIn is asked instead of Form when the button says that its act needs a
	// sign-in. The Reply holds the link and is shown to the person alone; false
	// means that there is no sign-in to be had here, and Form is asked after all.
	SignIn(ctx context.Context, in compliance.Inbound) (compliance.Reply, bool)
	// Submit makes the act durable and returns what became of it, before ctx
	// ends. It never fails: NotRecorded is the answer when nothing was kept. The
	// same delivery may come again and must get the first answer.
	Submit(ctx context.Context, in compliance.Inbound) compliance.Reply
}

type handler struct {
	cfg        Config
	client     *Client
	dispatcher Dispatcher
}

// NewHandler answers POST /slack/interactions: presses of buttons, which only
// ever open a form, and submitted forms, which are the acts. Refused requests
// get 401 (unsigned, stale, wrong signature), 400, 405, 413 or 415 with a
// one-line reason. A Socket hands in what Slack sends over it; only there, what
// could not be kept is answered 503, because it comes again. The error says what the configuration lacks.
func NewHandler(cfg Config, client *Client, dispatcher Dispatcher) (http.Handler, error) {
	cfg = cfg.withDefaults()
	if cfg.SigningSecret == "" && cfg.AppToken == "" {
		return nil, errors.New("slack: SigningSecret is empty: set SLACK_SIGNING_SECRET to the app's signing secret, or SLACK_APP_TOKEN where Slack cannot reach the gateway")
	}
	if client == nil || dispatcher == nil {
		return nil, errors.New("slack: the handler of interactions needs a client and a dispatcher")
	}
	return &handler{cfg: cfg, client: client, dispatcher: dispatcher}, nil
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), budget)
	defer cancel()
	ic, ref := receive(w, r, h.cfg.SigningSecret)
	if ref != nil {
		h.cfg.Refused(ref.reason)
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "refused an interaction", slog.String("reason", ref.reason))
		http.Error(w, ref.text, ref.status)
		return
	}
	switch ic.Type {
	case slackgo.InteractionTypeBlockActions:
		if h.pressed(ctx, ic) {
			http.Error(w, notKept, http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK) // a body would be ignored
	case slackgo.InteractionTypeViewSubmission:
		h.submitted(ctx, w, ic)
	default: // view_closed decides nothing; shortcuts and the like are not ours
		w.WriteHeader(http.StatusOK)
	}
}

// notKept is nobody's to read: what it answers is brought again.
const notKept = "the process could not be reached in time"

// comesAgain reports whether an act that was not kept is brought again when it is
// not acknowledged. Then nobody is told that nothing was recorded, since it may
// be yet. Over HTTP Slack repeats nothing, and the person is told (C15).
func comesAgain(ctx context.Context, reply compliance.Reply) bool {
	return overSocket(ctx) && reply.Outcome == compliance.NotRecorded && reply.Reason == compliance.Unreachable
}

// pressed opens the form of the pressed button. It decides nothing (C18). The
// form must be opened here and now: a trigger lives for 3 s and one use. It
// returns true when the press must come again.
func (h *handler) pressed(ctx context.Context, ic slackgo.InteractionCallback) (again bool) {
	channel, ts := ic.Container.ChannelID, ic.Container.MessageTs
	if channel == "" {
		channel = ic.Channel.ID
	}
	if len(ic.ActionCallback.BlockActions) == 0 || ic.ActionCallback.BlockActions[0] == nil || ic.View.ID != "" {
		return false // an input inside a form decides nothing
	}
	a := ic.ActionCallback.BlockActions[0] // Slack sends one; one trigger opens one form
	if a.Value == "" || string(a.Type) != string(slackgo.METButton) {
		return false // a link button, or an element that is not ours
	}
	b, err := decodeBinding(a.Value)
	if err != nil {
		h.tell(ctx, channel, ic.User.ID, "This button is not from a version of this app that is still in use. Nothing was recorded.")
		return false
	}
	in := h.inbound(ic, b, pressID(ic.User.ID, ts, a.ActionTs), channel, ts)
	if b.StepUp {
		if reply, ok := h.dispatcher.SignIn(ctx, in); ok {
			h.tellReply(ctx, channel, ic.User.ID, reply)
			return false
		}
	}
	form, reply, ok := h.dispatcher.Form(ctx, in)
	switch {
	case !ok && comesAgain(ctx, reply):
		return true
	case !ok:
		h.tellReply(ctx, channel, ic.User.ID, reply)
		return false
	}
	b.Channel, b.TS = channel, ts
	if text := h.open(ctx, ic.TriggerID, form, b); text != "" {
		h.tell(ctx, b.Channel, ic.User.ID, text)
	}
	return false
}

// open opens a form. The text, if any, is to be told to whoever wanted it: the
// form is certainly not open.
func (h *handler) open(ctx context.Context, trigger string, form compliance.Form, b binding) string {
	view, err := modal(form, b)
	if err != nil {
		err = invalid(opForm, err)
	} else {
		err = h.client.call(ctx, opForm, func(ctx context.Context) error {
			_, err := h.client.api.OpenViewContext(ctx, trigger, view)
			return err
		})
	}
	if err == nil {
		return ""
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "could not open a form",
		slog.String("subject", b.Subject), slog.String("action", b.Action), slog.String("error", err.Error()))
	if compliance.ClassOf(err) == compliance.UnknownOutcome || codeOf(err) == "exchanged_trigger_id" {
		return "" // it may be open, or is since the press came before; a note saying otherwise would mislead
	}
	return "The form could not be opened, and nothing was recorded. Please try again."
}

// tellReply shows a reply, with its link where it has one.
func (h *handler) tellReply(ctx context.Context, channel, member string, reply compliance.Reply) {
	if linkTarget(reply.Link) == "" {
		h.tell(ctx, channel, member, reply.Text)
		return
	}
	if err := h.client.TellLink(ctx, channel, member, reply.Text, reply.Link); err != nil {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "could not send a private link", slog.String("error", err.Error()))
	}
}

// tell is a courtesy: when it fails, the person sees that nothing opened.
func (h *handler) tell(ctx context.Context, channel, member, text string) {
	if text == "" {
		text = "This button no longer does anything. Nothing was recorded."
	}
	if err := h.client.Tell(ctx, channel, member, text); err != nil {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "could not send a private note", slog.String("error", err.Error()))
	}
}

// submitted hands a filled-in form on and answers with what became of it.
func (h *handler) submitted(ctx context.Context, w http.ResponseWriter, ic slackgo.InteractionCallback) {
	if ic.View.CallbackID != callbackID {
		w.WriteHeader(http.StatusOK)
		return
	}
	b, err := decodeBinding(ic.View.PrivateMetadata)
	given := answers(ic.View)
	var delivery string
	if err == nil {
		delivery, err = submissionID(ic.View, given)
	}
	if err != nil || ic.View.ID == "" || ic.User.ID == "" {
		h.cfg.Refused("malformed")
		http.Error(w, "the submitted form names no subject, view or user", http.StatusBadRequest)
		return
	}
	in := h.inbound(ic, b, delivery, b.Channel, b.TS)
	in.Answers = given
	reply := h.dispatcher.Submit(ctx, in)
	if comesAgain(ctx, reply) {
		http.Error(w, notKept, http.StatusServiceUnavailable)
		return
	}
	h.respond(ctx, w, ic.View, reply)
}

func (h *handler) inbound(ic slackgo.InteractionCallback, b binding, delivery, channel, ts string) compliance.Inbound {
	in := compliance.Inbound{
		Delivery: delivery, Surface: Provider, Actor: compliance.Account{Provider: Provider, ID: h.member(ic)},
		Subject: b.Subject, Action: b.Action, Ref: b.Ref, Received: h.cfg.Now().UTC(),
	}
	if channel != "" && ts != "" {
		in.Message = channel + "/" + ts
	}
	return in
}

// respond writes the answer to a submitted form.
func (h *handler) respond(ctx context.Context, w http.ResponseWriter, view slackgo.View, reply compliance.Reply) {
	body, err := json.Marshal(response(view, reply))
	if err != nil {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "could not answer a form", slog.String("error", err.Error()))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body) // when this fails, Slack repeats nothing and the card shows the outcome
}
