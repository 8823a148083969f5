package alertmanager_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/alertmanager"
	"github.com/lowcodex/countersign/integrations/alertmanager/alertmanagertest"
)

const token = "alerts-token-0123456789abcdef"

var received = time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC)

// inbox is the stand-in for the gateway.
type inbox struct {
	mu     sync.Mutex
	events []compliance.AlertEvent
	counts map[string]int
	fail   func(compliance.AlertEvent) error
	log    bytes.Buffer
}

func (i *inbox) Alert(_ context.Context, ev compliance.AlertEvent) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		if err := i.fail(ev); err != nil {
			return err
		}
	}
	i.events = append(i.events, ev)
	return nil
}

func (i *inbox) count(reason string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts[reason]++
}

// all are the alerts that a source reported, without those about what it sent.
func (i *inbox) all() []compliance.AlertEvent { return i.only(false) }

// raised are the alerts about what a source sent and nobody can take.
func (i *inbox) raised() []compliance.AlertEvent { return i.only(true) }

func (i *inbox) only(raised bool) []compliance.AlertEvent {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(i.events), func(ev compliance.AlertEvent) bool {
		return strings.HasPrefix(ev.Key, "6:intake") != raised
	})
}

func newInbox() (*inbox, alertmanager.Config) {
	i := &inbox{counts: map[string]int{}}
	return i, alertmanager.Config{
		Tokens: []string{"old-token-0123456789", token}, Count: i.count,
		Logger: slog.New(slog.NewTextHandler(&i.log, nil)), Now: func() time.Time { return received },
	}
}

func alertmanagerHandler(t *testing.T) (*inbox, http.Handler) {
	t.Helper()
	i, cfg := newInbox()
	h, err := alertmanager.NewHandler(cfg, i)
	require.NoError(t, err)
	return i, h
}

func genericHandler(t *testing.T) (*inbox, http.Handler) {
	t.Helper()
	i, cfg := newInbox()
	h, err := alertmanager.NewGenericHandler(cfg, i)
	require.NoError(t, err)
	return i, h
}

