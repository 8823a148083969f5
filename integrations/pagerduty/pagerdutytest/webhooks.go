package pagerdutytest

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
	"strings"
	"time"

	"github.com/google/uuid"
)

// Webhook is a subscription of version 3.
// https://developer.pagerduty.com/docs/webhooks-behavior
type Webhook struct {
	URL string
	// Secrets sign every delivery; while one is rotated there are several.
	Secrets []string
	// Backoff are the pauses before each repetition; their number bounds the
	// attempts. Default 0.1, 0.2, 0.5, 1, 2 and 5 s (PagerDuty: up to 48 hours).
	Backoff []time.Duration
	// Timeout is how long an answer is waited for. Default 5 s, as PagerDuty does.
	Timeout time.Duration
}

func (w Webhook) withDefaults() Webhook {
	if len(w.Backoff) == 0 {
		w.Backoff = []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second}
	}
	if w.Timeout <= 0 {
		w.Timeout = 5 * time.Second
	}
	return w
}

// Delivery is one webhook, with what became of it.
type Delivery struct {
	ID       string          `json:"id"` // the event's id, the same over all attempts
	Event    string          `json:"event"`
	Incident string          `json:"incident"`
	Body     json.RawMessage `json:"body"`
	Attempts int             `json:"attempts"`
	Status   int             `json:"status"` // of the last answer, 0 when there was none
	Done     bool            `json:"done"`   // taken, dropped or given up
}

// dropsBeforeDisabled: after so many dropped deliveries in a row the
// subscription is disabled.
const dropsBeforeDisabled = 3

// SetWebhook subscribes, with the secrets that sign; an empty address ends the
// subscription. Pauses and time-out stay as they are. It enables a subscription
// that was disabled.
func (s *Server) SetWebhook(url string, secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook.URL, s.webhook.Secrets = url, slices.Clone(secrets)
	s.dropped, s.disabled = 0, false
	for _, i := range s.st.Incidents { // what a saved state left undelivered
		s.courier(i.ID)
	}
	s.changed()
}

// Disabled reports whether PagerDuty gave the subscription up.
func (s *Server) Disabled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disabled
}

// announce queues the webhook for what happened to an incident; by is nil for
// an integration. The lock is held.
func (s *Server) announce(i *Incident, kind string, by *User) {
	if s.webhook.URL == "" || s.disabled {
		return
	}
	id := uuid.NewString()
	body, err := json.Marshal(map[string]any{"event": s.payload(id, i, kind, by)})
	if err != nil {
		s.o.Logger.Error("pagerdutytest: could not write a webhook", "error", err)
		return
	}
	s.st.Deliveries = append(s.st.Deliveries, &Delivery{ID: id, Event: kind, Incident: i.ID, Body: body})
	s.courier(i.ID)
}

// payload has the shape of the documented example.
func (s *Server) payload(id string, i *Incident, kind string, by *User) map[string]any {
	agent := map[string]any{
		"html_url": "https://stand-in.invalid/services/PSERVIC/integrations/PINTEGR", "id": "PINTEGR",
		"self": "https://stand-in.invalid/services/PSERVIC/integrations/PINTEGR", "summary": "Countersign", "type": "events_api_v2_inbound_integration_reference",
	}
	if by != nil {
		agent = reference(by.ID, by.Name, "user")
	}
	assigned, _ := s.user(i.Assigned)
	return map[string]any{
		"id": id, "event_type": kind, "resource_type": "incident", "occurred_at": s.o.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"agent": agent, "client": nil,
		"data": map[string]any{
			"id": i.ID, "type": "incident", "self": "https://stand-in.invalid/incidents/" + i.ID, "html_url": "https://stand-in.invalid/incidents/" + i.ID,
			"number": i.Number, "status": i.Status, "incident_key": i.Key, "created_at": i.Created.Format(time.RFC3339), "title": i.Title,
			"service":           reference("PSERVIC", "Countersign", "service"),
			"assignees":         []any{reference(assigned.ID, assigned.Name, "user")},
			"escalation_policy": reference("PESCALA", "Default", "escalation_policy"),
			"teams":             []any{}, "priority": nil, "urgency": "high", "conference_bridge": nil, "resolve_reason": nil,
		},
	}
}

func reference(id, name, kind string) map[string]any {
	at := "https://stand-in.invalid/" + kind + "/" + id
	return map[string]any{"html_url": at, "id": id, "self": at, "summary": name, "type": kind + "_reference"}
}

// courier delivers what is queued for an incident, one after the other: later
// events wait behind one that is repeated. The lock is held.
func (s *Server) courier(incident string) {
	if s.carrying[incident] {
		return
	}
	s.carrying[incident] = true
	s.couriers.Add(1)
	go func() {
		defer s.couriers.Done()
		for s.deliver(incident) {
		}
	}()
}

// deliver makes one attempt with the oldest delivery of the incident that is not
// done; false when there is none or nowhere to send it to, and at the end.
func (s *Server) deliver(incident string) bool {
	s.mu.Lock()
	at := slices.IndexFunc(s.st.Deliveries, func(d *Delivery) bool { return d.Incident == incident && !d.Done })
	if at < 0 || s.webhook.URL == "" || s.life.Err() != nil {
		s.carrying[incident] = false
		s.mu.Unlock()
		return false
	}
	d, hook := s.st.Deliveries[at], s.webhook
	s.mu.Unlock()
	status := s.send(hook, d)
	if s.life.Err() != nil {
		return false // not noted: the next start sends it again
	}
	pause, again := s.note(d, hook, status)
	if !again {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.life.Done():
		return false
	}
}

// send makes one attempt; 0 when there was no answer.
func (s *Server) send(hook Webhook, d *Delivery) int {
	ctx, cancel := context.WithTimeout(s.life, hook.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "PagerDuty-Webhook/V3.0")
	req.Header.Set("X-Webhook-Id", d.ID)
	req.Header.Set("X-Webhook-Subscription", "PSUBSCR")
	if len(hook.Secrets) > 0 {
		req.Header.Set("X-PagerDuty-Signature", Sign(d.Body, hook.Secrets...))
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	return resp.StatusCode
}

// note keeps what became of an attempt: a 2xx is taken; no answer, 429 and 5xx
// are repeated; everything else is dropped for good.
func (s *Server) note(d *Delivery, hook Webhook, status int) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Attempts++
	d.Status = status
	taken := status >= 200 && status < 300
	again := status == 0 || status == http.StatusTooManyRequests || status >= 500
	d.Done = taken || !again || d.Attempts > len(hook.Backoff)
	switch {
	case taken:
		s.dropped = 0
	case d.Done:
		if s.dropped++; s.dropped >= dropsBeforeDisabled {
			s.disabled = true
		}
	}
	s.changed()
	if d.Done {
		return 0, false
	}
	return hook.Backoff[d.Attempts-1], true
}

// Sign gives the value of X-PagerDuty-Signature for a body.
func Sign(body []byte, secrets ...string) string {
	signatures := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		signatures = append(signatures, "v1="+hex.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signatures, ",")
}
