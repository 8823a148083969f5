package pagerduty_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

// What a person does in PagerDuty comes back as an act on the page's subject
// with what they saw (I8, I9, I12).
func TestI8_ActsOfPeopleComeBack(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	began := time.Now().Add(-time.Second)
	_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	id := s.Incidents()[0].ID
	require.NoError(t, s.Acknowledge(ben, id))
	require.NoError(t, s.Reassign(ben, id, ann))
	require.NoError(t, s.Resolve(ann, id))
	s.settled(t)

	acts := s.desk.submitted()
	require.Len(t, acts, 3)
	for i, want := range []struct{ action, actor string }{{"acknowledge", ben}, {"reassign", ben}, {"resolve", ann}} {
		in := acts[i]
		require.Equal(t, compliance.Inbound{
			Delivery: "pagerduty/" + s.Deliveries()[i+1].ID, Surface: "pagerduty", Actor: compliance.Account{Provider: "pagerduty", ID: want.actor},
			Subject: "incident/3f2a9c1b7d04", Action: want.action, Ref: "3f2a9c1b7d04.3.2.1795312800", Message: "incident " + id,
			Received: in.Received, Acted: in.Acted, Answers: in.Answers,
		}, in)
		require.WithinRange(t, in.Acted, began, time.Now())
		require.Equal(t, time.UTC, in.Received.Location())
	}
	require.Equal(t, "pagerduty:"+ann, acts[1].Answer(pagerduty.AnswerTo))
	act, reason, field := incident.ParseAct(acts[2])
	require.Equal(t, []any{incident.OK, ""}, []any{reason, field}, "the process can read a resolution that came without a note")
	require.Contains(t, act.Text, "no note is asked for")
	require.Equal(t, 1, s.desk.counted(pagerduty.DeliveryIgnoredEvent), "our own trigger")
	require.Equal(t, 3, s.desk.counted(pagerduty.DeliveryAccepted))
}

// An act that could not be made durable is sent again with the same delivery,
// in order, until it is.
func TestI8_ActIsRepeatedUntilItIsDurable(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	failures := 2
	s.desk.reply = func(compliance.Inbound) compliance.Reply {
		if failures--; failures >= 0 {
			return compliance.Reply{Outcome: compliance.NotRecorded, Reason: "unreachable"}
		}
		return compliance.Reply{Outcome: compliance.Received}
	}
	_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	id := s.Incidents()[0].ID
	require.NoError(t, s.Acknowledge(ann, id))
	require.NoError(t, s.Resolve(ann, id))
	s.settled(t)
	var told []string
	for _, in := range s.desk.submitted() {
		told = append(told, in.Action+" "+in.Delivery)
	}
	ack, done := "acknowledge pagerduty/"+s.Deliveries()[1].ID, "resolve pagerduty/"+s.Deliveries()[2].ID
	require.Equal(t, []string{ack, ack, ack, done}, told)
	require.Equal(t, 2, s.desk.counted(pagerduty.DeliveryNotHandedOver))
}

// An act that the rules refuse is done with: its refusal is kept, and nothing
// that comes after it is held up.
func TestRefusedActIsNotRepeated(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	s.desk.reply = func(compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.Declined, Reason: "unknown-action"}
	}
	_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	require.NoError(t, s.Reassign(ben, s.Incidents()[0].ID, ann))
	s.settled(t)
	require.Len(t, s.desk.submitted(), 1)
	require.Equal(t, 1, s.desk.counted(pagerduty.DeliveryAccepted))
}

const told = `{"event":{"id":"01E","event_type":"%s","resource_type":"incident","occurred_at":"2026-11-21T03:05:00.000Z",
 "agent":%s,"client":null,"data":{"id":"PGR0VU2","type":"incident","number":2,"incident_key":"%s","assignees":[]}}}`

func webhook(kind, agent, key string) string { return fmt.Sprintf(told, kind, agent, key) }

const (
	person      = `{"id":"PLH1HKV","type":"user_reference"}`
	ourKey      = "cs1|incident/3f2a9c1b7d04|3f2a9c1b7d04.3.2.1795312800|0123456789abcdef"
	acknowledge = "incident.acknowledged"
)