func post(h http.Handler, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/alerts/x", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The real notification becomes the event that it tells of.
func TestNotificationBecomesAnEvent(t *testing.T) {
	body, err := os.ReadFile("testdata/webhook-v4.json")
	require.NoError(t, err)
	i, h := alertmanagerHandler(t)
	w := post(h, string(body))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Len(t, i.all(), 1)
	ev := i.all()[0]
	require.Regexp(t, `^alertmanager/[0-9a-f]{64}$`, ev.Delivery)
	ev.Delivery = ""
	require.Equal(t, compliance.AlertEvent{
		Source: "alertmanager", Key: "16:1a30ba71cca2921f", Firing: true, Severity: "critical", System: "http_checks",
		Title: "BlackBox Probe Failure: https://server.example.org",
		Text:  "Instance https://server.example.org has been down for over 5m. Job: http_checks",
		Link:  "http://prometheus.example.org:9090/graph?g0.expr=probe_success+%3D%3D+0&g0.tab=1",
		Labels: []compliance.Label{
			{Name: "alertname", Value: "ProbeFailure"}, {Name: "instance", Value: "https://server.example.org"},
			{Name: "job", Value: "http_checks"}, {Name: "monitor", Value: "master"}, {Name: "severity", Value: "critical"},
		},
		StartsAt: time.Date(2023, 2, 6, 13, 8, 45, 828_000_000, time.UTC), Received: received,
	}, ev)
	_, err = incident.AlertID(ev.Source, ev.Key)
	require.NoError(t, err, "the process can name the alert by it")
	require.Equal(t, map[string]int{alertmanager.RequestAccepted: 1}, i.counts)
}

func labels(name, instance string) map[string]string {
	return map[string]string{"alertname": name, "instance": instance, "severity": "page", "system": "billing"}
}

// The life of a group as Alertmanager tells it (I2): batches, repetitions, an
// end, and the same alert again.
func TestI2_LifeOfAGroup(t *testing.T) {
	i, h := alertmanagerHandler(t)
	server := httptest.NewServer(h)
	defer server.Close()
	now := received
	s := alertmanagertest.New(alertmanagertest.Options{URL: server.URL, Token: token, Now: func() time.Time { return now }})
	flush := func() []compliance.AlertEvent {
		before := len(i.all())
		require.NoError(t, s.Flush(t.Context()))
		got := i.all()[before:]
		slices.SortFunc(got, func(a, b compliance.AlertEvent) int { return strings.Compare(a.Key, b.Key) })
		return got
	}
	s.Fire(labels("Slow", "a"), map[string]string{"summary": "a is slow"}, false)
	s.Fire(labels("Slow", "b"), nil, false)
	s.Fire(labels("Down", "c"), nil, false)
	first := flush()
	require.Len(t, first, 3)
	require.Len(t, s.Sent(), 2, "two groups, one request each")
	require.Equal(t, []string{"billing", "page"}, []string{first[0].System, first[0].Severity})

	require.Empty(t, flush(), "nothing changed")
	now = now.Add(4 * time.Hour)
	repeated := flush()
	require.Len(t, repeated, 3)
	require.Equal(t, deliveries(first), deliveries(repeated), "a repetition is known by its delivery")

	now = now.Add(time.Minute)
	s.Resolve(labels("Slow", "a"))
	next := flush()
	require.Len(t, next, 2, "the group's other alert is told again")
	ended := next[slices.IndexFunc(next, func(e compliance.AlertEvent) bool { return !e.Firing })]
	require.Equal(t, now, ended.EndsAt)
	was := first[slices.IndexFunc(first, func(e compliance.AlertEvent) bool { return e.Key == ended.Key })]
	require.Equal(t, "a is slow", was.Title)
	require.Equal(t, was.StartsAt, ended.StartsAt)
	require.NotEqual(t, was.Delivery, ended.Delivery, "the end of an alert is another report than its beginning")

	now = now.Add(time.Minute)
	s.Fire(labels("Slow", "a"), nil, false)
	again := flush()
	back := again[slices.IndexFunc(again, func(e compliance.AlertEvent) bool { return e.Key == ended.Key })]
	require.NotEqual(t, was.Delivery, back.Delivery, "a new occurrence is a new report")
	require.True(t, back.Firing && back.EndsAt.IsZero())
}

func deliveries(events []compliance.AlertEvent) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Delivery)
	}
	return out
}

// A source that was away may find an alert again with its old start. The
// delivery is then the same, which must not make anybody drop it: the rules
// open a new incident by where the alert stands (I1).
func TestI1_SameStartAfterItsEndOpensANewIncident(t *testing.T) {
	i, h := alertmanagerHandler(t)
	server := httptest.NewServer(h)
	defer server.Close()
	now := received
	s := alertmanagertest.New(alertmanagertest.Options{URL: server.URL, Token: token, Now: func() time.Time { return now }})
	opened := 0
	var alert incident.Alert
	for _, step := range []func(){
		func() { s.Fire(labels("Slow", "a"), nil, false) }, func() { s.Resolve(labels("Slow", "a")) }, func() { s.Fire(labels("Slow", "a"), nil, true) },
	} {
		now = now.Add(time.Minute)
		step()
		require.NoError(t, s.Flush(t.Context()))
		ev := i.all()[len(i.all())-1]
		news := incident.News{Kind: incident.NewsClear, Began: ev.StartsAt}
		if ev.Firing {
			news = incident.News{Kind: incident.NewsTrigger, Severity: incident.Sev1, Began: ev.StartsAt}
		}
		var move incident.AlertMove
		alert, move = incident.NextAlert(alert, news, 0, now)
		if move.Do == incident.AlertOpen {
			opened++
		}
		alert, _ = incident.NextAlert(alert, incident.News{Kind: incident.NewsTimer}, 0, now)
	}
	require.Equal(t, 2, opened)
	require.Equal(t, i.all()[0].Delivery, i.all()[2].Delivery)
}

