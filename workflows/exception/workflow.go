package exception

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// process is one run of an exception, at its desk.
type process struct {
	*desk.Desk
	in    Input
	s     State
	alarm desk.Alarm
	// turn counts what changed when the run has to wait for something else.
	turn int
}

// Exception carries one exception from its request to its end: it has the request
// judged, waits for the next instant or for somebody to act, and looks again
// until what it excuses is remedied, or it was never granted.
func Exception(ctx workflow.Context, in Input) (Result, error) {
	c := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // of what must not end with a cancellation
	if err := c.listen(calm); err != nil {
		return Result{}, err
	}
	stopMirrors := c.Mirror(calm)
	if c.s.Number == "" {
		if err := c.request(calm); err != nil {
			return Result{}, err
		}
	}
	for {
		err := c.live(ctx)
		switch {
		case temporal.IsCanceledError(err):
			return c.result(), c.end(ctx, calm)
		case err != nil:
			return Result{}, err
		case c.s.Exception.State.Terminal():
			return c.result(), c.Settle(calm)
		case c.ShouldContinue(ctx):
			handed, err := c.Drain(ctx, calm, stopMirrors)
			if err != nil {
				return Result{}, err
			}
			if !handed { // cancelled meanwhile
				return c.result(), c.end(ctx, calm)
			}
			return Result{}, c.continueAsNew(calm)
		}
	}
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	c := &process{in: in, s: State{Schema: 1}}
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
		return c.standing(), nil
	}, workflow.QueryHandlerOptions{Description: "where the exception stands"}); err != nil {
		return err
	}
	c.ReceiveTicketEvents(ctx, SignalTicketChanged)
	c.ReceiveActs(ctx, SignalActed)
	return nil
}

// live looks at what is due and then waits for what comes next.
func (c *process) live(ctx workflow.Context) error {
	if c.due(workflow.Now(ctx)) {
		if err := c.Locked(ctx, func() error { return c.look(ctx, workflow.Now(ctx)) }); err != nil {
			return err
		}
	}
	if len(c.Hinted) > 0 && !c.s.Exception.State.Terminal() {
		return c.followTicket(ctx)
	}
	if c.s.Exception.State.Terminal() || c.ShouldContinue(ctx) {
		return ctx.Err()
	}
	seen := c.turn
	err := c.alarm.Until(ctx, c.s.Wake, func() bool { return c.turn != seen || len(c.Hinted) > 0 || c.ShouldContinue(ctx) })
	if err != nil {
		return err
	}
	return ctx.Err()
}

// due reports whether something has come by itself.
func (c *process) due(now time.Time) bool {
	return !c.s.Exception.State.Terminal() && !c.s.Wake.IsZero() && !c.s.Wake.After(now)
}

// end is the end that an operator of the engine asked for. It is on record, so
// that nothing is excused by an exception that nobody watches.
func (c *process) end(ctx, calm workflow.Context) error {
	err := c.Locked(calm, func() error {
		if c.s.Number == "" || c.s.Exception.State.Terminal() {
			return nil
		}
		was := c.s.Exception
		c.s.Exception.State, c.s.Exception.Round = rules.Stopped, nil
		after := c.s.Exception
		ev := c.head().Event(c.Owner()+"/stopped", rules.EventStopped, workflow.Now(calm))
		ev.State, ev.Final = string(after.State), true
		ev.Facts = desk.Encoded(rules.MovedFacts{Detail: "an operator of the engine cancelled the run, in the state " + string(was.State), After: &after})
		_, err := c.Record(calm, steps.RecordEventsInput{Events: []evidence.Event{ev}})
		c.Tell(stoppedNote(c.s), "cancelled")
		c.stage(calm)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.Settle(calm); err != nil {
		return err
	}
	return ctx.Err()
}

// continueAsNew hands everything to a fresh run.
func (c *process) continueAsNew(ctx workflow.Context) error {
	return workflow.NewContinueAsNewError(ctx, Exception, Input{Carried: c.s.carried()})
}

func (c *process) result() Result {
	return Result{Number: c.s.Number, State: c.s.Exception.State, Reason: c.s.Refused}
}

// head is what every record of this exception has in common.
func (c *process) head() steps.Head {
	return c.Head(evidence.Rules{Version: c.s.Setup.Rules, Hash: c.s.Setup.Hash}, c.s.Setup.Zones)
}

// stage shows the state in lists; called on stage changes only.
func (c *process) stage(ctx workflow.Context) {
	awaiting, due := c.awaiting()
	e := c.s.Exception
	c.Stage(ctx, desk.Stage{
		Process: "exception", Stage: string(e.State), System: e.System, Environment: e.Environment,
		Awaiting: awaiting, Due: due, Title: e.Control + " of " + c.s.Setup.Title, Status: status(c.s),
	})
}

// awaiting says who can move the exception on now, and when the wait ends by itself.
func (c *process) awaiting() ([]compliance.PersonID, time.Time) {
	e := c.s.Exception
	switch {
	case e.Round != nil:
		return c.s.Setup.Deciders, e.Round.By
	case e.State == rules.InForce && !e.Check.Asked.IsZero():
		return []compliance.PersonID{e.Verifier}, e.Check.By
	case e.State == rules.InForce:
		return nil, e.Ends
	case e.State == rules.Reopened || e.State == rules.Overdue:
		return []compliance.PersonID{e.Owner}, e.Deadline
	}
	return nil, time.Time{}
}
