package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/desk"

	line "github.com/lowcodex/countersign/workflows/queue"
)

// Where the policy limits how many changes are carried out at once, the change of a
// rollout waits for its turn like any other (C29). The line tells the rollout of the
// turn as well, so that it asks the change to begin then and not at its next attempt.

// receiveTurns takes what the line tells.
func (p *process) receiveTurns(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, line.SignalTurn, p.s.ToldTurn)
}
