package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// While one approver is away their deputy decides in their place; another who moves the
// ticket by hand is led to the card; those who have not decided are reminded, and then
// the change board may decide, too: over the real surfaces, to the record (C9, C10, C22).
func TestChange_WhoIsCalledToDecide(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		// Shares of the time are a few seconds here.
		harness.Edit(t, dir, "rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n        deadline: 48h\n",
			"        groups: [platform-owners]\n        deputies: [security]\n        quorum: 2\n        deadline: 200s\n        reminders: [1%]\n        fallback: {groups: [change-board], after: 3%}\n")
		span := fmt.Sprintf("from: %q, until: %q", time.Now().Add(-time.Hour).Format(time.RFC3339), time.Now().Add(time.Hour).Format(time.RFC3339))
		harness.Edit(t, dir, "directory/people.yaml", "    name: Chidi Okafor\n", "    name: Chidi Okafor\n    deputies: [{id: chidi-leave, person: p-hana, "+span+"}]\n")
	}})
	w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Called"}))
	card := w.Card("Called", harness.Says("Deputy"))
	require.Contains(t, card.Shown(), fmt.Sprintf("<@%s> for <@%s>", w.Slack("hana"), w.Slack("chidi")))

	w.Status(issue.Key, "in_review")
	require.NoError(t, w.Site.Jira.Transition(w.Jira("bruno"), issue.Key, "Approved"))
	w.Comment(issue.Key, "in the form of the change's card")
	w.Comment(issue.Key, "slack.com/archives/"+card.Channel)
	threaded(w, card, w.Slack("bruno"), "decides nothing")

	w.Do("hana", card, "approve", nil)
	card = w.Card("Called", harness.Says(fmt.Sprintf("approved by <@%s> for <@%s>", w.Slack("hana"), w.Slack("chidi"))))
	require.Contains(t, errorText(w.Try("chidi", card, "approve", nil)), "Your deputy has already decided in your place")

	threaded(w, card, w.Slack("bruno"), "still asked for")
	card = w.Card("Called", harness.Says("Escalated"))
	threaded(w, card, w.Slack("alice"), "you may decide now, too")
	w.Do("alice", card, "approve", nil)
	card = w.Card("Called", harness.Says("level 2 of 2"))
	w.Do("farah", card, "approve", nil)
	w.Do("jonas", w.Card("Called", harness.Offers("start")), "withdraw", map[string]string{"reason": "Next quarter"})
	w.Over(issue)

	records := w.Records(issue)
	for _, kind := range []string{"drift", "decided", "refused", "reminded", "escalated", "approved", "withdrawn"} {
		require.Contains(t, records, kind)
	}
	require.Equal(t, 1, count(records, "reminded"))
	require.Equal(t, 1, count(records, "escalated"))
	require.Empty(t, w.Verify().Findings)
	w.RecordHistory(change.WorkflowID("example", issue.ID), "called-to-decide")
}

// threaded waits until a message in the card's thread calls somebody with these words.
func threaded(w *harness.World, card slacktest.Message, user, words string) {
	w.T.Helper()
	err := w.Site.Slack.WaitFor(w.T.Context(), func(s slacktest.Snapshot) bool {
		return slices.ContainsFunc(s.Messages, func(m slacktest.Message) bool {
			return m.ThreadTS == card.TS && strings.Contains(m.Text, "<@"+user+">") && strings.Contains(m.Text, words)
		})
	})
	require.NoError(w.T, err, "nobody called %s with %q", user, words)
}

func count(list []string, what string) int {
	n := 0
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}
