package slacktest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// answerTime is how long the app may take to answer an interaction.
// https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response
const answerTime = 3 * time.Second

// What a user sees instead of an answer.
var (
	// ErrTimeout: the app did not answer within 3 seconds.
	ErrTimeout = errors.New("operation_timeout: the app did not answer within 3 seconds")
	// ErrTrouble: the app could not be reached, or answered with something other
	// than 200 or with something Slack cannot use.
	ErrTrouble = errors.New("we had some trouble connecting")
	// ErrNoForm: the button opened no form.
	ErrNoForm = errors.New("the button opened no form")
	// ErrForm: the user's client does not send the form as it is filled in.
	ErrForm = errors.New("the form cannot be submitted")
)

// Delivery is one interaction sent to the app.
type Delivery struct {
	Type   string        `json:"type"` // block_actions or view_submission
	User   string        `json:"user"`
	Status int           `json:"status"` // 0 when no answer arrived
	Took   time.Duration `json:"took"`
	Error  string        `json:"error,omitempty"`
	// Socket says that it went over a connection of the app's, and Attempt how often
	// it had gone before.
	Socket  bool `json:"socket,omitempty"`
	Attempt int  `json:"attempt,omitempty"`
}

// Deliveries lists the interactions sent, oldest first, at most the last 1,000.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Delivery(nil), s.sent...)
}

// SignedRequest is an interaction as it goes over the wire.
type SignedRequest struct {
	Header http.Header
	Body   []byte
}

// Sign signs a body at an instant as Slack does: v0 HMAC-SHA256 of
// "v0:<timestamp>:<body>".
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func Sign(secret string, at time.Time, body []byte) http.Header {
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + ts + ":"))
	mac.Write(body)
	h := http.Header{}
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	h.Set("X-Slack-Request-Timestamp", ts)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return h
}

// Signed makes a correctly signed interaction with the payload, at the instant.
func (s *Server) Signed(payload any, at time.Time) (SignedRequest, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return SignedRequest{}, err
	}
	body := []byte(url.Values{"payload": {string(raw)}}.Encode())
	return SignedRequest{Header: Sign(s.o.SigningSecret, at, body), Body: body}, nil
}

// Last is the last interaction sent, for replaying or forging it.
func (s *Server) Last() SignedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SignedRequest{Header: s.last.Header.Clone(), Body: bytes.Clone(s.last.Body)}
}

// Send sends a request as it is, signed rightly or not, and returns the app's
// status and answer.
func (s *Server) Send(r SignedRequest) (status int, body []byte, err error) {
	s.mu.Lock()
	target := s.target
	s.mu.Unlock()
	if target == "" {
		return 0, nil, errors.New("slack stand-in: no interaction URL is set")
	}
	return s.post(target, r)
}

// deliver signs and sends an interaction of a user and notes how long it took.
func (s *Server) deliver(kind, user string, payload map[string]any) ([]byte, error) {
	r, err := s.Signed(payload, s.o.Now())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.last = r
	s.mu.Unlock()
	if s.bySocket() {
		return s.envelop("interactive", Delivery{Type: kind, User: user}, payload)
	}
	began := time.Now()
	status, body, err := s.Send(r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: the app answered %d %s", ErrTrouble, status, bytes.TrimSpace(body[:min(len(body), 200)]))
	}
	s.note(Delivery{Type: kind, User: user, Status: status, Took: time.Since(began)}, err)
	return body, err
}
