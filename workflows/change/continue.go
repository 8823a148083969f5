package change

import "go.temporal.io/sdk/workflow"

// continueAsNew hands everything to a fresh run; false when an operator asked to
// cancel this one meanwhile.
func (c *process) continueAsNew(ctx, calm workflow.Context, stop func()) (bool, error) {
	if drained, err := c.Drain(ctx, calm, stop); !drained || err != nil {
		return false, err
	}
	c.s.Hints = c.hints
	return true, workflow.NewContinueAsNewError(calm, Change, Input{Ticket: c.s.Ticket, Carried: c.s.carried()})
}
