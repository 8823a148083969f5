package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	changes "github.com/lowcodex/countersign/workflows/change"
	line "github.com/lowcodex/countersign/workflows/queue"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// A proposal whose change stands in a line has the line tell it of the turn, and begins then
// and not at its next attempt, which by then is an hour away (C29, C37).
func TestC29_AProposalBeginsAtItsTurn(t *testing.T) {
	w := newWorld(t)
	w.sight(w.inForce)
	var words []queue.Word
	w.Env.OnSignalExternalWorkflow(mock.Anything, line.WorkflowID("sandbox", "sandbox"), "", line.SignalWord, mock.Anything).Return(
		func(_, _, _, _ string, word any) error { words = append(words, word.(queue.Word)); return nil })
	w.script = func(ctx workflow.Context, c *played) {
		c.approve(ctx)
		for range 8 {
			require.Equal(t, change.Executing, c.next(ctx, change.NotYourTurn).Result)
		}
		require.NoError(t, workflow.Sleep(ctx, 20*time.Minute))
		turn := workflow.Now(ctx)
		require.NoError(t, workflow.SignalExternalWorkflow(ctx, c.executor, "", line.SignalTurn, queue.Turn{Granted: true}).Get(ctx, nil))
		require.Equal(t, change.Executing, c.next(ctx, change.OK).Result)
		require.WithinDuration(t, turn, workflow.Now(ctx), time.Minute)
		require.Equal(t, change.Verifying, c.next(ctx, change.OK).Result)
	}
	require.Equal(t, process.Adopted, w.propose().Stage)
	require.Len(t, words, 8, "said after each refusal: a line may have ended meanwhile")
	require.Equal(t, queue.Word{Kind: queue.Hear, Subject: asked, By: subject}, words[0])
}

// The change's yes may come so late that it was asked once more meanwhile, after hours
// without the evidence log for example: the rules come into force all the same, and
// nobody asks for ever (C37).
func TestC37_AYesThatComesLateCounts(t *testing.T) {
	w := newWorld(t)
	w.sight(w.inForce)
	w.script = func(ctx workflow.Context, c *played) {
		c.approve(ctx)
		reports := workflow.GetSignalChannel(ctx, changes.SignalReported)
		var first, second change.Report
		reports.Receive(ctx, &first)
		reports.Receive(ctx, &second)
		require.NotEqual(t, first.Key, second.Key)
		w.execute()
		yes := c.approval
		yes.State, yes.Request, yes.Reason = change.Executing, first.Key, change.OK
		c.approval.State = change.Executing
		c.tell(ctx, yes)
		no := c.approval
		no.Request, no.Reason = second.Key, change.AlreadyExecuting
		c.tell(ctx, no)
		require.Equal(t, change.Verifying, c.next(ctx, change.OK).Result)
	}
	require.Equal(t, process.Adopted, w.propose().Stage)
}
