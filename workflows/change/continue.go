package change

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// shouldContinue reports whether the engine suggests a fresh history and
// nobody is in the middle of acting.
func (c *process) shouldContinue(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && workflow.AllHandlersFinished(ctx)
}

// continueAsNew hands everything to a fresh run. Mirrors get a moment to
// finish; what they did not manage is carried over and looked for first.
// Signals that arrived up to here have been taken by their coroutines; those
// that arrive later fail this task and are taken in the next attempt.
func (c *process) continueAsNew(ctx workflow.Context, stopMirrors func()) error {
	c.closing = true
	idle := func() bool { return c.busy == 0 && workflow.AllHandlersFinished(ctx) }
	if done, err := workflow.AwaitWithTimeout(ctx, 30*time.Second, idle); err != nil {
		return err
	} else if !done {
		stopMirrors()
		if err := workflow.Await(ctx, idle); err != nil {
			return err
		}
	}
	c.s.Hints = c.hints
	return workflow.NewContinueAsNewError(ctx, Change, Input{Ticket: c.s.Ticket, Carried: c.s.carried()})
}