func receiver(t *testing.T, change ...func(*pagerduty.Config)) (*desk, http.Handler) {
	t.Helper()
	d := &desk{counts: map[string]int{}}
	cfg := pagerduty.Config{WebhookSecrets: []string{"old-secret-0123456789", webhookSecret}, Count: d.count}
	for _, f := range change {
		f(&cfg)
	}
	h, err := pagerduty.NewHandler(cfg, d)
	require.NoError(t, err)
	return d, h
}

func deliver(h http.Handler, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/pagerduty/webhook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set("X-PagerDuty-Signature", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatIsNobodysAnswerIsIgnoredAndCounted(t *testing.T) {
	for name, c := range map[string]struct{ body, reason string }{
		"annotated":         {webhook("incident.annotated", person, ourKey), pagerduty.DeliveryIgnoredEvent},
		"another incident":  {webhook(acknowledge, person, "srv01/mysql"), pagerduty.DeliveryIgnoredOther},
		"nearly our key":    {webhook(acknowledge, person, "cs1|incident/3f2a9c1b7d04|0123456789abcdef"), pagerduty.DeliveryIgnoredOther},
		"no key":            {webhook(acknowledge, person, ""), pagerduty.DeliveryIgnoredOther},
		"our own event":     {webhook("incident.resolved", `{"id":"PINT","type":"events_api_v2_inbound_integration_reference"}`, ourKey), pagerduty.DeliveryEcho},
		"timed out":         {webhook("incident.resolved", `null`, ourKey), pagerduty.DeliveryNobody},
		"an automation":     {webhook("incident.resolved", `{"id":"PWF","type":"incident_workflow_reference"}`, ourKey), pagerduty.DeliveryNobody},
		"person without id": {webhook(acknowledge, `{"id":"","type":"user_reference"}`, ourKey), pagerduty.DeliveryNobody},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := receiver(t)
			w := deliver(h, c.body, pagerdutytest.Sign([]byte(c.body), webhookSecret))
			require.Equal(t, http.StatusAccepted, w.Code, "anything else would come again or be held against us")
			require.Equal(t, map[string]int{c.reason: 1}, d.counts)
			require.Empty(t, d.submitted())
		})
	}
}

// The documentation's own bodies are read, and are nobody's answer to a page.
func TestDocumentedBodies(t *testing.T) {
	files, err := filepath.Glob("testdata/webhooks/*.json")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		d, h := receiver(t)
		require.Equal(t, http.StatusAccepted, deliver(h, string(body), pagerdutytest.Sign(body, webhookSecret)).Code)
		require.Equal(t, map[string]int{pagerduty.DeliveryIgnoredEvent: 1}, d.counts, file)
	}
}

func TestSignatures(t *testing.T) {
	body := webhook(acknowledge, person, ourKey)
	raw := []byte(body)
	// RFC 4231, test case 2: the stand-in signs with HMAC-SHA256 as it is defined.
	require.Equal(t, "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		pagerdutytest.Sign([]byte("what do ya want for nothing?"), "Jefe"))
	for name, c := range map[string]struct {
		signature string
		status    int
		reason    string
	}{
		"ours":                {pagerdutytest.Sign(raw, webhookSecret), 202, pagerduty.DeliveryAccepted},
		"the one before":      {pagerdutytest.Sign(raw, "old-secret-0123456789"), 202, pagerduty.DeliveryAccepted},
		"several, ours last":  {pagerdutytest.Sign(raw, "next-secret-0123456789", webhookSecret), 202, pagerduty.DeliveryAccepted},
		"several, none ours":  {pagerdutytest.Sign(raw, "next-secret-0123456789", "another-secret-012345"), 401, pagerduty.DeliveryBadSignature},
		"none":                {"", 401, pagerduty.DeliveryUnsigned},
		"not hex":             {"v1=zz", 401, pagerduty.DeliveryBadSignature},
		"of another version":  {strings.Replace(pagerdutytest.Sign(raw, webhookSecret), "v1", "v0", 1), 401, pagerduty.DeliveryBadSignature},
		"of another body":     {pagerdutytest.Sign(append([]byte(" "), raw...), webhookSecret), 401, pagerduty.DeliveryBadSignature},
		"empty secret's":      {pagerdutytest.Sign(raw, ""), 401, pagerduty.DeliveryBadSignature},
		"only the version":    {"v1=", 401, pagerduty.DeliveryBadSignature},
		"upper case is no hm": {strings.ToUpper(pagerdutytest.Sign(raw, webhookSecret)), 401, pagerduty.DeliveryBadSignature},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := receiver(t)
			w := deliver(h, body, c.signature)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, map[string]int{c.reason: 1}, d.counts)
			require.NotContains(t, w.Body.String(), webhookSecret)
			require.Equal(t, c.status == 202, len(d.submitted()) == 1, "nothing is believed that is not signed")
		})
	}
}

