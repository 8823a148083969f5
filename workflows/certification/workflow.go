package certification

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/desk"
)

// process is one run of a tracker, at its desk.
type process struct {
	*desk.Desk
	in Input
	s  State
	// turn counts what changed when the tracker has to wait for something else.
	turn int
	// renewed is set when a version came into force in this run: the next period
	// gets a history of its own (A15).
	renewed bool
}

// Certification tracks one artefact of one vendor. It looks at what is due,
// waits for the next instant or for somebody to act, and looks again. Nothing
// ends it but an operator: a document that is over is awaited anew.
func Certification(ctx workflow.Context, in Input) error {
	c := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // of what must not end with a cancellation
	if err := c.listen(calm); err != nil {
		return err
	}
	stopMirrors := c.Mirror(calm)
	for {
		err := c.live(ctx)
		switch {
		case temporal.IsCanceledError(err):
			return c.end(ctx, calm)
		case err != nil:
			return err
		case c.turnsOver(ctx):
			handed, err := c.Drain(ctx, calm, stopMirrors)
			if err != nil {
				return err
			}
			if !handed { // cancelled meanwhile
				return c.end(ctx, calm)
			}
			return c.continueAsNew(calm)
		}
	}
}

// end is the end that an operator of the engine asked for.
func (c *process) end(ctx, calm workflow.Context) error {
	if err := c.stopped(calm); err != nil {
		return err
	}
	if err := c.Settle(calm); err != nil {
		return err
	}
	return ctx.Err()
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	c := &process{in: in, s: State{Schema: 1, Look: true}}
	if in.Carried != nil {
		c.s = *in.Carried
	}
	c.Desk = desk.New(ctx, c, &c.s.Papers, in.Carried != nil)
	return c
}

// listen registers every handler before anything can wait, so that no message
// finds the run deaf.
func (c *process) listen(ctx workflow.Context) error {
	if err := c.Listen(ctx, rules.ActionNames()...); err != nil {
		return err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, func() (Standing, error) {
		return c.standing(workflow.Now(ctx)), nil
	}, workflow.QueryHandlerOptions{Description: "where the artefact stands"}); err != nil {
		return err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryConditions, func(in Asking) (Answer, error) {
		return c.conditions(in.At, workflow.Now(ctx)), nil
	}, workflow.QueryHandlerOptions{Description: "what it asks of changes that touch the vendor"}); err != nil {
		return err
	}
	c.ReceiveTicketEvents(ctx, SignalTicketChanged)
	c.ReceiveActs(ctx, SignalActed)
	return nil
}

// live looks at what is due and then waits for what comes next.
func (c *process) live(ctx workflow.Context) error {
	if c.s.Look || !c.s.Wake.IsZero() && !c.s.Wake.After(workflow.Now(ctx)) {
		if err := c.look(ctx); err != nil {
			return err
		}
	}
	if len(c.Hinted) > 0 {
		return c.followTicket(ctx)
	}
	if c.turnsOver(ctx) {
		return nil
	}
	seen := c.turn
	_, err := c.Await(ctx, c.s.Wake, func() bool { return c.turn != seen || c.s.Look || c.turnsOver(ctx) })
	return err
}

// turnsOver reports whether the run should hand over to a fresh one: the engine
// suggests it, or a new period of cover has begun, and nobody is acting.
func (c *process) turnsOver(ctx workflow.Context) bool {
	return c.ShouldContinue(ctx) || c.renewed && c.Quiet() && workflow.AllHandlersFinished(ctx)
}

// continueAsNew hands everything to a fresh run.
func (c *process) continueAsNew(ctx workflow.Context) error {
	in := c.in
	in.Carried = c.s.carried()
	return workflow.NewContinueAsNewError(ctx, Certification, in)
}

// stopped puts on record that an operator of the engine ended the tracking:
// from then on the artefact is not tracked, and where the policy names it the
// next daily pass begins again.
func (c *process) stopped(ctx workflow.Context) error {
	if c.s.Number == "" {
		return nil
	}
	return c.Locked(ctx, func() error {
		return c.note(ctx, rules.EventStopped, rules.MovedFacts{Detail: "an operator of the engine cancelled the tracker"})
	})
}

// awaiting says who can move the artefact on now, and when the wait ends by itself.
func (c *process) awaiting() ([]compliance.PersonID, time.Time) {
	t := c.s.Tracker
	quiet := t.Current.State == rules.Valid && t.Next == nil
	if c.s.Setup.Owner == "" || quiet {
		return nil, t.Schedule.Ends
	}
	return []compliance.PersonID{c.s.Setup.Owner}, t.Schedule.Ends
}
