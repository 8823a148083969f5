package slack

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// Command is what a slash command opens: the form of an action about a subject.
type Command struct {
	Subject, Action string
	// Description and Hint are what Slack shows while somebody types it.
	Description, Hint string
}

const unknownCommand = "This command is not known here. Nothing was done."

type commandHandler struct {
	handler
	commands map[string]Command
}

// NewCommandHandler answers POST /slack/commands: each command, such as
// "/incident", opens a form and does nothing else. Refused requests get the
// same answers as NewHandler's. The error says what the configuration lacks.
func NewCommandHandler(cfg Config, client *Client, dispatcher Dispatcher, commands map[string]Command) (http.Handler, error) {
	if _, err := NewHandler(cfg, client, dispatcher); err != nil {
		return nil, err
	}
	if len(commands) == 0 {
		return nil, errors.New("slack: the handler of commands needs at least one command")
	}
	return &commandHandler{handler{cfg.withDefaults(), client, dispatcher}, commands}, nil
}

// ServeHTTP implements http.Handler.
func (h *commandHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), budget)
	defer cancel()
	form, ref := command(w, r, h.cfg.SigningSecret)
	if ref != nil {
		h.cfg.Refused(ref.reason)
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "refused a command", slog.String("reason", ref.reason))
		http.Error(w, ref.text, ref.status)
		return
	}
	text, again := h.run(ctx, form)
	if again {
		http.Error(w, notKept, http.StatusServiceUnavailable)
		return
	}
	if text != "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]string{"response_type": "ephemeral", "text": escape(text)}) // lost with the connection
		return
	}
	w.WriteHeader(http.StatusOK)
}

// run opens the command's form; the text is what to tell instead. again says that
// the command must come again.
func (h *commandHandler) run(ctx context.Context, form url.Values) (text string, again bool) {
	c, known := h.commands[form.Get("command")]
	if !known {
		return unknownCommand, false
	}
	ic := slackgo.InteractionCallback{
		TriggerID: form.Get("trigger_id"), User: slackgo.User{ID: form.Get("user_id"), TeamID: form.Get("team_id")},
		Team:       slackgo.Team{ID: form.Get("team_id")},
		Enterprise: slackgo.Enterprise{ID: form.Get("enterprise_id")},
	}
	if ic.User.ID == "" || ic.TriggerID == "" {
		return "The command came without a user or a trigger. Nothing was done; please try again.", false
	}
	b := binding{Subject: c.Subject, Action: c.Action}
	in := h.inbound(ic, b, "slack/command/"+ic.TriggerID, "", "")
	opened, reply, ok := h.dispatcher.Form(ctx, in)
	switch {
	case !ok && comesAgain(ctx, reply):
		return "", true
	case !ok:
		return orText(reply.Text, "This command does nothing now."), false
	}
	return h.open(ctx, ic.TriggerID, prefilled(opened, form.Get("text")), b), false
}

// prefilled puts what was written after the command into the first line of text
// that the form asks for.
func prefilled(f compliance.Form, text string) compliance.Form {
	text = oneLine(text)
	if text == "" {
		return f
	}
	fields := append([]compliance.Field(nil), f.Fields...)
	for i := range fields {
		if fields[i].Kind == compliance.Prose && fields[i].Required {
			fields[i].Value = text
			break
		}
	}
	f.Fields = fields
	return f
}
