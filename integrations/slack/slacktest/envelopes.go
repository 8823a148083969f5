package slacktest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
)

const (
	// maxAttempts: Slack says that it retries what is not acknowledged, and how
	// often for events only. That interactions come again is not documented; here
	// they do, because that is what is harder on the app.
	maxAttempts = 4
	// connectionWithin is how long an envelope waits for a connection.
	connectionWithin = 30 * time.Second
)

// errUnacknowledged ends an attempt.
var errUnacknowledged = errors.New("the envelope was not acknowledged")

// envelope is one attempt to deliver a payload.
type envelope struct {
	accepts bool
	attempt int
	acked   chan json.RawMessage
}

// SetSocketMode turns Socket Mode on or off, as its switch in the app's settings
// does: while it is on nothing is posted, and when it is turned off every
// connection ends.
func (s *Server) SetSocketMode(on bool) {
	k := &s.sockets
	k.mu.Lock()
	k.on = on
	k.mu.Unlock()
	if !on {
		s.Refresh("link_disabled", 0)
	}
}

// Sockets is how many connections are open, and Opened how many were asked for.
func (s *Server) Sockets() int {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return len(s.sockets.open)
}

// Opened is how many connections the app asked for since the start.
func (s *Server) Opened() int {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return s.sockets.given
}

// AppToken is the app-level token the app must be given.
func (s *Server) AppToken() string { return s.o.AppToken }

// Misdeeds is what the app did against the protocol of its connections.
func (s *Server) Misdeeds() []string {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return append([]string(nil), s.sockets.faults...)
}

// Refresh tells every connection to be replaced, with the reason "warning",
// "refresh_requested" or another, and closes it after a while. Until then it is used.
func (s *Server) Refresh(reason string, after time.Duration) {
	s.sockets.mu.Lock()
	open := append([]*socket(nil), s.sockets.open...)
	s.sockets.mu.Unlock()
	for _, c := range open {
		c.send(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-standin"}})
		time.AfterFunc(after, c.cut)
	}
}

// CutSockets cuts every connection without a word, as a network does.
func (s *Server) CutSockets() {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	for _, c := range s.sockets.open {
		c.cut()
	}
}

// LoseAcks has acknowledgements lost on their way for which lose returns true;
// the first attempt is 0. Nil loses none.
func (s *Server) LoseAcks(lose func(attempt int) bool) {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	s.sockets.lose = lose
}

// OnEnvelope is called when an envelope was written to a connection.
func (s *Server) OnEnvelope(sent func(attempt int)) {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	s.sockets.sent = sent
}

// bySocket reports whether Socket Mode is on.
func (s *Server) bySocket() bool {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return s.sockets.on
}

// Envelope sends a request, as Last gives it, over a connection instead of posting
// it, and returns what the acknowledgement holds.
func (s *Server) Envelope(r SignedRequest) ([]byte, error) {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return nil, err
	}
	if payload := form.Get("payload"); payload != "" {
		return s.envelop("interactive", Delivery{Type: "interactive"}, json.RawMessage(payload))
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	return s.envelop("slash_commands", Delivery{Type: "command"}, fields)
}

// envelop delivers a payload over a connection, and again over any that is left
// while it is not acknowledged. A person is told after three seconds that it
// failed, whatever comes of it then.
func (s *Server) envelop(kind string, d Delivery, payload any) ([]byte, error) {
	acked := make(chan []byte, 1)
	began := time.Now()
	go func() {
		for attempt := range maxAttempts {
			took := time.Now()
			body, err := s.attempt(kind, payload, attempt)
			d.Took, d.Attempt, d.Socket, d.Status = time.Since(took), attempt, true, 0
			if err == nil {
				d.Status = http.StatusOK
			}
			s.note(d, err)
			if err == nil {
				acked <- body
				return
			}
		}
	}()
	select {
	case body := <-acked:
		return body, nil
	case <-time.After(answerTime - time.Since(began)):
		return nil, ErrTimeout
	}
}

// attempt sends one envelope on one connection and waits for it to be acknowledged.
func (s *Server) attempt(kind string, payload any, attempt int) ([]byte, error) {
	give := time.After(connectionWithin)
	c, changed := s.sockets.any()
	for c == nil {
		select {
		case <-changed:
			c, changed = s.sockets.any()
		case <-give:
			return nil, ErrTrouble
		}
	}
	id := uuid.NewString()
	e := &envelope{accepts: true, attempt: attempt, acked: make(chan json.RawMessage, 1)}
	c.mu.Lock()
	c.waits[id] = e
	c.mu.Unlock()
	out := map[string]any{"envelope_id": id, "type": kind, "accepts_response_payload": true, "payload": payload}
	if attempt > 0 {
		out["retry_attempt"], out["retry_reason"] = attempt, "timeout"
	}
	if !c.send(out) {
		return nil, errUnacknowledged
	}
	s.sockets.mu.Lock()
	sent := s.sockets.sent
	s.sockets.mu.Unlock()
	if sent != nil {
		sent(attempt)
	}
	select {
	case body := <-e.acked:
		return body, nil
	case <-c.gone:
	case <-time.After(answerTime):
	}
	c.mu.Lock()
	delete(c.waits, id)
	c.mu.Unlock()
	return nil, errUnacknowledged
}
