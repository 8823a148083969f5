package jira_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// inbox keeps what the handler hands on.
type inbox struct {
	mu     sync.Mutex
	events []compliance.TicketEvent
	counts map[string]int
	fail   error
}

func (i *inbox) deliver(_ context.Context, e compliance.TicketEvent) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		return i.fail
	}
	i.events = append(i.events, e)
	return nil
}

func (i *inbox) count(reason string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts[reason]++
}

// recoverAfter counts, and lets deliveries succeed after n of them failed.
func (i *inbox) recoverAfter(n int) func(string) {
	return func(reason string) {
		i.count(reason)
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.counts[jira.DeliveryNotHandedOver] == n {
			i.fail = nil
		}
	}
}

func (i *inbox) all() []compliance.TicketEvent {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]compliance.TicketEvent(nil), i.events...)
}

func receiver(t *testing.T, change ...func(*jira.Config)) (*inbox, http.Handler) {
	t.Helper()
	in := &inbox{counts: map[string]int{}}
	cfg := config("https://example.atlassian.net")
	cfg.BotAccountID, cfg.Count = "bot-countersign", in.count
	cfg.Now = func() time.Time { return time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("CET", 3600)) }
	for _, f := range change {
		f(&cfg)
	}
	client, err := jira.New(cfg)
	require.NoError(t, err)
	return in, client.Handler(in.deliver)
}

const moved = `{"timestamp":1,"webhookEvent":"jira:issue_updated","user":{"accountId":"acc-alice"},
 "issue":{"id":"10042","key":"OPS-7","fields":{"status":{"name":"Submitted"}}},
 "changelog":{"items":[{"field":"summary","fromString":"a","toString":"b"},{"field":"status","fromString":"Draft","toString":"Submitted"}]}}`

func post(body string, header map[string]string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/jira/webhook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	r.Header.Set("X-Hub-Signature", jiratest.Sign(secret, []byte(body)))
	r.Header.Set("X-Atlassian-Webhook-Identifier", "d-1")
	for k, v := range header {
		if r.Header.Set(k, v); v == "" {
			r.Header.Del(k)
		}
	}
	return r
}

// C16, C21: what is handed on, and under which delivery id.
func TestC21_SignedWebhookIsHandedOn(t *testing.T) {
	in, h := receiver(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(moved, nil))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, []compliance.TicketEvent{{
		Delivery: "jira/d-1", Site: "example", TicketID: "10042", Key: "OPS-7", Entered: true, MovedTo: "submitted",
		Actor: compliance.Account{Provider: "jira", ID: "acc-alice"}, Received: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
	}}, in.all())
	require.Equal(t, map[string]int{jira.DeliveryAccepted: 1}, in.counts)
}

func TestC16_DeliveryID(t *testing.T) {
	in, h := receiver(t)
	for _, id := range []string{"", "", "has spaces", strings.Repeat("x", 200), "3f2a-77.1:b_c"} {
		h.ServeHTTP(httptest.NewRecorder(), post(moved, map[string]string{"X-Atlassian-Webhook-Identifier": id}))
	}
	got := in.all()
	require.Equal(t, got[0].Delivery, got[1].Delivery, "the same body without an identifier is the same delivery")
	require.Regexp(t, `^jira/sha256:[0-9a-f]{64}$`, got[0].Delivery)
	require.Regexp(t, `^jira/sha256:[0-9a-f]{64}$`, got[2].Delivery)
	require.NotEqual(t, got[2].Delivery, got[3].Delivery)
	require.Equal(t, "jira/3f2a-77.1:b_c", got[4].Delivery)
}

