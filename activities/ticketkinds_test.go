package activities_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/policy"
)

// counter runs the tickets capability against the tracker's stand-in, with the
// example's people, of whom Hana has no account there.
type counter struct {
	t     *testing.T
	stand *jiratest.Server
	acts  *activities.Tickets
}

func newCounter(t *testing.T) counter {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	people := filepath.Join(dir, "directory", "people.yaml")
	text, err := os.ReadFile(people)
	require.NoError(t, err)
	without := strings.Replace(string(text), "      jira: acc-hana\n", "", 1)
	require.NotEqual(t, string(text), without)
	require.NoError(t, os.WriteFile(people, []byte(without), 0o600))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)

	stand, err := jiratest.New(jiratest.Options{
		Users: []jiratest.User{{AccountID: "acc-bruno", Name: "Bruno"}, {AccountID: "acc-goran", Name: "Goran", Unassignable: true}, {AccountID: "acc-new", Name: "New"}},
		Types: []jiratest.IssueType{{Name: "Action", Statuses: []string{"To Do", "Done"}, Done: []string{"Done"}}},
	})
	require.NoError(t, err)
	server := httptest.NewServer(stand)
	t.Cleanup(func() {
		require.NoError(t, stand.Close())
		server.Close()
	})
	client, err := jira.New(jira.Config{
		Site: "example", URL: server.URL, Email: "bot@example.com", Token: "jira-token-0123456789",
		Project: "OPS", IssueType: "Change", SubmitStatus: "Submitted", SearchPauses: []time.Duration{0},
		Kinds: map[compliance.TicketKind]jira.KindConfig{compliance.TicketAction: {
			Project: "OPS", IssueType: "Action", Done: []string{"Done"}, WontDo: []string{"Won't Do"}, Statuses: map[string]string{"open": "To Do", "done": "Done"},
		}},
	})
	require.NoError(t, err)
	return counter{t, stand, &activities.Tickets{Tracker: client, People: activities.People{Source: source}, Provider: jira.Provider}}
}

// do runs an activity as a worker does.
func do[I, R any](c counter, method func(context.Context, I) (R, error), in I) (R, error) {
	suite := &testsuite.WorkflowTestSuite{}
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(c.acts)
	var out R
	value, err := env.ExecuteActivity(method, in)
	if err == nil {
		require.NoError(c.t, value.Get(&out))
	}
	return out, err
}

func TestOpenTicketOfAKind(t *testing.T) {
	c := newCounter(t)
	for name, want := range map[string]struct {
		in                 activities.OpenTicketInput
		assignee, reporter string
		unassigned         bool
		lines              []string
	}{
		"to somebody":                   {activities.OpenTicketInput{Requester: "p-bruno", Assignee: "p-bruno"}, "acc-bruno", "acc-bruno", false, nil},
		"to nobody":                     {activities.OpenTicketInput{}, "", "bot-countersign", false, nil},
		"to somebody without account":   {activities.OpenTicketInput{Assignee: "p-hana"}, "", "bot-countersign", true, []string{"Not assigned: Hana Suzuki has no account here. Please assign it by hand."}},
		"by somebody without account":   {activities.OpenTicketInput{Requester: "p-hana", Assignee: "p-bruno"}, "acc-bruno", "bot-countersign", false, []string{"Requested by Hana Suzuki, who has no account here."}},
		"to somebody nobody knows":      {activities.OpenTicketInput{Assignee: "p-left"}, "", "bot-countersign", true, []string{"Not assigned: p-left has no account here."}},
		"to somebody the tracker bars":  {activities.OpenTicketInput{Assignee: "p-goran"}, "", "bot-countersign", true, []string{"Assign to: @Goran"}},
		"accounts from outside are not": {activities.OpenTicketInput{Ticket: compliance.NewTicket{Assignee: compliance.Account{Provider: "slack", ID: "U1"}}}, "", "bot-countersign", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := want.in
			in.Ticket.Key, in.Ticket.Kind, in.Ticket.Title, in.Ticket.Text = "INC-7/action/"+name, compliance.TicketAction, "Add an alarm", "The text."
			opened, err := do(c, c.acts.OpenTicket, in)
			require.NoError(t, err)
			require.Equal(t, want.unassigned, opened.Unassigned)
			require.Contains(t, opened.Link, "/browse/"+opened.Ref.Key)
			issue, ok := c.stand.Issue(opened.Ref.ID)
			require.True(t, ok)
			require.Equal(t, want.assignee, issue.Assignee)
			require.Equal(t, want.reporter, issue.Reporter)
			text := c.stand.PlainText(issue.Text)
			require.True(t, strings.HasSuffix(text, "The text."), text)
			require.Equal(t, len(want.lines) == 0, text == "The text.", text)
			for _, line := range want.lines {
				require.Contains(t, text, line)
			}
			in.Repeat = true
			again, err := do(c, c.acts.OpenTicket, in)
			require.NoError(t, err)
			require.Equal(t, opened, again)
		})
	}
}

func TestReadTicket(t *testing.T) {
	c := newCounter(t)
	in := activities.OpenTicketInput{Assignee: "p-bruno", Ticket: compliance.NewTicket{
		Key: "INC-7/action/1", Kind: compliance.TicketAction, Title: "Add an alarm", Due: "2026-12-24",
	}}
	opened, err := do(c, c.acts.OpenTicket, in)
	require.NoError(t, err)
	ask := activities.ReadTicketInput{Ref: opened.Ref, Kind: compliance.TicketAction}
	read := func() activities.TicketReading {
		t.Helper()
		r, err := do(c, c.acts.ReadTicket, ask)
		require.NoError(t, err)
		return r
	}
	first := read()
	require.Equal(t, activities.TicketReading{
		Ref: opened.Ref, Kind: compliance.TicketAction, Status: "open", Revision: first.Revision, Link: opened.Link, Due: "2026-12-24",
		Assignee: compliance.Account{Provider: "jira", ID: "acc-bruno"}, Person: "p-bruno",
	}, first)

	require.NoError(t, c.stand.EditIssue("New", opened.Ref.Key, map[string]string{"assignee": "New"}))
	second := read()
	require.Equal(t, "acc-new", second.Assignee.ID)
	require.Empty(t, second.Person, "an account of nobody in the directory")
	require.NotEqual(t, first.Revision, second.Revision)

	require.NoError(t, c.stand.TransitionWith("Bruno", opened.Ref.Key, "Done", map[string]string{"resolution": "Won't Do"}))
	third := read()
	require.Equal(t, []string{"done", "wont_do", "Won't Do"}, []string{third.Status, third.Resolution, third.ResolvedAs})

	c.stand.Fail(faults.Fault{Kind: faults.Status, Status: 403, Op: "getIssue"})
	_, err = do(c, c.acts.ReadTicket, ask)
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, string(compliance.Blocked), failed.Type(), "a lost permission that says so is no answer")
	require.False(t, failed.NonRetryable())

	require.NoError(t, c.stand.DeleteIssue("Bruno", opened.Ref.Key))
	require.Equal(t, activities.TicketReading{Ref: opened.Ref, Kind: compliance.TicketAction, Gone: true}, read())
}
