package rules

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	line "github.com/lowcodex/countersign/workflows/queue"
)

// receiveTurns takes what the line of the change's environment tells (C29), so that
// the change is asked to begin at its turn and not at the next attempt.
func (p *proposal) receiveTurns(ctx workflow.Context) {
	told := workflow.GetSignalChannel(ctx, line.SignalTurn)
	workflow.GoNamed(ctx, "turns", func(ctx workflow.Context) {
		for {
			var t queue.Turn
			if !told.Receive(ctx, &t) {
				return
			}
			p.granted = t.Granted
		}
	})
}

// hearOfTurn asks the line to be told, after a start that was refused because it is
// another change's turn. A line that is not there yet is asked after the next refusal.
func (p *proposal) hearOfTurn(ctx workflow.Context, refused change.Reason) {
	if refused != change.NotYourTurn {
		return
	}
	w := queue.Word{Kind: queue.Hear, Subject: p.s.Change, By: p.self}
	at := line.WorkflowID(p.draft.System, p.draft.Environment)
	if err := workflow.SignalExternalWorkflow(ctx, at, "", line.SignalWord, w).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("the line does not tell of the turn", "line", at, "error", err)
	}
}