func TestC21_RefusalsHaveAStatusAReasonAndACount(t *testing.T) {
	large := func(c *jira.Config) { c.MaxWebhook = 100 }
	none := func(c *jira.Config) { c.WebhookSecret = "" }
	for name, c := range map[string]struct {
		request *http.Request
		change  func(*jira.Config)
		status  int
		reason  string
	}{
		"GET":             {httptest.NewRequest(http.MethodGet, "/", nil), nil, 405, jira.DeliveryMethod},
		"form":            {post(moved, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}), nil, 415, jira.DeliveryContentType},
		"no type":         {post(moved, map[string]string{"Content-Type": ""}), nil, 415, jira.DeliveryContentType},
		"too large":       {post(moved, nil), large, 413, jira.DeliveryTooLarge},
		"unsigned":        {post(moved, map[string]string{"X-Hub-Signature": ""}), nil, 401, jira.DeliveryUnsigned},
		"sha1":            {post(moved, map[string]string{"X-Hub-Signature": "sha1=" + strings.Repeat("0", 40)}), nil, 401, jira.DeliveryBadSignature},
		"wrong secret":    {post(moved, map[string]string{"X-Hub-Signature": jiratest.Sign("another", []byte(moved))}), nil, 401, jira.DeliveryBadSignature},
		"not hex":         {post(moved, map[string]string{"X-Hub-Signature": "sha256=zz"}), nil, 401, jira.DeliveryBadSignature},
		"cut signature":   {post(moved, map[string]string{"X-Hub-Signature": jiratest.Sign(secret, []byte(moved))[:20]}), nil, 401, jira.DeliveryBadSignature},
		"changed body":    {post(moved+" ", map[string]string{"X-Hub-Signature": jiratest.Sign(secret, []byte(moved))}), nil, 401, jira.DeliveryBadSignature},
		"empty secret":    {post(moved, map[string]string{"X-Hub-Signature": jiratest.Sign("", []byte(moved))}), none, 503, jira.DeliveryUnconfigured},
		"not JSON":        {post("{", nil), nil, 400, jira.DeliveryMalformed},
		"two values":      {post(moved+moved, nil), nil, 400, jira.DeliveryMalformed},
		"empty":           {post("", nil), nil, 400, jira.DeliveryMalformed},
		"no event":        {post(`{}`, nil), nil, 400, jira.DeliveryMalformed},
		"no issue":        {post(`{"webhookEvent":"jira:issue_updated"}`, nil), nil, 400, jira.DeliveryMalformed},
		"id is a path":    {post(`{"webhookEvent":"jira:issue_updated","issue":{"id":"../1","key":"OPS-1"}}`, nil), nil, 400, jira.DeliveryMalformed},
		"number for text": {post(`{"webhookEvent":7}`, nil), nil, 400, jira.DeliveryMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			in, h := receiver(t, func(cfg *jira.Config) {
				if c.change != nil {
					c.change(cfg)
				}
			})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, c.request)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, map[string]int{c.reason: 1}, in.counts)
			require.Empty(t, in.all())
			require.Equal(t, 1, strings.Count(w.Body.String(), "\n"), "a one-line reason")
			require.NotContains(t, w.Body.String(), secret)
			require.Equal(t, c.status == 503, w.Header().Get("Retry-After") != "")
		})
	}
}

