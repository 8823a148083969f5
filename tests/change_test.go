package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// A ticket goes in, a card appears, people decide with attestations, the
// implementer executes, and what remains is evidence that verifies.
// Requirement 2. Requirement 4.
func TestChange_FromTicketToEvidence(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	const title = "Raise the invoice limit"
	issue := w.Submit("jonas", harness.Ticket(nil))
	card := w.Card(title, harness.Offers("approve"))
	w.Status(issue.Key, "in_review")

	w.Do("bruno", card, "approve", nil)
	w.Do("chidi", card, "approve", nil)
	card = w.Card(title, harness.Says("level 2 of 2"))
	w.Do("farah", card, "approve", map[string]string{"comment": "Checked with finance"})
	w.Status(issue.Key, "approved")

	card = w.Card(title, harness.Offers("start"))
	w.Do("goran", card, "start", nil)
	w.Status(issue.Key, "executing")
	card = w.Card(title, harness.Offers("finish"))
	w.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "Limit is 5000"})
	done := w.Status(issue.Key, "closed")
	w.Over(issue)

	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, w.Records(issue))
	require.Len(t, done.Comments, 4, "one comment for each state")
	history := w.History(change.WorkflowID("example", issue.ID))
	t.Logf("history: %d events, %d bytes", len(history.Events), harness.Size(history))
	require.LessOrEqual(t, len(history.Events), 220)
	require.LessOrEqual(t, harness.Size(history), 80_000)
	w.RecordHistory(change.WorkflowID("example", issue.ID), "approved-executed-closed")
	report := w.Verify()
	require.Empty(t, report.Findings)
	require.NotContains(t, strings.ToLower(w.Log.String()), `"level":"error"`)
}
