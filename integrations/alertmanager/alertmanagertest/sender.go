// Package alertmanagertest is a stand-in that sends as Prometheus Alertmanager
// does: alerts in groups, a notification for each group when something in it
// changed and again at every repeat interval, resolved alerts once, notifications
// cut at max_alerts, and repeated only when the answer is a 5xx or there is
// none. Where it is unsure it is less patient than the real program, never more.
package alertmanagertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// Options configures a Sender; every field but URL has a default.
type Options struct {
	// URL is where notifications go.
	URL string
	// Token is presented as a bearer token; empty: none.
	Token string
	// GroupBy are the labels by which alerts are grouped. Default "alertname".
	GroupBy []string
	// RepeatInterval is after how long a firing group is notified again. Default
	// 4 hours, as Alertmanager has.
	RepeatInterval time.Duration
	// MaxAlerts cuts a notification; 0 does not.
	MaxAlerts int
	// Backoff are the pauses before each repetition; their number bounds the
	// attempts. Default 50, 100, 200 and 500 ms (Alertmanager: until the flush's
	// deadline).
	Backoff []time.Duration
	// Timeout is how long an answer is waited for. Default 10 s.
	Timeout time.Duration
	// SaveTo is a file that keeps the alerts over restarts, for Open. Default: memory only.
	SaveTo string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Sender is the stand-in. It is safe for concurrent use.
type Sender struct {
	o Options

	mu     sync.Mutex // guards all below
	alerts []*Alert   // in the order in which they first fired
	groups map[string]*group
	sent   []Notification
}

// Alert is an alert as a monitoring system keeps it.
type Alert struct {
	Labels      map[string]string
	Annotations map[string]string
	StartsAt    time.Time
	EndsAt      time.Time // zero while it fires
	Told        bool      // its end has been notified
}

// group is when a group was last notified successfully, and of what.
type group struct {
	At     time.Time
	Firing string
}

// Notification is one that was sent, with what became of it.
type Notification struct {
	Group    string
	Body     json.RawMessage
	Attempts int
	Status   int // of the last answer, 0 when there was none
	Taken    bool
}

// New makes a Sender.
func New(o Options) *Sender {
	if len(o.GroupBy) == 0 {
		o.GroupBy = []string{"alertname"}
	}
	if o.RepeatInterval <= 0 {
		o.RepeatInterval = 4 * time.Hour
	}
	if len(o.Backoff) == 0 {
		o.Backoff = []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sender{o: o, groups: map[string]*group{}}
}

// Fire says that an alert is firing; one that fires already goes on. What fires
// again after it was resolved has a new start, unless sameStart is set, as when
// the monitoring system was away for a while.
func (s *Sender) Fire(labels, annotations map[string]string, sameStart bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	print := Fingerprint(labels)
	for _, a := range s.alerts {
		if Fingerprint(a.Labels) != print {
			continue
		}
		if !a.EndsAt.IsZero() {
			a.EndsAt, a.Told = time.Time{}, false
			if !sameStart {
				a.StartsAt = s.o.Now().UTC()
			}
		}
		a.Annotations = maps.Clone(annotations)
		return
	}
	s.alerts = append(s.alerts, &Alert{Labels: maps.Clone(labels), Annotations: maps.Clone(annotations), StartsAt: s.o.Now().UTC()})
}

// Resolve says that an alert is over.
func (s *Sender) Resolve(labels map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.alerts {
		if Fingerprint(a.Labels) == Fingerprint(labels) && a.EndsAt.IsZero() {
			a.EndsAt = s.o.Now().UTC()
		}
	}
}

// Sent lists the notifications, oldest first.
func (s *Sender) Sent() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Flush notifies of every group in which something changed since the last time
// that was taken, or whose repeat interval is over, one after the other. The
// error says which notifications were dropped or given up; the next Flush
// sends those again, as Alertmanager does at its next group interval.
func (s *Sender) Flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, key := range s.keys() {
		alerts, firing, ended := s.members(key)
		last := s.groups[key]
		if last == nil {
			last = &group{}
		}
		now := s.o.Now()
		due := firing != "" && now.Sub(last.At) >= s.o.RepeatInterval
		if len(alerts) == 0 || firing == last.Firing && len(ended) == 0 && !due {
			continue
		}
		n := s.notify(ctx, key, alerts)
		s.sent = append(s.sent, n)
		if !n.Taken {
			errs = append(errs, fmt.Errorf("alertmanagertest: notification of %s was not taken: status %d after %d attempts", key, n.Status, n.Attempts))
			continue
		}
		s.groups[key] = &group{At: now, Firing: firing}
		for _, a := range ended {
			a.Told = true
		}
	}
	return errors.Join(append(errs, kept.Save(s.o.SaveTo, state{s.alerts, s.groups}))...)
}

// keys lists the groups, in order.
func (s *Sender) keys() []string {
	var keys []string
	for _, a := range s.alerts {
		if k := s.groupKey(a); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func (s *Sender) groupKey(a *Alert) string {
	var parts []string
	for _, name := range s.o.GroupBy {
		parts = append(parts, fmt.Sprintf("%s=%q", name, a.Labels[name]))
	}
	return "{}:{" + strings.Join(parts, ", ") + "}"
}

// members are the alerts of a group that a notification tells of: those that
// fire and those whose end has not been told.
func (s *Sender) members(key string) (alerts []*Alert, firing string, ended []*Alert) {
	for _, a := range s.alerts {
		switch {
		case s.groupKey(a) != key || a.Told:
		case a.EndsAt.IsZero():
			alerts, firing = append(alerts, a), firing+Fingerprint(a.Labels)+" "
		default:
			alerts, ended = append(alerts, a), append(ended, a)
		}
	}
	return alerts, firing, ended
}

// notify sends until it is taken, dropped or given up.
func (s *Sender) notify(ctx context.Context, key string, alerts []*Alert) Notification {
	body, err := json.Marshal(s.payload(key, alerts))
	if err != nil {
		panic(err) // texts and times only
	}
	n := Notification{Group: key, Body: body}
	for {
		n.Attempts++
		n.Status = s.send(ctx, body)
		n.Taken = n.Status >= 200 && n.Status < 300
		if n.Taken || (n.Status != 0 && n.Status < 500) || n.Attempts > len(s.o.Backoff) {
			return n
		}
		timer := time.NewTimer(s.o.Backoff[n.Attempts-1])
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return n
		}
	}
}

// send makes one attempt; 0 when there was no answer.
func (s *Sender) send(ctx context.Context, body []byte) int {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Alertmanager/0.35.0")
	if s.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.o.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	return resp.StatusCode
}