func TestBodyThatBreaksOffIsSentAgain(t *testing.T) {
	in, h := receiver(t)
	r := post(moved, nil)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(moved[:20]), broken{}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusRequestTimeout, w.Code)
	require.Equal(t, 1, in.counts[jira.DeliveryUnreadable])
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFailedDeliveryIsAnswered503(t *testing.T) {
	in, h := receiver(t)
	in.fail = errors.New("the store is down: token " + token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(moved, nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.NotContains(t, w.Body.String(), token)
	require.Equal(t, 1, in.counts[jira.DeliveryNotHandedOver])
}

func TestSecretRotation(t *testing.T) {
	in, h := receiver(t, func(c *jira.Config) { c.WebhookSecretPrevious = "previous-secret-0123456789" })
	h.ServeHTTP(httptest.NewRecorder(), post(moved, map[string]string{"X-Hub-Signature": jiratest.Sign("previous-secret-0123456789", []byte(moved))}))
	h.ServeHTTP(httptest.NewRecorder(), post(moved, nil))
	require.Len(t, in.all(), 2)
}

func TestWhatEntersAndWhatIsIgnored(t *testing.T) {
	event := func(kind, who, issue, rest string) string {
		return `{"webhookEvent":"` + kind + `","user":{"accountId":"` + who + `"},"issue":` + issue + rest + `}`
	}
	const here = `{"id":"1","key":"OPS-1","fields":{"status":{"name":"Submitted"}}}`
	const there = `{"id":"1","key":"HR-1","fields":{"status":{"name":"Submitted"}}}`
	status := func(from, to string) string {
		return `,"changelog":{"items":[{"field":"status","fromString":"` + from + `","toString":"` + to + `"}]}`
	}
	for name, c := range map[string]struct {
		body    string
		reason  string
		entered bool
		deleted bool
	}{
		"created in the status":    {event("jira:issue_created", "a", here, ""), jira.DeliveryAccepted, true, false},
		"created elsewhere":        {event("jira:issue_created", "a", `{"id":"1","key":"OPS-1","fields":{"status":{"name":"Draft"}}}`, ""), jira.DeliveryAccepted, false, false},
		"created, no status":       {event("jira:issue_created", "a", `{"id":"1","key":"OPS-1"}`, ""), jira.DeliveryAccepted, false, false},
		"moved in, other case":     {event("jira:issue_updated", "a", here, status("Draft", "SUBMITTED")), jira.DeliveryAccepted, true, false},
		"moved out":                {event("jira:issue_updated", "a", here, status("Submitted", "Draft")), jira.DeliveryAccepted, false, false},
		"moved onto itself":        {event("jira:issue_updated", "a", here, status("Submitted", "Submitted")), jira.DeliveryAccepted, false, false},
		"edited while there":       {event("jira:issue_updated", "a", here, `,"changelog":{"items":[{"field":"summary","toString":"Submitted"}]}`), jira.DeliveryAccepted, false, false},
		"deleted":                  {event("jira:issue_deleted", "a", here, ""), jira.DeliveryAccepted, false, true},
		"our own":                  {event("jira:issue_updated", "bot-countersign", here, status("Draft", "Submitted")), jira.DeliveryEcho, false, false},
		"our own comment":          {`{"webhookEvent":"comment_created","issue":` + here + `,"comment":{"author":{"accountId":"bot-countersign"}}}`, jira.DeliveryEcho, false, false},
		"our comment edited":       {`{"webhookEvent":"comment_updated","issue":` + here + `,"comment":{"author":{"accountId":"bot-countersign"},"updateAuthor":{"accountId":"a"}}}`, jira.DeliveryAccepted, false, false},
		"our comment deleted":      {`{"webhookEvent":"comment_deleted","issue":` + here + `,"comment":{"author":{"accountId":"bot-countersign"}}}`, jira.DeliveryAccepted, false, false},
		"another project":          {event("jira:issue_updated", "a", there, status("Draft", "Submitted")), jira.DeliveryIgnoredIssue, false, false},
		"moved out of the project": {event("jira:issue_updated", "a", there, `,"changelog":{"items":[{"field":"Key","fromString":"OPS-1","toString":"HR-1"},{"field":"status","fromString":"x","toString":"Submitted"}]}`), jira.DeliveryAccepted, false, false},
		"a comment of no issue":    {`{"webhookEvent":"comment_created","comment":{}}`, jira.DeliveryIgnoredIssue, false, false},
		"another kind":             {`{"webhookEvent":"sprint_started"}`, jira.DeliveryIgnoredEvent, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			in, h := receiver(t)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, post(c.body, nil))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			require.Equal(t, map[string]int{c.reason: 1}, in.counts)
			if c.reason != jira.DeliveryAccepted {
				require.Empty(t, in.all())
				return
			}
			require.Len(t, in.all(), 1)
			require.Equal(t, c.entered, in.all()[0].Entered)
			require.Equal(t, c.deleted, in.all()[0].Deleted)
		})
	}
}

