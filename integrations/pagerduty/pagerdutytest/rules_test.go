package pagerdutytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

const key = "0123456789abcdef0123456789abcdef"

func start(t *testing.T, o pagerdutytest.Options) *pagerdutytest.Server {
	t.Helper()
	s, err := pagerdutytest.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func enqueue(t *testing.T, s *pagerdutytest.Server, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, pagerdutytest.EnqueuePath, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.True(t, json.Valid(w.Body.Bytes()))
	return w.Code, w.Body.String()
}

func event(action, dedup string) string {
	return `{"routing_key":"` + key + `","event_action":"` + action + `","dedup_key":"` + dedup + `","payload":{"summary":"s","source":"x","severity":"critical"}}`
}

func TestEventsAreCheckedAgainstTheDescription(t *testing.T) {
	s := start(t, pagerdutytest.Options{})
	for name, c := range map[string]struct {
		body, says string
	}{
		"not JSON":          {`{`, "JSON parse error"},
		"no action":         {`{"routing_key":"` + key + `"}`, "event_action"},
		"unknown action":    {event("close", "k"), "event_action"},
		"no severity":       {`{"routing_key":"` + key + `","event_action":"trigger","payload":{"summary":"s","source":"x"}}`, "severity"},
		"unknown severity":  {strings.Replace(event("trigger", "k"), "critical", "sev1", 1), "severity"},
		"odd time":          {strings.Replace(event("trigger", "k"), `"source"`, `"timestamp":"yesterday","source"`, 1), "timestamp"},
		"short key":         {strings.Replace(event("trigger", "k"), key, "short", 1), "routing_key"},
		"another's key":     {strings.Replace(event("trigger", "k"), key, strings.Repeat("f", 32), 1), "Invalid routing key"},
		"no payload":        {`{"routing_key":"` + key + `","event_action":"trigger"}`, "summary"},
		"resolve what":      {`{"routing_key":"` + key + `","event_action":"resolve"}`, "dedup_key"},
		"long dedup key":    {event("trigger", strings.Repeat("k", 256)), "dedup_key"},
		"long summary":      {strings.Replace(event("trigger", "k"), `"s"`, `"`+strings.Repeat("s", 1025)+`"`, 1), "payload.summary"},
		"more than 512 kB":  {strings.Replace(event("trigger", "k"), `"source"`, `"component":"`+strings.Repeat("x", 512<<10)+`","source"`, 1), "512 kB"},
		"link without href": {strings.Replace(event("trigger", "k"), `"payload"`, `"links":[{"text":"x"}],"payload"`, 1), "href"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := enqueue(t, s, c.body)
			require.Equal(t, http.StatusBadRequest, status, answer)
			require.Contains(t, answer, c.says)
		})
	}
	require.Empty(t, s.Incidents())
}

// The documented life of a key: it folds while its incident is open, opens a new
// one afterwards, and what is not open is neither acknowledged nor resolved.
func TestKeysFoldWhileOpen(t *testing.T) {
	s := start(t, pagerdutytest.Options{})
	for _, e := range []string{"acknowledge", "resolve", "trigger", "trigger", "acknowledge", "trigger", "resolve", "resolve", "trigger"} {
		status, answer := enqueue(t, s, event(e, "k"))
		require.Equal(t, http.StatusAccepted, status)
		require.JSONEq(t, `{"status":"success","message":"Event processed","dedup_key":"k"}`, answer)
	}
	got := s.Incidents()
	require.Len(t, got, 2)
	require.Equal(t, []any{pagerdutytest.Resolved, 3}, []any{got[0].Status, got[0].Triggers})
	require.Equal(t, []any{pagerdutytest.Triggered, 1}, []any{got[1].Status, got[1].Triggers})
	require.Error(t, s.Acknowledge("PANN001", got[0].ID), "a resolved incident is over")
	require.Error(t, s.Acknowledge("PNOBODY", got[1].ID))
	require.Error(t, s.Reassign("PANN001", got[0].ID, "PBEN002"))
}

func TestEventsAMinute(t *testing.T) {
	now := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	s := start(t, pagerdutytest.Options{Now: func() time.Time { return now }})
	for range 120 {
		status, _ := enqueue(t, s, event("trigger", "k"))
		require.Equal(t, http.StatusAccepted, status)
	}
	status, answer := enqueue(t, s, event("trigger", "k"))
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Contains(t, answer, "throttle exceeded")
	require.Equal(t, 120, s.Incidents()[0].Triggers, "what is throttled is not taken")
	now = now.Add(time.Minute)
	status, _ = enqueue(t, s, event("trigger", "k"))
	require.Equal(t, http.StatusAccepted, status)
}

