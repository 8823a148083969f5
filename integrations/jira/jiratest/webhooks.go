package jiratest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	issueCreated = "jira:issue_created"
	issueUpdated = "jira:issue_updated"
	issueDeleted = "jira:issue_deleted"

	// primaryWindow is how long after the event a delivery counts as primary.
	primaryWindow = 30 * time.Second
)

// delivery is a webhook on its way, as saved.
type delivery struct {
	Delivery
	Body json.RawMessage `json:"body"`
	At   time.Time       `json:"at"`
}

// announce queues the webhook for an event. Called with the lock held, and
// before changed, so that an effect and its announcement are saved together.
func (s *Server) announce(event string, i *issue, by string, edits []Edit, comment *Comment) {
	if s.webhook.URL == "" {
		return
	}
	body, err := json.Marshal(s.payload(event, i, by, edits, comment))
	if err != nil {
		s.o.Logger.Error("could not write a webhook", "error", err)
		return
	}
	d := &delivery{Delivery: Delivery{ID: uuid.NewString(), Event: event, Key: i.Key}, Body: body, At: s.o.Now().UTC()}
	s.st.Deliveries = append(s.st.Deliveries, d)
	if s.held {
		s.waiting = append(s.waiting, d)
		return
	}
	s.dispatch(d)
}

// payload has the shape of the bodies captured from real sites.
func (s *Server) payload(event string, i *issue, by string, edits []Edit, comment *Comment) map[string]any {
	p := map[string]any{
		"timestamp": s.o.Now().UnixMilli(), "webhookEvent": event,
		"issue": map[string]any{"id": i.ID, "self": "https://stand-in.invalid/rest/api/2/issue/" + i.ID, "key": i.Key, "fields": s.allFields(i)},
	}
	user, _ := s.user(by)
	if comment != nil { // comment events name nobody at the top
		p["comment"] = s.showComment(i, *comment)
		return p
	}
	p["user"] = s.showUser(user)
	switch event {
	case issueCreated:
		p["issue_event_type_name"] = "issue_created"
	case issueUpdated:
		p["issue_event_type_name"] = "issue_generic"
		items := []map[string]any{}
		for _, e := range edits {
			item := map[string]any{"field": e.Field, "fieldtype": "jira", "fieldId": e.Field, "from": nil, "fromString": e.From, "to": nil, "toString": e.To}
			if e.Field == "status" {
				item["from"], item["to"] = s.statusID(e.From), s.statusID(e.To)
			}
			items = append(items, item)
		}
		p["changelog"] = map[string]any{"id": s.number(), "items": items}
	}
	return p
}

// dispatch delivers in the background. The order of deliveries is not
// promised, as it is not by Jira.
func (s *Server) dispatch(d *delivery) {
	s.couriers.Add(1)
	go func() {
		defer s.couriers.Done()
		s.carry(d)
	}()
}

// carry sends a delivery until it is accepted, refused for good, or given up.
func (s *Server) carry(d *delivery) {
	for {
		if !s.registered() {
			return
		}
		select {
		case s.deliver <- struct{}{}:
		case <-s.life.Done():
			return
		}
		status := s.send(d)
		<-s.deliver
		if s.life.Err() != nil {
			return // not noted: the next start sends it again
		}
		pause, again := s.noteAttempt(d, status)
		if !again {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.life.Done():
			timer.Stop()
			return
		}
	}
}

// registered waits until a webhook is registered: what a saved state left
// undelivered must not use up its attempts before that. False at the end.
func (s *Server) registered() bool {
	for {
		s.mu.Lock()
		address, wake := s.webhook.URL, s.wake
		s.mu.Unlock()
		if address != "" {
			return true
		}
		select {
		case <-wake:
		case <-s.life.Done():
			return false
		}
	}
}

func (s *Server) noteAttempt(d *delivery, status int) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Attempts++
	d.Status = status
	d.Done = !repeated(status) || d.Attempts > len(s.webhook.Backoff)
	s.changed()
	if d.Done {
		return 0, false
	}
	return s.webhook.Backoff[d.Attempts-1], true
}

// repeated lists what Jira sends again: no answer, and these statuses.
func repeated(status int) bool {
	return status == 0 || status >= 500 ||
		slices.Contains([]int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests}, status)
}

// send makes one attempt; 0 when there was no answer.
func (s *Server) send(d *delivery) int {
	s.mu.Lock()
	hook, attempts := s.webhook, d.Attempts
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.life, hook.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("User-Agent", "Atlassian Webhook HTTP Client")
	req.Header.Set("X-Atlassian-Webhook-Identifier", d.ID)
	req.Header.Set("X-Atlassian-Webhook-Flow", flow(s.o.Now().Sub(d.At)))
	if attempts > 0 {
		req.Header.Set("X-Atlassian-Webhook-Retry", strconv.Itoa(attempts))
	}
	if hook.Secret != "" {
		req.Header.Set("X-Hub-Signature", Sign(hook.Secret, d.Body))
	}
	resp, err := s.courier().Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (s *Server) courier() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func flow(age time.Duration) string {
	if age < primaryWindow {
		return "Primary"
	}
	return "Secondary"
}

// Sign gives the value of X-Hub-Signature for a body.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + strings.ToLower(hex.EncodeToString(mac.Sum(nil)))
}
