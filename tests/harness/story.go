package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/workflows/change"
)

// StoryWithin bounds every wait of a story. It is generous because the machine
// may be busy with other tests; a wait ends as soon as its event happens.
const StoryWithin = 2 * time.Minute

// Ticket is the content of an ordinary change in the always-open sandbox
// system, two levels by the example policy; change overrides fields.
func Ticket(change map[string]string) map[string]string {
	fields := map[string]string{
		"title": "Raise the invoice limit", "purpose": "Larger customers",
		"system": "sandbox", "environment": "sandbox", "risk": "medium",
		"plan": "1. Import the package\n2. Restart the flows", "test_plan": "Run the regression suite",
		"rollback": "Import the former package", "rollback_owner": "acc-goran", "rollback_tested_on": "2026-11-01",
		"implementer": "acc-goran", "duration": "30m",
	}
	maps.Copy(fields, change)
	return fields
}

// Submit has somebody open a ticket and move it to submitted.
func (w *World) Submit(user string, fields map[string]string) jiratest.Issue {
	w.T.Helper()
	issue, err := w.Site.Jira.CreateIssue(w.Jira(user), fields)
	require.NoError(w.T, err)
	require.NoError(w.T, w.Site.Jira.Transition(w.Jira(user), issue.Key, w.Rules.Tickets().SubmitStatus))
	return issue
}

// Jira is a person's account at the tracker, by their short name.
func (w *World) Jira(name string) string { return "acc-" + name }

// Slack is a person's account at the message surface, by their short name.
func (w *World) Slack(name string) string {
	w.T.Helper()
	for _, p := range w.Directory.People() {
		if p.Accounts["cli"] == name {
			return p.Accounts["slack"]
		}
	}
	require.FailNow(w.T, "nobody has this name", name)
	return ""
}

// Channel is the surface's id of a logical channel.
func (w *World) Channel(name string) string {
	id, ok := w.Rules.Channel(name)
	require.True(w.T, ok)
	return id
}

// Card waits until a card about the title satisfies want and returns it.
func (w *World) Card(title string, want func(slacktest.Message) bool) slacktest.Message {
	w.T.Helper()
	var found slacktest.Message
	err := w.Site.Slack.WaitFor(w.within(), func(s slacktest.Snapshot) bool {
		for _, m := range s.Messages {
			if m.ThreadTS == "" && !m.Deleted && m.EventType() == "countersign_card" && strings.Contains(m.Shown(), title) && want(m) {
				found = m
				return true
			}
		}
		return false
	})
	require.NoError(w.T, err, "no card about %q as expected; the last ones:\n%s", title, w.cards())
	return found
}

// Offers is satisfied by a card that has a button for the action.
func Offers(action string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool {
		for _, b := range m.Buttons() {
			if strings.Contains(b.Value, `"`+action+`"`) {
				return true
			}
		}
		return false
	}
}

// Says is satisfied by a card that shows the text.
func Says(text string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool { return strings.Contains(m.Shown(), text) }
}

// Try has somebody press a button of a card and submit the form it opens with
// these values; every statement to attest is ticked.
func (w *World) Try(user string, card slacktest.Message, action string, values map[string]string) slacktest.ViewResult {
	w.T.Helper()
	view := w.Press(user, card, action)
	result, err := w.Site.Slack.Submit(w.Slack(user), view, Filled(view, values))
	require.NoError(w.T, err)
	return result
}

// Do is Try for an act that must be accepted.
func (w *World) Do(user string, card slacktest.Message, action string, values map[string]string) {
	w.T.Helper()
	result := w.Try(user, card, action, values)
	require.Empty(w.T, result.Errors, "%s by %s was not accepted", action, user)
}

// Press opens the form behind a button. Where the machine was too slow to open
// it in time, and says so or Slack does, the person presses again.
func (w *World) Press(user string, card slacktest.Message, action string) slacktest.View {
	w.T.Helper()
	ctx := w.within()
	for {
		view, err := w.Site.Slack.Press(w.Slack(user), card.Channel, card.TS, action)
		slow := err != nil && (errors.Is(err, slacktest.ErrTimeout) || strings.Contains(err.Error(), "press the button again"))
		if !slow || ctx.Err() != nil {
			require.NoError(w.T, err)
			return view
		}
	}
}

// Filled is what a person fills into a view: the given values, and a tick in
// every box that has only one.
func Filled(view slacktest.View, values map[string]string) map[string]string {
	filled := maps.Clone(values)
	if filled == nil {
		filled = map[string]string{}
	}
	for _, in := range view.Inputs() {
		if _, given := filled[in.Name]; !given && in.Required && len(in.Options) == 1 {
			filled[in.Name] = in.Options[0].Value
		}
	}
	return filled
}

// Status waits until the ticket has this logical status and returns the ticket.
func (w *World) Status(key, logical string) jiratest.Issue {
	w.T.Helper()
	want := w.Rules.Tickets().Statuses[logical]
	err := w.Site.Jira.WaitFor(w.within(), func(s jiratest.Snapshot) bool {
		for _, i := range s.Issues {
			if i.Key == key {
				return i.Status == want
			}
		}
		return false
	})
	issue, _ := w.Site.Jira.Issue(key)
	require.NoError(w.T, err, "ticket %s is %q, not %q\n%s", key, issue.Status, want, w.cards())
	return issue
}

// Over waits until the run of a ticket's change has ended.
func (w *World) Over(issue jiratest.Issue) {
	w.T.Helper()
	run := w.Client.GetWorkflow(w.within(), change.WorkflowID(w.Rules.Tickets().Site, issue.ID), "")
	require.NoError(w.T, run.Get(w.within(), nil))
}

// Records are the types of the evidence about a ticket, in order.
func (w *World) Records(issue jiratest.Issue) []string {
	w.T.Helper()
	entries, err := w.Reader().Records(w.within(), change.WorkflowID(w.Rules.Tickets().Site, issue.ID))
	require.NoError(w.T, err)
	types := make([]string, len(entries))
	for i, e := range entries {
		types[i] = strings.TrimPrefix(e.Record.Type, "change.")
	}
	return types
}

// Verify checks the whole evidence log from outside.
func (w *World) Verify() evidence.Report {
	w.T.Helper()
	r := w.Reader()
	report, err := evidence.Verify(w.within(), evidence.VerifyInput{
		Dir: w.Evidence, PublicKey: r.PublicKey(), Anchors: []string{w.env["COUNTERSIGN_EVIDENCE_ANCHORS"]},
	})
	require.NoError(w.T, err)
	return report
}

func (w *World) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), StoryWithin)
	w.T.Cleanup(cancel)
	return ctx
}

// cards shows what stands in the channels, for a failed test.
func (w *World) cards() string {
	var b strings.Builder
	for _, m := range w.Site.Slack.Snapshot().Messages {
		fmt.Fprintf(&b, "--- %s %s\n%s\n", m.Channel, m.TS, m.Shown())
	}
	return b.String()
}

// Comment waits until the ticket has a comment with this text.
func (w *World) Comment(key, text string) {
	w.T.Helper()
	err := w.Site.Jira.WaitFor(w.within(), func(s jiratest.Snapshot) bool {
		for _, i := range s.Issues {
			if i.Key != key {
				continue
			}
			for _, c := range i.Comments {
				if strings.Contains(c.Body, text) {
					return true
				}
			}
		}
		return false
	})
	require.NoError(w.T, err, "ticket %s has no comment with %q", key, text)
}