// cut is a body that breaks off.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// Trouble of ours is answered with 5xx, because PagerDuty drops for good what
// any other 4xx answers; only what can never become right gets one.
func TestTroubleOfOursIsAskedForAgain(t *testing.T) {
	good := webhook(acknowledge, person, ourKey)
	for name, c := range map[string]struct {
		method, kind string
		body         io.Reader
		change       func(*pagerduty.Config)
		status       int
		reason       string
	}{
		"not a POST":    {method: http.MethodGet, status: 405, reason: pagerduty.DeliveryMethod},
		"a form":        {kind: "application/x-www-form-urlencoded", status: 415, reason: pagerduty.DeliveryContentType},
		"too large":     {body: bytes.NewReader(make([]byte, 1<<20+1)), status: 413, reason: pagerduty.DeliveryTooLarge},
		"broken off":    {body: cut{}, status: 503, reason: pagerduty.DeliveryUnreadable},
		"no secret":     {change: func(c *pagerduty.Config) { c.WebhookSecrets = nil }, status: 503, reason: pagerduty.DeliveryUnconfigured},
		"not JSON":      {body: strings.NewReader("["), status: 400, reason: pagerduty.DeliveryMalformed},
		"no event":      {body: strings.NewReader(`{"messages":[]}`), status: 400, reason: pagerduty.DeliveryMalformed},
		"event is list": {body: strings.NewReader(`{"event":[]}`), status: 400, reason: pagerduty.DeliveryMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := receiver(t, func(cfg *pagerduty.Config) {
				if c.change != nil {
					c.change(cfg)
				}
			})
			body := c.body
			if body == nil {
				body = strings.NewReader(good)
			}
			signature := pagerdutytest.Sign([]byte(good), webhookSecret)
			if s, ok := body.(*strings.Reader); ok {
				raw, err := io.ReadAll(s)
				require.NoError(t, err)
				signature, body = pagerdutytest.Sign(raw, webhookSecret), bytes.NewReader(raw)
			}
			r := httptest.NewRequest(firstOf(c.method, http.MethodPost), "/pagerduty/webhook", body)
			r.Header.Set("Content-Type", firstOf(c.kind, "application/json; charset=utf-8"))
			r.Header.Set("X-PagerDuty-Signature", signature)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, map[string]int{c.reason: 1}, d.counts)
			require.Equal(t, 1, strings.Count(w.Body.String(), "\n"), "one line says why")
		})
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// An id that could not be a delivery's is hashed, and an instant that JSON could
// not carry is none.
func TestOddEventsStayUsable(t *testing.T) {
	d, h := receiver(t)
	var e map[string]map[string]any
	require.NoError(t, json.Unmarshal([]byte(webhook(acknowledge, person, ourKey)), &e))
	e["event"]["id"] = strings.Repeat("x", 5000)
	e["event"]["occurred_at"] = "0001-01-01T00:00:00Z"
	body, err := json.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, deliver(h, string(body), pagerdutytest.Sign(body, webhookSecret)).Code)
	in := d.submitted()[0]
	require.Regexp(t, `^pagerduty/sha256:[0-9a-f]{64}$`, in.Delivery)
	require.True(t, in.Acted.IsZero())
}
