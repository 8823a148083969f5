package tests

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// The tracker repeats a webhook whose answer was lost, sometimes after the
// change is over, and a gateway that was killed meanwhile does not remember it.
// The run this starts finds that nobody submitted anything again: it leaves
// neither a record nor a comment (C21).
func TestC21_SubmissionRepeatedAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(nil))
	card := w.Card("Raise the invoice limit", harness.Offers("withdraw"))
	w.Do("jonas", card, "withdraw", map[string]string{"reason": "Next quarter"})
	w.Status(issue.Key, "withdrawn")
	w.Over(issue)
	records := w.Records(issue)
	over, _ := w.Site.Jira.Issue(issue.Key)

	ref := compliance.TicketRef{Site: w.Rules.Tickets().Site, ID: issue.ID, Key: issue.Key}
	id := change.WorkflowID(ref.Site, ref.ID)
	run, err := w.Client.SignalWithStartWorkflow(t.Context(), id, change.SignalTicketChanged,
		compliance.TicketEvent{Delivery: "repeated", Site: ref.Site, TicketID: ref.ID, Key: ref.Key, Entered: true},
		client.StartWorkflowOptions{ID: id, TaskQueue: compliance.QueueWorkflows}, change.Type, change.Input{Ticket: ref})
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))

	again, _ := w.Site.Jira.Issue(issue.Key)
	require.Equal(t, over.Comments, again.Comments, "a repeated webhook says nothing to anybody")
	require.Equal(t, over.Status, again.Status)
	require.Equal(t, records, w.Records(issue))
}
