package jiratest_test

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

const hookSecret = "hook-secret-0123456789"

// receiver keeps every attempt and answers with the given statuses in turn,
// then with 200.
type receiver struct {
	mu       sync.Mutex
	statuses []int
	attempts []attempt
}

type attempt struct {
	header http.Header
	body   map[string]any
	signed bool
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	a := attempt{header: req.Header, signed: hmac.Equal([]byte(req.Header.Get("X-Hub-Signature")), []byte(jiratest.Sign(hookSecret, body)))}
	_ = json.Unmarshal(body, &a.body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, a)
	if len(r.statuses) > 0 {
		w.WriteHeader(r.statuses[0])
		r.statuses = r.statuses[1:]
	}
}

func (r *receiver) all() []attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]attempt(nil), r.attempts...)
}

func done(n int) func(jiratest.Snapshot) bool {
	return func(s jiratest.Snapshot) bool {
		for _, d := range s.Deliveries {
			if !d.Done {
				return false
			}
		}
		return len(s.Deliveries) == n
	}
}

func await(t *testing.T, s *jiratest.Server, cond func(jiratest.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.WaitFor(ctx, cond))
}

func quick() []time.Duration {
	return []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
}

func TestWebhooksAreRepeatedAsJiraDoes(t *testing.T) {
	for status, repeated := range map[int]bool{
		200: false, 204: false, 301: false, 400: false, 401: false, 404: false, 413: false,
		408: true, 409: true, 425: true, 429: true, 500: true, 503: true,
	} {
		r := &receiver{statuses: []int{status, status}}
		hook := httptest.NewServer(r)
		a := start(t, jiratest.Options{Webhook: jiratest.Webhook{URL: hook.URL, Secret: hookSecret, Backoff: quick()}})
		_, err := a.stand.CreateIssue("Alice", map[string]string{"title": "T"})
		require.NoError(t, err)
		await(t, a.stand, done(1))
		got := r.all()
		hook.Close()
		if !repeated {
			require.Len(t, got, 1, "status %d", status)
			continue
		}
		require.Len(t, got, 3, "status %d", status)
		for n, attempt := range got {
			require.True(t, attempt.signed)
			require.Equal(t, got[0].header.Get("X-Atlassian-Webhook-Identifier"), attempt.header.Get("X-Atlassian-Webhook-Identifier"))
			require.Equal(t, []string{"", "1", "2"}[n], attempt.header.Get("X-Atlassian-Webhook-Retry"))
			require.Equal(t, "Primary", attempt.header.Get("X-Atlassian-Webhook-Flow"))
		}
	}
}

func TestWebhooksAreGivenUpAndBecomeSecondary(t *testing.T) {
	var mu sync.Mutex
	clock := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	r := &receiver{statuses: []int{503, 503, 503, 503, 503}}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		clock = clock.Add(20 * time.Second)
		mu.Unlock()
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(hook.Close)
	a := start(t, jiratest.Options{Webhook: jiratest.Webhook{URL: hook.URL, Backoff: quick()}, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	}})
	_, err := a.stand.CreateIssue("Alice", map[string]string{"title": "T"})
	require.NoError(t, err)
	await(t, a.stand, done(1))
	require.Equal(t, 4, a.stand.Deliveries()[0].Attempts)
	require.Equal(t, 503, a.stand.Deliveries()[0].Status)
	got := r.all()
	require.Len(t, got, 4)
	require.Equal(t, "Primary", got[1].header.Get("X-Atlassian-Webhook-Flow"))
	require.Equal(t, "Secondary", got[2].header.Get("X-Atlassian-Webhook-Flow"))
	require.Empty(t, got[0].header.Get("X-Hub-Signature"), "without a secret nothing is signed")
}

func TestWebhookOfEveryKindOfEvent(t *testing.T) {
	r := &receiver{}
	hook := httptest.NewServer(r)
	t.Cleanup(hook.Close)
	a := start(t, jiratest.Options{Webhook: jiratest.Webhook{URL: hook.URL, Secret: hookSecret, Backoff: quick()}})
	a.stand.HoldWebhooks()
	made, err := a.stand.CreateIssue("alice@example.com", map[string]string{"title": "T", "risk": "low"})
	require.NoError(t, err)
	require.NoError(t, a.stand.EditIssue("acc-bruno", made.Key, map[string]string{"risk": "high", "implementer": "Chidi"}))
	require.NoError(t, a.stand.EditIssue("acc-bruno", made.Key, map[string]string{"risk": "high"}), "no change, no event")
	require.NoError(t, a.stand.Transition("Alice", made.Key, "submitted"))
	require.NoError(t, a.stand.Comment("Dana", made.Key, "hello"))
	status, text := a.call("POST", "/rest/api/2/issue/"+made.ID+"/comment", `{"body":"from the bot"}`)
	require.Equal(t, 201, status, text)
	require.NoError(t, a.stand.DeleteIssue("Alice", made.Key))
	a.stand.ReleaseWebhooks(false, 1)
	await(t, a.stand, done(6))
	var kinds []string
	for _, attempt := range r.all() {
		kinds = append(kinds, attempt.body["webhookEvent"].(string))
	}
	require.Equal(t, []string{"jira:issue_created", "jira:issue_updated", "jira:issue_updated", "comment_created", "comment_created", "jira:issue_deleted"}, kinds)
	move := r.all()[2].body
	require.Equal(t, "acc-alice", move["user"].(map[string]any)["accountId"])
	item := move["changelog"].(map[string]any)["items"].([]any)[0].(map[string]any)
	require.Equal(t, "Draft", item["fromString"])
	require.Equal(t, "Submitted", item["toString"])
	comment := r.all()[4].body
	require.NotContains(t, comment, "user", "comment events name nobody at the top")
	require.Equal(t, "bot-countersign", comment["comment"].(map[string]any)["author"].(map[string]any)["accountId"])
}

