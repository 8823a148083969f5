package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/desk"

	line "github.com/lowcodex/countersign/workflows/queue"
)

// Where the policy limits how many changes are carried out at once, the change of a
// rollout waits for its turn like any other (C29). The line tells the rollout of the
// turn as well, so that it asks the change to begin then and not at its next attempt.

// receiveTurns takes what the line tells.
func (p *process) receiveTurns(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, line.SignalTurn, func(t queue.Turn) { p.granted = t.Granted })
}

// hearOfTurn asks the line to be told, after a start that was refused because it is
// another change's turn. A line that is not there yet is asked after the next refusal.
func (p *process) hearOfTurn(ctx workflow.Context) {
	if p.s.Start.Reason != change.NotYourTurn {
		return
	}
	w := queue.Word{Kind: queue.Hear, Subject: p.s.Change, By: p.Self}
	at := line.WorkflowID(p.s.Route.System, p.s.Route.Environment)
	if err := workflow.SignalExternalWorkflow(ctx, at, "", line.SignalWord, w).Get(ctx, nil); err != nil {
		p.Logger.Info("the line does not tell of the turn", "line", at, "error", err)
	}
}
