package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
)

// A ticket is read for somebody who asks about it: nothing moves, and nothing
// is put on record.
func TestATicketIsReadWithoutATrace(t *testing.T) {
	w := newWorld(t)
	delete(w.tracker.ticket.Fields, "rollback")
	w.Env.RegisterWorkflow(change.ReadTicket)
	w.Env.ExecuteWorkflow(change.ReadTicket, change.ReadingInput{Site: "example", Ticket: "OPS-12"})
	require.True(t, w.Env.IsWorkflowCompleted())
	require.NoError(t, w.Env.GetWorkflowError())
	var r change.Reading
	require.NoError(t, w.Env.GetWorkflowResult(&r))
	require.Equal(t, "OPS-12", r.Ticket.Key)
	require.Equal(t, "order-portal", r.Snapshot.System)
	require.Equal(t, jonas, r.Snapshot.Requester)
	require.Equal(t, []rules.Problem{{Field: "rollback", Text: r.Problems[0].Text}}, r.Problems)
	entries, err := w.Log.Records(t.Context(), subject)
	require.NoError(t, err)
	require.Empty(t, entries)
}