func TestStoriesRefuseWhatAPersonCouldNotDo(t *testing.T) {
	a := start(t, jiratest.Options{Transitions: []jiratest.Transition{{ID: "1", Name: "Submit", From: "Draft", To: "Submitted", Required: []string{"resolution", "customfield_10103"}}}})
	for _, c := range []struct {
		user   string
		fields map[string]string
	}{{"nobody", map[string]string{"title": "T"}}, {"Alice", map[string]string{"title": "T", "nonsense": "x"}}, {"Alice", nil},
		{"Alice", map[string]string{"title": "T", "risk": "huge"}}, {"Alice", map[string]string{"title": "T", "implementer": "nobody"}},
		{"Alice", map[string]string{"title": "T", "planned_start": "soon"}}, {"Alice", map[string]string{"title": "T", "duration": "x"}}} {
		_, err := a.stand.CreateIssue(c.user, c.fields)
		require.Error(t, err)
	}
	made, err := a.stand.CreateIssue("Alice", map[string]string{"title": "T"})
	require.NoError(t, err)
	require.ErrorContains(t, a.stand.Transition("Alice", made.Key, "Done"), `no transition from there to "Done"`)
	require.NoError(t, a.stand.Transition("Alice", made.Key, "Submitted"), "the screen is filled in")
	require.Error(t, a.stand.Comment("Alice", made.Key, ""))
	require.Error(t, a.stand.Comment("Alice", "OPS-99", "x"))
	require.Error(t, a.stand.EditIssue("Alice", "OPS-99", nil))
	require.Error(t, a.stand.DeleteIssue("nobody", made.Key))
	require.Equal(t, []string{"Submitted"}, a.stand.Statuses("Draft"))
}

// What was answered survives a restart, and what was not delivered is delivered after it.
func TestStateSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jira.json")
	o := jiratest.Options{SaveTo: file, Webhook: jiratest.Webhook{URL: "http://127.0.0.1:1/", Backoff: []time.Duration{time.Hour}}}
	first, err := jiratest.New(o)
	require.NoError(t, err)
	made, err := first.CreateIssue("Alice", map[string]string{"title": "T", "external": "yes", "planned_start": "2026-11-25T21:00:00Z", "duration": "90"})
	require.NoError(t, err)
	require.NoError(t, first.Comment("Bruno", made.Key, "kept"))
	await(t, first, func(s jiratest.Snapshot) bool { return s.Deliveries[0].Attempts == 1 && s.Deliveries[1].Attempts == 1 })
	require.NoError(t, first.Close())
	before := first.Issues()

	r := &receiver{}
	hook := httptest.NewServer(r)
	t.Cleanup(hook.Close)
	o.Webhook = jiratest.Webhook{Backoff: quick()}
	second, err := jiratest.New(o)
	require.NoError(t, err)
	second.SetWebhook(hook.URL, hookSecret) // only now, as the sandbox does
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	require.Equal(t, before, second.Issues())
	await(t, second, done(2))
	require.Len(t, r.all(), 2)
	next, err := second.CreateIssue("Alice", map[string]string{"title": "U"})
	require.NoError(t, err)
	require.Equal(t, "OPS-2", next.Key)

	o.SaveTo = filepath.Join(t.TempDir(), "damaged.json")
	require.NoError(t, os.WriteFile(o.SaveTo, []byte("{"), 0o600))
	_, err = jiratest.New(o)
	require.ErrorContains(t, err, "is damaged; remove the file to start afresh")
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := jiratest.New(jiratest.Options{Transitions: []jiratest.Transition{{ID: "1", Name: "x", To: "Nowhere"}}})
	require.ErrorContains(t, err, "its statuses must exist")
}

func TestWaitForEndsWithItsContext(t *testing.T) {
	a := start(t, jiratest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.stand.WaitFor(ctx, func(jiratest.Snapshot) bool { return false }), context.Canceled)
}

func TestPlainText(t *testing.T) {
	a := start(t, jiratest.Options{})
	require.Equal(t, `Label: by @Alice, 5 * 3 in C:\temp [x] @unknown`,
		a.stand.PlainText(`*Label:* by [~accountid:acc-alice], 5 \* 3 in C:&#92;temp \[x\] [~accountid:gone]`))
}
