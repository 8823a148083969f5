package jira_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// draft makes an issue in the first status.
func draft(t *testing.T, stand *jiratest.Server) compliance.TicketRef {
	t.Helper()
	made, err := stand.CreateIssue("alice", map[string]string{"title": "Raise the invoice limit"})
	require.NoError(t, err)
	return compliance.TicketRef{Site: "example", ID: made.ID, Key: made.Key}
}

func now(t *testing.T, stand *jiratest.Server, ref compliance.TicketRef) jiratest.Issue {
	t.Helper()
	issue, ok := stand.Issue(ref.ID)
	require.True(t, ok)
	return issue
}

func TestApplyWritesCommentThenStatusOnce(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	s := step(ref, "CHG-7/v1/in_review", "in_review")
	require.NoError(t, client.Apply(t.Context(), s, nil, false))
	for range 3 {
		require.NoError(t, client.Apply(t.Context(), s, nil, true))
	}
	issue := now(t, stand, ref)
	require.Equal(t, "In Review", issue.Status)
	require.Len(t, issue.Comments, 1)
	transitions := 0
	for _, r := range stand.Requests() {
		if r.Op == "doTransition" {
			transitions++
		}
	}
	require.Equal(t, 1, transitions, "a status that is reached is left alone")
	require.Equal(t, "bot-countersign", issue.Comments[0].Author)
	require.Contains(t, stand.PlainText(issue.Comments[0].Body), "Status: In review, level 1 of 2\n\n[CHG-7/v1/in_review] cs-")
}

// A crash after comment and status, and somebody moves the ticket on before the
// repetition: they are not overruled. Found by the crash matrix.
func TestApplyRepeatedAfterSomebodyMovedOn(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	require.NoError(t, stand.Transition("alice", ref.Key, "In Review"))
	s := step(ref, "CHG-7/v1/rejected", "rejected")
	s.From = "in_review"
	require.NoError(t, client.Apply(t.Context(), s, nil, false))
	require.Equal(t, "Rejected", now(t, stand, ref).Status)
	require.NoError(t, stand.Transition("alice", ref.Key, "Submitted"))
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Equal(t, "Submitted", now(t, stand, ref).Status)

	// From where the step begins it goes on.
	require.NoError(t, stand.Transition("alice", ref.Key, "In Review"))
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Equal(t, "Rejected", now(t, stand, ref).Status)
	require.Len(t, now(t, stand, ref).Comments, 1)
}

// A crash between comment and status: the repetition goes on to the status.
func TestApplyRepeatedAfterTheCommentAlone(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	stand.Fail(faults.Fault{Kind: faults.Status, Op: "getTransitions"})
	s := step(ref, "CHG-7/v1/approved", "approved")
	requireClass(t, client.Apply(t.Context(), s, nil, false), compliance.Unavailable)
	require.Len(t, now(t, stand, ref).Comments, 1)
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	issue := now(t, stand, ref)
	require.Equal(t, "Approved", issue.Status)
	require.Len(t, issue.Comments, 1)
}

func TestSomebodyElsesCopyOfTheMarkDoesNotCount(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	require.NoError(t, client.Apply(t.Context(), step(ref, "other", ""), nil, false))
	require.NoError(t, client.Apply(t.Context(), step(ref, "CHG-7/v1/approved", ""), nil, false))
	body := now(t, stand, ref).Comments[1].Body

	second := draft(t, stand)
	require.NoError(t, stand.Comment("bruno", second.Key, body))
	s := step(second, "CHG-7/v1/approved", "")
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Len(t, now(t, stand, second).Comments, 2)
}

func TestTheMarkIsFoundOnALaterPage(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	s := step(ref, "CHG-7/v1/approved", "")
	require.NoError(t, client.Apply(t.Context(), s, nil, false))
	for range 230 {
		require.NoError(t, stand.Comment("bruno", ref.Key, "chatter"))
	}
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Len(t, now(t, stand, ref).Comments, 231)
}

func TestStatusWithoutAWayIsBlockedAndNamesIt(t *testing.T) {
	stand, client := site(t, jiratest.Options{Transitions: []jiratest.Transition{
		{ID: "5", Name: "Submit", From: "Draft", To: "Submitted"},
		{ID: "6", Name: "Review", From: "Submitted", To: "In Review"},
	}})
	ref := draft(t, stand)
	err := client.Apply(t.Context(), step(ref, "k", "in_review"), nil, false)
	require.Contains(t, requireClass(t, err, compliance.Blocked).Detail, `OPS-1 is in "Draft" and its workflow has no transition from there to "In Review"`)
	require.NoError(t, stand.Transition("alice", ref.Key, "Submitted"))
	require.NoError(t, client.Apply(t.Context(), step(ref, "k", "in_review"), nil, true))
	require.Equal(t, "In Review", now(t, stand, ref).Status)

	err = client.Apply(t.Context(), step(ref, "k2", "nonsense"), nil, false)
	require.Contains(t, requireClass(t, err, compliance.Blocked).Detail, `status "nonsense" is not mapped`)
}