// What is told of tickets that are no changes: their kind by type and project,
// the process on their label, the status by the kind's names. None starts a change.
func TestWebhooksOfKinds(t *testing.T) {
	body := func(kind, who, key, issueType, labels, status string) string {
		return `{"webhookEvent":"` + kind + `","user":{"accountId":"` + who + `"},"issue":{"id":"7","key":"` + key + `","fields":{"issuetype":{"name":"` + issueType + `"},"labels":` +
			labels + `,"status":{"name":"` + status + `"}}},"changelog":{"items":[{"field":"status","fromString":"x","toString":"` + status + `"}]}}`
	}
	const updated, deleted = "jira:issue_updated", "jira:issue_deleted"
	const label = `["cs-0011223344556677","cs-subject-incident/INC-7","else"]`
	for name, c := range map[string]struct {
		body    string
		reason  string
		kind    compliance.TicketKind
		subject string
		moved   string
		entered bool
	}{
		"an action":                       {body(updated, "a", "OPS-9", "Action", label, "Done"), jira.DeliveryAccepted, "action", "incident/INC-7", "done", false},
		"its type in another case":        {body(updated, "a", "OPS-9", "ACTION", label, "Done"), jira.DeliveryAccepted, "action", "incident/INC-7", "done", false},
		"an incident in its own project":  {body(updated, "a", "SUP-9", "Incident", label, "Resolved"), jira.DeliveryAccepted, "incident", "incident/INC-7", "resolved", false},
		"deleted":                         {body(deleted, "a", "SUP-9", "Incident", label, "Resolved"), jira.DeliveryAccepted, "incident", "incident/INC-7", "", false},
		"an incident in another project":  {body(updated, "a", "OPS-9", "Incident", label, "Resolved"), jira.DeliveryAccepted, "", "incident/INC-7", "Resolved", false},
		"a project of nobody's":           {body(updated, "a", "HR-9", "Incident", label, "Resolved"), jira.DeliveryIgnoredIssue, "", "", "", false},
		"our own write":                   {body(updated, "bot-countersign", "OPS-9", "Action", label, "Done"), jira.DeliveryEcho, "", "", "", false},
		"a kind in the submit status":     {body(updated, "a", "OPS-9", "Task", label, "Submitted"), jira.DeliveryAccepted, "renewal", "incident/INC-7", "Submitted", false},
		"a change in the submit status":   {body(updated, "a", "OPS-9", "Change", `[]`, "Submitted"), jira.DeliveryAccepted, "", "", "submitted", true},
		"any other type starts, as ever":  {body(updated, "a", "OPS-9", "Story", `[]`, "Submitted"), jira.DeliveryAccepted, "", "", "submitted", true},
		"a label somebody added":          {body(updated, "a", "OPS-9", "Action", `["cs-subject-incident/INC-7","cs-subject-incident/INC-8"]`, "Done"), jira.DeliveryAccepted, "action", "", "done", false},
		"the label twice":                 {body(updated, "a", "OPS-9", "Action", `["cs-subject-incident/INC-7","cs-subject-incident/INC-7"]`, "Done"), jira.DeliveryAccepted, "action", "incident/INC-7", "done", false},
		"the label removed":               {body(updated, "a", "OPS-9", "Action", `["cs-subject-"]`, "Done"), jira.DeliveryAccepted, "action", "", "done", false},
		"labels that are none":            {body(updated, "a", "OPS-9", "Action", `{"a":1}`, "Done"), jira.DeliveryAccepted, "action", "", "done", false},
		"a status of the team's own":      {body(updated, "a", "OPS-9", "Action", label, "In Progress"), jira.DeliveryAccepted, "action", "incident/INC-7", "In Progress", false},
		"a status called like a logical":  {body(updated, "a", "OPS-9", "Task", label, "cancelled"), jira.DeliveryAccepted, "renewal", "incident/INC-7", "cancelled", false},
		"a change's status for an action": {body(updated, "a", "OPS-9", "Action", label, "Approved"), jira.DeliveryAccepted, "action", "incident/INC-7", "Approved", false},
	} {
		t.Run(name, func(t *testing.T) {
			in, h := receiver(t, withKinds)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, post(c.body, nil))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			require.Equal(t, map[string]int{c.reason: 1}, in.counts)
			if c.reason != jira.DeliveryAccepted {
				require.Empty(t, in.all())
				return
			}
			got := in.all()[0]
			require.Equal(t, c.kind, got.Kind)
			require.Equal(t, c.subject, got.Subject)
			require.Equal(t, c.moved, got.MovedTo)
			require.Equal(t, c.entered, got.Entered)
		})
	}
}

// The whole way for a ticket that we opened ourselves: our own writes are no
// news, a person's are, with the process they belong to.
func TestStandInToHandlerOfKinds(t *testing.T) {
	in := &inbox{counts: map[string]int{}}
	stand, client := site(t, kinds(jiratest.Options{}), withKinds, func(c *jira.Config) { c.Count = in.count })
	require.NoError(t, client.Check(t.Context()))
	hook := httptest.NewServer(client.Handler(in.deliver))
	t.Cleanup(hook.Close)
	stand.SetWebhook(hook.URL, secret)
	stand.HoldWebhooks()
	asked := newTask(compliance.TicketAction, "INC-7/action/1")
	asked.Subject = "incident/INC-7"
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	require.NoError(t, client.Apply(t.Context(), move(ref, compliance.TicketAction, "open", "done"), nil, false))
	require.NoError(t, stand.Transition("bruno", ref.Key, "In Progress"))
	require.NoError(t, stand.TransitionWith("bruno", ref.Key, "Done", map[string]string{"resolution": "Won't Do"}))
	require.NoError(t, stand.DeleteIssue("bruno", ref.Key))
	stand.ReleaseWebhooks(false, 1)
	require.Equal(t, 3, in.counts[jira.DeliveryEcho], "opened, comment and status")
	got := in.all()
	require.Len(t, got, 3)
	for n, moved := range []string{"In Progress", "done", ""} {
		require.Equal(t, "incident/INC-7", got[n].Subject)
		require.Equal(t, compliance.TicketAction, got[n].Kind)
		require.Equal(t, moved, got[n].MovedTo)
		require.Equal(t, n == 2, got[n].Deleted)
		require.Equal(t, account("bruno"), got[n].Actor)
	}
}