// hook is a subscriber that answers as told and keeps what it got.
type hook struct {
	mu     sync.Mutex
	status []int
	got    []*http.Request
	bodies [][]byte
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got, h.bodies = append(h.got, r), append(h.bodies, body)
	status := http.StatusAccepted
	if len(h.status) > 0 {
		status, h.status = h.status[0], h.status[1:]
	}
	w.WriteHeader(status)
}

func settled(t *testing.T, s *pagerdutytest.Server, n int) []pagerdutytest.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, s.WaitFor(ctx, func(snap pagerdutytest.Snapshot) bool {
		for _, d := range snap.Deliveries {
			if !d.Done {
				return false
			}
		}
		return len(snap.Deliveries) == n
	}))
	return s.Deliveries()
}

func TestWebhooksAreSignedOrderedAndRepeated(t *testing.T) {
	h := &hook{status: []int{500, 429, 200, 404}}
	server := httptest.NewServer(h)
	defer server.Close()
	quick := []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	s := start(t, pagerdutytest.Options{Webhook: pagerdutytest.Webhook{Backoff: quick}})
	s.SetWebhook(server.URL, "first-secret", "second-secret")
	enqueue(t, s, event("trigger", "k"))
	require.NoError(t, s.Acknowledge("PBEN002", s.Incidents()[0].ID))
	done := settled(t, s, 2)
	require.Equal(t, []any{3, 200, 1, 404}, []any{done[0].Attempts, done[0].Status, done[1].Attempts, done[1].Status}, "a 4xx is dropped for good")
	require.Len(t, h.got, 4)
	for i, id := range []string{done[0].ID, done[0].ID, done[0].ID, done[1].ID} {
		require.Equal(t, id, h.got[i].Header.Get("X-Webhook-Id"), "later events wait behind one that is repeated")
		require.Equal(t, pagerdutytest.Sign(h.bodies[i], "first-secret", "second-secret"), h.got[i].Header.Get("X-PagerDuty-Signature"))
	}
	var body struct {
		Event struct {
			ID    string
			Type  string `json:"event_type"`
			Agent struct{ ID, Type string }
			Data  struct {
				Key    string `json:"incident_key"`
				Status string
			}
		}
	}
	require.NoError(t, json.Unmarshal(h.bodies[3], &body))
	require.Equal(t, []string{done[1].ID, "incident.acknowledged", "PBEN002", "user_reference", "k", "acknowledged"},
		[]string{body.Event.ID, body.Event.Type, body.Event.Agent.ID, body.Event.Agent.Type, body.Event.Data.Key, body.Event.Data.Status})
}

func TestThreeDropsInARowDisableTheSubscription(t *testing.T) {
	h := &hook{status: []int{400, 400, 200, 400, 400, 400}}
	server := httptest.NewServer(h)
	defer server.Close()
	s := start(t, pagerdutytest.Options{})
	s.SetWebhook(server.URL)
	for i := range 6 {
		require.False(t, s.Disabled())
		enqueue(t, s, event([]string{"trigger", "resolve"}[i%2], "k"))
		settled(t, s, i+1)
	}
	require.True(t, s.Disabled())
	enqueue(t, s, event("trigger", "k"))
	require.Len(t, s.Deliveries(), 6, "nothing is sent any more")
}

// What was answered survives the stand-in's end, and what was not delivered is
// delivered after the next start.
func TestStateSurvives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pagerduty.json")
	s, err := pagerdutytest.New(pagerdutytest.Options{SaveTo: file})
	require.NoError(t, err)
	s.SetWebhook("http://127.0.0.1:1", "secret")
	enqueue(t, s, event("trigger", "k"))
	require.NoError(t, s.Close())

	h := &hook{}
	server := httptest.NewServer(h)
	defer server.Close()
	s = start(t, pagerdutytest.Options{SaveTo: file})
	require.Len(t, s.Incidents(), 1)
	s.SetWebhook(server.URL, "secret")
	done := settled(t, s, 1)
	require.Equal(t, http.StatusAccepted, done[0].Status)
	require.True(t, bytes.Contains(h.bodies[0], []byte("incident.triggered")))
	enqueue(t, s, event("trigger", "k"))
	require.Equal(t, 2, s.Incidents()[0].Triggers)
}
