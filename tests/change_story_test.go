package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// One world, several changes side by side: what people can do wrong, what the
// ticket can do meanwhile, and what is answered when a change is over.
func TestChange_Stories(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)

	t.Run("refused clicks are evidence, shown where they were made (C5, C17)", func(t *testing.T) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Refusals"}))
		card := w.Card("Refusals", harness.Offers("approve"))
		for who, why := range map[string]string{"jonas": "request", "goran": "carry out", "farah": "group"} {
			result := w.Try(who, card, "approve", nil)
			require.Len(t, result.Errors, 1, who)
			for _, text := range result.Errors {
				require.Contains(t, text, why, who)
			}
		}
		require.NotEmpty(t, w.Try("bruno", card, "deny", map[string]string{"reason": "  x  "}).Errors, "a reason of one letter is none")
		w.Do("bruno", card, "deny", map[string]string{"reason": "No test on real data"})
		w.Status(issue.Key, "rejected")

		// Submitted again, it is a new version under the same number (C2).
		require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), issue.Key, map[string]string{"test_plan": "A copy of real data"}))
		require.NoError(t, w.Site.Jira.Transition(w.Jira("jonas"), issue.Key, "Submitted"))
		again := w.Card("Refusals", harness.Says("version 2"))
		require.Equal(t, card.TS, again.TS, "one live card")
		require.Contains(t, again.Shown(), "No test on real data", "the old votes stay visible")
		// The form of the first version is still open in somebody's client.
		stale, err := w.Site.Slack.Press(w.Slack("chidi"), again.Channel, again.TS, "approve")
		require.NoError(t, err)
		require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), issue.Key, map[string]string{"risk": "low"}))
		w.Card("Refusals", harness.Says("version 3"))
		result, err := w.Site.Slack.Submit(w.Slack("chidi"), stale, harness.Filled(stale, nil))
		require.NoError(t, err)
		require.Contains(t, errorText(result), "risk: medium → low") // C11

		withdraw := w.Card("Refusals", harness.Offers("withdraw"))
		w.Do("jonas", withdraw, "withdraw", map[string]string{"reason": "Next quarter"})
		w.Status(issue.Key, "withdrawn")
		w.Over(issue)
		require.Equal(t, []string{"received", "submitted", "refused", "refused", "refused", "refused", "decided", "rejected",
			"submitted", "voided", "submitted", "refused", "withdrawn"}, w.Records(issue))

		// A click that comes after the end is answered from the evidence, and is on record (C19, E15).
		late, err := w.Site.Slack.Submit(w.Slack("chidi"), reopen(t, w, stale), harness.Filled(stale, map[string]string{"comment": "later"}))
		require.NoError(t, err)
		require.Contains(t, errorText(late), "is over")
		require.Equal(t, "late", last(w.Records(issue)))

		// Neither does the ticket come back to life.
		require.NoError(t, w.Site.Jira.Transition(w.Jira("jonas"), issue.Key, "Submitted"))
		w.Comment(issue.Key, "stays over")
		require.Equal(t, "late", last(w.Records(issue)), "no new record, no new number")
		w.RecordHistory(change.WorkflowID("example", issue.ID), "over")
	})

	t.Run("editing the reporter makes nobody independent of what they asked for (C2, C5)", func(t *testing.T) {
		made, err := w.Site.Jira.CreateIssue(w.Jira("jonas"), harness.Ticket(map[string]string{"title": "Reporter"}))
		require.NoError(t, err)
		reporter := func(who string) {
			require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), made.Key, map[string]string{"reporter": w.Jira(who)}))
		}
		reporter("chidi")
		require.NoError(t, w.Site.Jira.Transition(w.Jira("dana"), made.Key, "Submitted"))
		card := w.Card("Reporter", harness.Offers("approve"))
		require.Contains(t, card.Shown(), "Also excluded")
		require.Contains(t, errorText(w.Try("dana", card, "approve", nil)), "You submitted this change")
		w.Do("bruno", card, "deny", map[string]string{"reason": "No test on real data"})
		w.Status(made.Key, "rejected")

		reporter("farah")
		require.NoError(t, w.Site.Jira.Transition(w.Jira("jonas"), made.Key, "Submitted"))
		card = w.Card("Reporter", harness.Says("version 2"))
		for who, why := range map[string]string{
			"chidi": "You requested an earlier version", "farah": "You requested this change", "dana": "You submitted this change", "jonas": "You created the ticket",
		} {
			require.Contains(t, errorText(w.Try(who, card, "approve", nil)), why, who)
		}
		reporter("emeka") // while it is reviewed: too few are left to decide without them
		w.Comment(made.Key, "the requester of an earlier version")
		w.Do("farah", w.Card("Reporter", harness.Says("version 3")), "withdraw", map[string]string{"reason": "Nobody is left"})
		w.Over(made)
		w.RecordHistory(change.WorkflowID("example", made.ID), "reporter-edited")
	})

	t.Run("what is missing is named at once and nobody is asked (Requirement 3)", func(t *testing.T) {
		fields := harness.Ticket(map[string]string{"title": "Incomplete", "duration": "soon"})
		delete(fields, "rollback")
		issue := w.Submit("jonas", fields)
		rejected := w.Status(issue.Key, "rejected")
		w.Comment(issue.Key, "was not submitted")
		rejected, _ = w.Site.Jira.Issue(issue.Key)
		text := strings.ToLower(rejected.Comments[len(rejected.Comments)-1].Body)
		require.Contains(t, text, "rollback")
		require.Contains(t, text, "duration")
		for _, m := range w.Site.Slack.Messages(w.Channel("changes")) {
			require.NotContains(t, m.Shown(), "Incomplete")
		}
		require.Equal(t, []string{"received", "not_submitted"}, w.Records(issue))
	})

	t.Run("a planned start is waited for durably (Requirement 1)", func(t *testing.T) {
		start := time.Now().Add(15 * time.Second) // by when it must have been approved, on a busy machine too
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Planned", "risk": "low", "planned_start": start.Format(time.RFC3339)}))
		card := w.Card("Planned", harness.Offers("approve"))
		w.Do("bruno", card, "approve", nil)
		w.Status(issue.Key, "waiting_window")
		card = w.Card("Planned", harness.Offers("start"))
		require.False(t, time.Now().Before(start.Truncate(time.Second)), "not before the planned start")
		w.Do("goran", card, "start", nil)
		card = w.Card("Planned", harness.Offers("finish"))
		w.Do("goran", card, "finish", map[string]string{"result": "rolled_back", "note": "The import was refused"})
		w.Status(issue.Key, "rolled_back")
		w.Over(issue)
		w.RecordHistory(change.WorkflowID("example", issue.ID), "rolled-back-after-its-window")
	})

	report := w.Verify()
	require.Empty(t, report.Findings)
}

func last(list []string) string { return list[len(list)-1] }

func errorText(r slacktest.ViewResult) string {
	var all []string
	for _, text := range r.Errors {
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

// reopen is the view as the client still has it: Slack lets a user submit a
// form that the app refused before.
func reopen(t *testing.T, w *harness.World, view slacktest.View) slacktest.View {
	t.Helper()
	for _, v := range w.Site.Slack.Views(view.User) {
		if v.ID == view.ID {
			return v
		}
	}
	require.FailNow(t, "the form is gone")
	return slacktest.View{}
}