// What could not be persisted is answered with a 5xx, and comes again; what is
// answered with a 4xx never does.
func TestOnly5xxIsSentAgain(t *testing.T) {
	i, h := alertmanagerHandler(t)
	failures := 2
	i.fail = func(compliance.AlertEvent) error {
		if failures--; failures >= 0 {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "take an alert"}
		}
		return nil
	}
	server := httptest.NewServer(h)
	defer server.Close()
	s := alertmanagertest.New(alertmanagertest.Options{URL: server.URL, Token: token, Backoff: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}})
	s.Fire(labels("Slow", "a"), nil, false)
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, 3, s.Sent()[0].Attempts)
	require.Len(t, i.all(), 1)
	require.Equal(t, map[string]int{alertmanager.RequestNotHandedOver: 2, alertmanager.RequestAccepted: 1}, i.counts)

	s = alertmanagertest.New(alertmanagertest.Options{URL: server.URL, Token: "a-token-of-somebody-else"})
	s.Fire(labels("Slow", "b"), nil, false)
	require.ErrorContains(t, s.Flush(t.Context()), "status 401 after 1 attempts")
	require.Len(t, i.all(), 1)
}

// Alerts that the source left out are shown on those that it sent.
func TestTruncatedAlertsAreShown(t *testing.T) {
	i, h := alertmanagerHandler(t)
	server := httptest.NewServer(h)
	defer server.Close()
	s := alertmanagertest.New(alertmanagertest.Options{URL: server.URL, Token: token, MaxAlerts: 2})
	for n := range 5 {
		s.Fire(labels("Slow", fmt.Sprint(n)), nil, false)
	}
	require.NoError(t, s.Flush(t.Context()))
	require.Len(t, i.all(), 2)
	require.Equal(t, 3, i.all()[0].Truncated)
	require.Equal(t, map[string]int{alertmanager.RequestTruncated: 1}, i.counts)
	require.Contains(t, i.log.String(), "left_out=3")
}

// One alert that cannot be taken does not hold up the others of its request.
func TestOneBadAlertSpoilsNoOther(t *testing.T) {
	i, h := alertmanagerHandler(t)
	i.fail = func(ev compliance.AlertEvent) error {
		if ev.Title == "cursed" {
			return &compliance.Failure{Class: compliance.Invalid, Op: "take an alert", Detail: "the engine refuses it"}
		}
		return nil
	}
	w := post(h, `{"version":"4","groupKey":"g","alerts":[{"status":"odd","labels":{"a":"1"}},{"status":"firing"},
	 {"status":"firing","labels":{"alertname":"cursed"}},{"status":"firing","labels":{"alertname":"fine"}}]}`)
	require.Equal(t, http.StatusOK, w.Code)
	require.Len(t, i.all(), 1)
	require.Equal(t, "fine", i.all()[0].Title)
	require.Equal(t, map[string]int{alertmanager.RequestAlertInvalid: 3, alertmanager.RequestAccepted: 1}, i.counts)
	require.Contains(t, i.log.String(), "alert 1 of the notification is neither firing nor resolved")

	i.fail = func(compliance.AlertEvent) error { return errors.New("odd") }
	require.Equal(t, http.StatusServiceUnavailable, post(h, `{"alerts":[{"status":"firing","labels":{"alertname":"fine"}}]}`).Code, "an error without a class is no reason to lose an alert")
}

// Labels identify an alert of a version that gives no fingerprint.
func TestOldVersionsHaveNoFingerprint(t *testing.T) {
	i, h := alertmanagerHandler(t)
	require.Equal(t, 200, post(h, `{"alerts":[{"status":"firing","labels":{"a":"1","b":"2"}},{"status":"firing","labels":{"b":"2","a":"1"}},{"status":"firing","labels":{"a":"12","b":""}}]}`).Code)
	keys := map[string]int{}
	for _, e := range i.all() {
		require.NotEmpty(t, e.Key)
		keys[e.Key]++
	}
	require.Len(t, keys, 2)
}

// The stand-in's fingerprint is Prometheus's, as github.com/prometheus/common
// v0.72.0 gives it. (The one in the captured notification is not that of its
// labels, whose hosts were replaced.)
func TestStandInsFingerprint(t *testing.T) {
	require.Equal(t, "d3b971819376d835", alertmanagertest.Fingerprint(map[string]string{"a": "1"}))
	require.Equal(t, "fe986f5dcb3e6510", alertmanagertest.Fingerprint(map[string]string{
		"alertname": "ProbeFailure", "instance": "https://server.example.org", "job": "http_checks", "monitor": "master", "severity": "critical",
	}))
}
