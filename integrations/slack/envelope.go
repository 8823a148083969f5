package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
)

// What became of an envelope; metric labels, frozen.
const (
	acknowledged = "acknowledged"
	leftAlone    = "left" // not acknowledged: it comes again, or the person is told by Slack
)

type socketKey struct{}

// overSocket reports whether a request is an envelope's. Only handle says so.
func overSocket(ctx context.Context) bool { return ctx.Value(socketKey{}) != nil }

// parseEnvelope reads a message of Slack's. It holds a type; one that is to be
// acknowledged holds an id, too.
func parseEnvelope(kind int, raw []byte) (socketmode.Request, *refusal) {
	var e socketmode.Request
	switch {
	case len(raw) > maxInteraction:
		return e, &refusal{http.StatusRequestEntityTooLarge, "too-large", "the message is too large"}
	case kind != websocket.TextMessage, json.Unmarshal(raw, &e) != nil, e.Type == "":
		return e, &refusal{http.StatusBadRequest, "malformed", "the message is not an envelope"}
	case e.Type != socketmode.RequestTypeHello && e.Type != socketmode.RequestTypeDisconnect && e.EnvelopeID == "":
		return e, &refusal{http.StatusBadRequest, "malformed", "the envelope has no id"}
	}
	return e, nil
}

// posted is the request that Slack would have posted with the envelope's payload;
// false when nothing of its kind is posted to us.
func posted(ctx context.Context, e socketmode.Request) (*http.Request, bool) {
	var path string
	form := url.Values{}
	switch e.Type {
	case socketmode.RequestTypeInteractive:
		path = PathInteractions
		form.Set("payload", string(e.Payload))
	case socketmode.RequestTypeSlashCommands:
		path = PathCommands
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(e.Payload, &fields) // what holds no command is refused as one
		for name, value := range fields {
			text := string(value)
			if text[0] == '"' {
				_ = json.Unmarshal(value, &text) // it was JSON a line ago
			}
			if text != "null" {
				form.Set(name, text)
			}
		}
	default:
		return nil, false
	}
	ctx = context.WithValue(ctx, socketKey{}, true)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, false // the method and the path are constants
	}
	r.Header.Set("Content-Type", formType)
	return r, true
}

// settle is the frame that acknowledges an envelope whose request was answered
// with the status and body; none when it is to be left alone. What was refused,
// for example because it cannot be read, is left alone once, so that Slack tells
// the person, and then acknowledged, since it would be refused for ever.
func settle(e socketmode.Request, status int, body []byte) []byte {
	refused := status >= http.StatusBadRequest && status < http.StatusInternalServerError
	if status != http.StatusOK && (!refused || e.RetryAttempt == 0) {
		return nil
	}
	ack := socketmode.Response{EnvelopeID: e.EnvelopeID}
	if status == http.StatusOK && e.AcceptsResponsePayload && len(body) > 0 {
		ack.Payload = json.RawMessage(body)
	}
	var frame bytes.Buffer
	to := json.NewEncoder(&frame)
	to.SetEscapeHTML(false) // six bytes for each < would not fit into a frame
	if err := to.Encode(ack); err != nil || frame.Len() >= maxFrame {
		return nil
	}
	return bytes.TrimSpace(frame.Bytes())
}

// handle takes one envelope in and acknowledges it. A crash before the end, or an
// acknowledgement that is lost, lets Slack bring the envelope again, and the same
// delivery gets its first answer.
func (c *connection) handle(ctx context.Context, e socketmode.Request) {
	s, kind, frame := c.socket, "other", []byte(nil)
	if r, ours := posted(ctx, e); ours {
		kind = e.Type
		w := &answered{header: http.Header{}}
		s.inward.ServeHTTP(w, r)
		frame = settle(e, w.code(), w.body.Bytes())
	} else {
		frame = settle(e, http.StatusOK, nil) // nothing of it is ours to lose
	}
	result := leftAlone
	if frame != nil {
		if err := c.send(frame); err == nil {
			result = acknowledged
		}
	}
	s.cfg.Envelope(kind, result)
	if result == leftAlone {
		s.cfg.Logger.WarnContext(ctx, "an envelope is not acknowledged", "kind", kind, "attempt", e.RetryAttempt)
	}
}

// answered is an answer that is kept instead of sent.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answered) Header() http.Header { return a.header }

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answered) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answered) code() int {
	a.WriteHeader(http.StatusOK)
	return a.status
}
