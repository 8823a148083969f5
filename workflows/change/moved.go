package change

import (
	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// receiveMoved notes what of the policy came into force. Being told again of what
// is known costs nothing more: everybody is told once a day.
func (c *process) receiveMoved(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalRulesMoved, func(m rules.Moved) {
		c.s.Look = c.s.Look || m.Retimes(c.s.Moved)
		c.s.Moved = &m
	})
}
