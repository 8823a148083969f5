package change

import "go.temporal.io/sdk/workflow"

// continueAsNew hands everything to a fresh run.
func (c *process) continueAsNew(ctx workflow.Context, stopMirrors func()) error {
	if err := c.Drain(ctx, stopMirrors); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, Change, Input{Ticket: c.s.Ticket, Carried: c.s.carried()})
}
