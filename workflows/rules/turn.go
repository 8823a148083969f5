package rules

import (
	"go.temporal.io/sdk/workflow"

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
			p.carrying.ToldTurn(t)
		}
	})
}
