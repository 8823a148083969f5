package tests

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// telling waits for the n-th run of the schedule that tells, and gives what came of it
// and its workflow id.
func telling(w *harness.World, n int) (process.TellResult, string) {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	for {
		described, err := w.Client.ScheduleClient().GetHandle(ctx, process.DailyTellID).Describe(ctx)
		if err == nil && len(described.Info.RecentActions) >= n {
			run := described.Info.RecentActions[n-1].StartWorkflowResult
			var out process.TellResult
			require.NoError(w.T, w.Client.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, &out))
			return out, run.WorkflowID
		}
		select {
		case <-ctx.Done():
			require.FailNow(w.T, "it does not begin", "telling %d: %v", n, err)
		case <-time.After(50 * time.Millisecond): // a schedule announces its runs to nobody
		}
	}
}

// woken counts how often a change was told what is in force.
func woken(w *harness.World, subject string) int {
	n := 0
	for _, e := range w.History(subject).GetEvents() {
		if e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == change.SignalRulesMoved {
			n++
		}
	}
	return n
}

// The product starts again and wakes no change that waits; an edit of the directory
// wakes it once, by a telling that the next start knows of (C29).
func TestC29_ARestartWakesNoChange(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	first, _ := telling(w, 1)
	require.NotZero(t, first.Last)
	issue := w.Submit("jonas", harness.Ticket(nil))
	w.Card("Raise the invoice limit", harness.Offers("approve"))
	subject := change.WorkflowID("example", issue.ID)

	stop()
	stop = w.Run(app.RoleAll)
	again, _ := telling(w, 2)
	require.Equal(t, process.TellResult{Last: first.Last}, again)
	require.Zero(t, woken(w, subject))

	harness.Edit(t, w.Policy, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah]")
	w.AwaitEvent(subject, len(w.History(subject).GetEvents()), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
	moved, id := telling(w, 3)
	require.Equal(t, 1, moved.Told)
	require.NotEqual(t, first.Last.Moved.Directory, moved.Last.Moved.Directory)
	require.Equal(t, 1, woken(w, subject))

	stop()
	w.Run(app.RoleAll)
	again, _ = telling(w, 4)
	require.Equal(t, process.TellResult{Last: moved.Last}, again)
	require.Equal(t, 1, woken(w, subject))
	w.RecordHistory(id, "changes-told")
	w.RecordHistory(process.TellID(2), "telling-asked")
}

// Where somebody deleted the schedule of the tellings, a move makes it again (C29).
func TestC29_ADeletedScheduleIsMadeAgain(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	telling(w, 1)
	issue := w.Submit("jonas", harness.Ticket(nil))
	w.Card("Raise the invoice limit", harness.Offers("approve"))
	subject := change.WorkflowID("example", issue.ID)
	require.NoError(t, w.Client.ScheduleClient().GetHandle(t.Context(), process.DailyTellID).Delete(t.Context()))

	harness.Edit(t, w.Policy, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah]")
	w.AwaitEvent(subject, len(w.History(subject).GetEvents()), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
	moved, _ := telling(w, 1)
	require.Equal(t, 1, moved.Told)
}
