package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// timeoutCase is one vendor call of whose end nobody learns.
type timeoutCase struct {
	call string
	in   string // the relay it passes
	at   harness.Moment
	// late: the effect comes only after the repetition had its own answer;
	// otherwise it was there before and only the answer is lost.
	late  bool
	claim string
	// twice is what the claim admits to be there twice, and nothing else.
	twice string
}

func timeoutCases() []timeoutCase {
	nth := func(name string, n int) harness.Moment { return harness.Moment{Name: name, N: n, After: true} }
	const comment, transition = "POST /issue/…/comment", "POST /issue/…/transitions"
	return []timeoutCase{
		{call: "card: chat.postMessage", in: relaySlackWorker, at: nth("chat.postMessage", 1), claim: "found again by its key and adopted: one live card"},
		{call: "card: chat.postMessage", in: relaySlackWorker, at: nth("chat.postMessage", 1), late: true, claim: "at most one live card: the later one is superseded at the next update"},
		{call: "note: chat.postMessage", in: relaySlackWorker, at: nth("chat.postMessage", 2), claim: "looked for in the thread: one note"},
		{call: "note: chat.postMessage", in: relaySlackWorker, at: nth("chat.postMessage", 2), late: true, claim: "none against an effect after the look: the same note may stand twice", twice: "the note"},
		{call: "card: chat.update", in: relaySlackWorker, at: nth("chat.update", 1), claim: "rewriting again is harmless"},
		{call: "card: chat.update", in: relaySlackWorker, at: nth("chat.update", 1), late: true, claim: "the same picture again; the next one replaces it"},
		{call: "form: views.open", in: relaySlackGateway, at: nth("views.open", 2), claim: "the form that opened is used, one decision"},
		{call: "ticket: add comment", in: relayJiraWorker, at: nth(comment, 1), claim: "its marker is looked for: one comment"},
		{call: "ticket: add comment", in: relayJiraWorker, at: nth(comment, 1), late: true, claim: "none against an effect after the look: the same marker may stand twice", twice: "comment"},
		{call: "ticket: transition", in: relayJiraWorker, at: nth(transition, 1), claim: "a status that is reached is not set again"},
		{call: "ticket: transition", in: relayJiraWorker, at: nth(transition, 1), late: true, claim: "a status that is reached is not set again"},
	}
}

// The table of ambiguous vendor time-outs: what is claimed about sides we do
// not own, and what was observed.
func TestCrash_VendorTimeouts(t *testing.T) {
	mode, seed := crashMode(t), number(t, crashSeedVariable, time.Now().YearDay())
	c := newCrashWorld(t, false, nil)
	defer c.close()
	_, err := c.undisturbed(straight)
	require.NoError(t, err)
	table := fmt.Sprintf("\n%-24s %-21s %-24s %s\n", "vendor call", "effect", "observed", "claim")
	line := func(call string, late bool, observed, claim string) {
		effect := "done, answer lost"
		if late {
			effect = "after the repetition"
		}
		table += fmt.Sprintf("%-24s %-21s %-24s %s\n", call, effect, observed, claim)
	}
	for i, one := range timeoutCases() {
		if mode == "share" && i%3 != seed%3 {
			continue
		}
		observed, problems := c.timeout(t, one)
		line(one.call, one.late, observed, one.claim)
		require.Empty(t, problems, "%s, late %v: %s", one.call, one.late, one.claim)
	}
	line("ticket: create issue", false, c.createTimeout(t), "found again by its label: one ticket, one change")
	fmt.Println(table)
	c.numbered["CHG"]++ // the submitted one has a number as well
	require.NoError(t, c.audit())
}

// timeout plays the story with the fault and sorts what was found into what the
// claim admits and what it does not.
func (c *crashWorld) timeout(t *testing.T, one timeoutCase) (observed string, problems []crashProblem) {
	ctx, cancel := context.WithTimeout(t.Context(), storyWithin)
	defer cancel()
	require.NoError(t, c.ready(ctx))
	relay := c.relay(one.in)
	if one.late {
		relay.Delay(&harness.Moment{Name: one.at.Name, N: one.at.N})
	} else {
		relay.Arm(&one.at, harness.LoseAnswer)
	}
	s, tale := c.next(crashPoint{plot: straight})
	require.NoError(t, play(ctx, s), one.call)
	relay.Belated()
	relay.Delay(nil)
	observed = "once"
	if doubles := c.superseded(tale.title); doubles > 0 {
		observed = fmt.Sprintf("one live, %d superseded", doubles)
	}
	for _, p := range c.look(ctx, s).all {
		if one.twice != "" && p.doubled && (strings.Contains(p.text, one.twice) || strings.Contains(p.text, "comments")) {
			observed = "twice"
			continue
		}
		problems = append(problems, p)
	}
	return observed, problems
}

// superseded counts the cards of a story that were there twice and were
// rewritten; check has seen that they have no buttons.
func (c *crashWorld) superseded(title string) int {
	n := 0
	for _, m := range c.w.Site.Slack.Snapshot().Messages {
		if !m.Deleted && m.EventType() == "countersign_superseded" && strings.Contains(m.Shown(), title) {
			n++
		}
	}
	return n
}

// createTimeout submits a change from outside the tracker while the answer to
// the creation of its ticket is lost.
func (c *crashWorld) createTimeout(t *testing.T) string {
	ctx, cancel := context.WithTimeout(t.Context(), storyWithin)
	defer cancel()
	require.NoError(t, c.ready(ctx))
	c.relay(relayJiraWorker).Arm(&harness.Moment{Name: "POST /issue", N: 1, After: true}, harness.LoseAnswer)
	const title = "Opened from outside"
	fields := harness.Ticket(map[string]string{"title": title, "implementer": "jira:acc-goran", "rollback_owner": "jira:acc-goran"})
	run, err := c.w.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: change.SubmissionID(uuid.NewString()), TaskQueue: compliance.QueueWorkflows, WorkflowTaskTimeout: 2 * time.Second,
	}, change.SubmissionType, change.SubmissionInput{
		Site: c.w.Rules.Tickets().Site, Actor: compliance.Account{Provider: "jira", ID: c.w.Jira("jonas")}, Fields: fields,
	})
	require.NoError(t, err)
	var result change.SubmissionResult
	require.NoError(t, run.Get(ctx, &result))
	w := c.w
	require.NoError(t, w.Site.Jira.WaitFor(ctx, func(snap jiratest.Snapshot) bool {
		issue, ok := w.Site.Jira.Issue(result.Ticket.Key)
		return ok && issue.Status == w.Rules.Tickets().Statuses["in_review"]
	}))
	found := 0
	for _, issue := range w.Site.Jira.Issues() {
		if issue.Fields["title"] == title {
			found++
		}
	}
	require.Equal(t, 1, found, "tickets")
	return "once"
}
