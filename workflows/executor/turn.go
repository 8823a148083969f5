package executor

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	line "github.com/lowcodex/countersign/workflows/queue"
)

// Where the policy limits how many changes are carried out at once, the change of a
// process waits for its turn like any other (C29). The line tells the process of the
// turn as well, so that it asks the change to begin then and not at its next attempt.

// ToldTurn takes what the line tells (line.SignalTurn).
func (c *Carrying) ToldTurn(t queue.Turn) { c.granted = t.Granted }

// hearOfTurn asks the line of the change's place to tell this process, after a start
// that was refused because it is another change's turn. A line that is not there yet
// is asked after the next refusal.
func (c *Carrying) hearOfTurn(ctx workflow.Context, system, environment string) {
	if !c.Start.Answered || c.Start.Reason != change.NotYourTurn {
		return
	}
	w := queue.Word{Kind: queue.Hear, Subject: c.Change, By: workflow.GetInfo(ctx).WorkflowExecution.ID}
	at := line.WorkflowID(system, environment)
	if err := workflow.SignalExternalWorkflow(ctx, at, "", line.SignalWord, w).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("the line does not tell of the turn", "line", at, "error", err)
	}
}