// Every body captured from a real site is understood.
func TestCapturedWebhooks(t *testing.T) {
	files, err := filepath.Glob("testdata/webhooks/*.json")
	require.NoError(t, err)
	require.Len(t, files, 55)
	in, h := receiver(t, func(c *jira.Config) { c.Project = "TES"; c.SubmitStatus = "In Progress" })
	entered, named := 0, 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, post(string(body), nil))
		require.Equal(t, http.StatusOK, w.Code, "%s: %s", file, w.Body)
	}
	for _, e := range in.all() {
		require.NotEmpty(t, e.TicketID)
		if e.Entered {
			entered++
		}
		if !e.Actor.IsZero() {
			named++
		}
	}
	require.Equal(t, 55, in.counts[jira.DeliveryAccepted]+in.counts[jira.DeliveryIgnoredIssue])
	require.Equal(t, len(in.all()), in.counts[jira.DeliveryAccepted])
	require.Greater(t, len(in.all()), 30)
	require.Positive(t, entered)
	require.GreaterOrEqual(t, named, len(in.all())-2, "only a deleted comment names nobody")
}

// The whole way: a person acts in the stand-in, the webhook arrives signed,
// our own writes come back and are recognised, a failing receiver is tried
// again with the same identifier.
func TestC21_StandInToHandler(t *testing.T) {
	in := &inbox{counts: map[string]int{}, fail: errors.New("not yet")}
	stand, client := site(t, jiratest.Options{Webhook: jiratest.Webhook{Backoff: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}}},
		func(c *jira.Config) { c.Count = in.recoverAfter(2) })
	require.NoError(t, client.Check(t.Context()), "learns the bot's account")
	hook := httptest.NewServer(client.Handler(in.deliver))
	t.Cleanup(hook.Close)
	stand.SetWebhook(hook.URL, secret)

	ref := draft(t, stand)
	settled := func(n int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.NoError(t, stand.WaitFor(ctx, func(s jiratest.Snapshot) bool {
			if len(s.Deliveries) != n {
				return false
			}
			for _, d := range s.Deliveries {
				if !d.Done || d.Status != http.StatusOK {
					return false
				}
			}
			return true
		}))
	}
	settled(1)
	require.Equal(t, 3, stand.Deliveries()[0].Attempts)
	require.Equal(t, "jira/"+stand.Deliveries()[0].ID, in.all()[0].Delivery)
	require.Equal(t, ref.ID, in.all()[0].TicketID)
	require.False(t, in.all()[0].Entered)

	require.NoError(t, stand.Transition("alice", ref.Key, "Submitted"))
	settled(2)
	require.True(t, in.all()[1].Entered)

	require.NoError(t, client.Apply(t.Context(), step(ref, "CHG-1/v1/in_review", "in_review"), nil, false))
	settled(4)
	require.Len(t, in.all(), 2, "our own comment and status are no news")
	require.Equal(t, 2, in.counts[jira.DeliveryEcho])

	stand.HoldWebhooks()
	require.NoError(t, stand.EditIssue("alice", ref.Key, map[string]string{"risk": "high"}))
	require.NoError(t, stand.DeleteIssue("alice", ref.Key))
	stand.ReleaseWebhooks(true, 2)
	got := in.all()[2:]
	require.Len(t, got, 4, "out of order, and each twice")
	require.True(t, got[0].Deleted && got[1].Deleted)
	require.Equal(t, got[0].Delivery, got[1].Delivery)
	require.Equal(t, got[2].Delivery, got[3].Delivery)
}