func TestRequiredScreenFieldsAreSent(t *testing.T) {
	o := jiratest.Options{Transitions: []jiratest.Transition{
		{ID: "5", Name: "Close", From: "", To: "Done", Required: []string{"resolution", "customfield_10110", "customfield_10112", "customfield_10114"}},
		{ID: "6", Name: "Reject", From: "", To: "Rejected", Required: []string{"resolution"}},
	}}
	stand, client := site(t, o, func(c *jira.Config) {
		c.TransitionFields = map[string]map[string]string{"closed": {"resolution": "Done"}}
	})
	made, err := stand.CreateIssue("alice", map[string]string{"title": "T", "implementer": "chidi", "duration": "90", "external": "yes"})
	require.NoError(t, err)
	ref := compliance.TicketRef{ID: made.ID}
	f := requireClass(t, client.Apply(t.Context(), step(ref, "k", "rejected"), nil, false), compliance.Blocked)
	require.Contains(t, f.Detail, `the transition "Reject" requires the field "resolution" (resolution), which has no value`)
	require.NoError(t, client.Apply(t.Context(), step(ref, "k", "closed"), nil, true))
	issue := now(t, stand, ref)
	require.Equal(t, "Done", issue.Status)
	require.Equal(t, "acc-chidi", issue.Fields["implementer"])
}

// C22's ground: of two movers at once one is refused, and the ticket tells who was first.
func TestSimultaneousTransition(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	ref := draft(t, stand)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	stand.OnEffect(func(op string) {
		if op == "doTransition" {
			once.Do(func() { close(entered); <-leave })
		}
	})
	first := make(chan error, 1)
	go func() { first <- client.Apply(t.Context(), step(ref, "a", "in_review"), nil, false) }()
	<-entered
	// The first is stored and not answered yet: a second into another status is
	// refused with 409, and is a conflict to be tried again.
	requireClass(t, client.Apply(t.Context(), step(ref, "b", "approved"), nil, false), compliance.Conflict)
	// One into the same status finds it reached.
	require.NoError(t, client.Apply(t.Context(), step(ref, "c", "in_review"), nil, false))
	close(leave)
	require.NoError(t, <-first)
	require.NoError(t, client.Apply(t.Context(), step(ref, "b", "approved"), nil, true))
	require.Equal(t, "Approved", now(t, stand, ref).Status)
}

// Between reading the transitions and taking one, a person moves the ticket.
func TestTransitionThatIsNotValidAnyMore(t *testing.T) {
	for target, want := range map[string]compliance.Class{"In Review": "", "Rejected": compliance.Conflict} {
		t.Run(target, func(t *testing.T) {
			stand, err := jiratest.New(jiratest.Options{Transitions: []jiratest.Transition{
				{ID: "5", Name: "Review", From: "Draft", To: "In Review"},
				{ID: "6", Name: "Reject", From: "Draft", To: "Rejected"},
			}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, stand.Close()) })
			ref := draft(t, stand)
			moved := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/transitions") && !moved {
					moved = true
					if err := stand.Transition("bruno", ref.Key, target); err != nil {
						http.Error(w, err.Error(), http.StatusTeapot)
						return
					}
				}
				stand.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			client := connect(t, server.URL, time.Second, nil)
			err = client.Apply(t.Context(), step(ref, "k", "in_review"), nil, false)
			require.True(t, moved)
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.Contains(t, requireClass(t, err, want).Detail, "somebody moved the ticket at the same time")
		})
	}
}

func TestCommentIsCutBeforeJirasLimit(t *testing.T) {
	stand, client := site(t, jiratest.Options{}, func(c *jira.Config) { c.MoreURL = "https://countersign.example.com/changes" })
	ref := draft(t, stand)
	s := step(ref, "CHG-7/v1/approved", "")
	s.Comment = append(s.Comment, compliance.Fact{Label: "Plan", Text: strings.Repeat("*step* 𝔸\\", 8000)})
	require.NoError(t, client.Apply(t.Context(), s, nil, false))
	body := now(t, stand, ref).Comments[0].Body
	require.Contains(t, body, "cut here because of Jira's limit; all of it: https://countersign.example.com/changes")
	require.Contains(t, body, "CHG-7/v1/approved")
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Len(t, now(t, stand, ref).Comments, 1)
}

func TestPeopleAndTimesInComments(t *testing.T) {
	vienna, err := time.LoadLocation("Europe/Vienna")
	require.NoError(t, err)
	stand, client := site(t, jiratest.Options{}, func(c *jira.Config) { c.Zone = vienna })
	ref := draft(t, stand)
	people := map[compliance.PersonID]compliance.Person{
		"p-alice": {ID: "p-alice", Name: "Alice", Accounts: map[string]string{"jira": "acc-alice"}},
		"p-bruno": {ID: "p-bruno", Name: "Bruno [~accountid:acc-chidi]"},
		"p-evil":  {ID: "p-evil", Name: "Evil", Accounts: map[string]string{"jira": "x] {color:red}"}},
	}
	s := compliance.TicketStep{Key: "CHG-7/v1/approved", Ref: ref, Comment: []compliance.Fact{
		{Label: "Approved by", People: []compliance.PersonID{"p-alice", "p-bruno", "p-evil", "p-gone"}, At: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)},
	}}
	require.NoError(t, client.Apply(t.Context(), s, people, false))
	body := now(t, stand, ref).Comments[0].Body
	require.Contains(t, body, `*Approved by:* [~accountid:acc-alice], Bruno \[\~accountid:acc-chidi\], Evil, p-gone 2026-11-21 10:00 UTC (2026-11-21 11:00 Europe/Vienna)`)
	require.Contains(t, stand.PlainText(body), "Approved by: @Alice, Bruno [~accountid:acc-chidi], Evil, p-gone 2026-11-21 10:00 UTC")
}

func TestApplyWithoutKeyIsRefused(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	requireClass(t, client.Apply(t.Context(), step(draft(t, stand), "", ""), nil, false), compliance.Invalid)
}
