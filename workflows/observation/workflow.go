package observation

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// process is the run of one finding, at its desk.
type process struct {
	*desk.Desk
	in Input
	s  State
}

// Finding carries one finding: it puts on record what was found, shows it, and waits
// without end for an approver to explain it.
func Finding(ctx workflow.Context, in Input) (Result, error) {
	c := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // of what must not end with a cancellation
	if err := c.listen(calm); err != nil {
		return Result{}, err
	}
	stopMirrors := c.Mirror(calm)
	if c.s.Number == "" {
		if err := c.found(calm); err != nil {
			return Result{}, err
		}
	}
	for {
		err := workflow.Await(ctx, func() bool { return c.s.State.Terminal() || c.ShouldContinue(ctx) })
		switch {
		case c.s.State.Terminal():
			return c.result(), c.Settle(calm)
		case temporal.IsCanceledError(err):
			return c.result(), c.end(ctx, calm)
		case err != nil:
			return Result{}, err
		}
		handed, err := c.Drain(ctx, calm, stopMirrors)
		if err != nil {
			return Result{}, err
		}
		if !handed { // cancelled meanwhile
			return c.result(), c.end(ctx, calm)
		}
		if c.s.State.Terminal() { // by an act that came as it was handed on
			return c.result(), c.Settle(calm)
		}
		in.Carried = c.s.carried()
		return Result{}, workflow.NewContinueAsNewError(calm, Finding, in)
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

// listen registers every handler before anything can wait.
func (c *process) listen(ctx workflow.Context) error {
	if err := c.Listen(ctx, rules.ActionNames()...); err != nil {
		return err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, func() (Standing, error) {
		return c.standing(), nil
	}, workflow.QueryHandlerOptions{Description: "where the finding stands"}); err != nil {
		return err
	}
	c.ReceiveActs(ctx, SignalActed)
	return nil
}

// found puts the finding on record. A crash before it repeats it under the same key;
// a crash behind it finds the card to be shown.
func (c *process) found(ctx workflow.Context) error {
	return c.Locked(ctx, func() error {
		ev := c.head().Event(c.Owner()+"/found", rules.EventFound, workflow.Now(ctx))
		ev.Series, ev.State = Series, string(rules.Open)
		ev.Facts = desk.Encoded(rules.FoundFacts{Found: c.in.Found, Owner: c.in.Setup.Owner})
		out, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
		if err != nil {
			return err
		}
		c.s.Number, c.s.State = out.Last().Number, rules.Open
		c.stage(ctx)
		return nil
	})
}

// end is the end that an operator of the engine asked for; it is on record.
func (c *process) end(ctx, calm workflow.Context) error {
	err := c.Locked(calm, func() error {
		if c.s.Number == "" || c.s.State.Terminal() {
			return nil
		}
		ev := c.head().Event(c.Owner()+"/stopped", rules.EventStopped, workflow.Now(calm))
		ev.State, ev.Final = string(rules.Stopped), true
		ev.Facts = desk.Encoded(rules.MovedFacts{Detail: "an operator of the engine cancelled the run"})
		if _, err := c.Record(calm, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
			return err
		}
		c.s.State = rules.Stopped
		c.stage(calm)
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.Settle(calm); err != nil {
		return err
	}
	return ctx.Err()
}

func (c *process) result() Result {
	return Result{Number: c.s.Number, State: c.s.State, By: c.s.By}
}

// head is what every record of this finding has in common.
func (c *process) head() steps.Head { return c.Head(c.in.Setup.Rules, "") }

// stage shows the state in lists; called on stage changes only.
func (c *process) stage(ctx workflow.Context) {
	f := c.in.Found
	c.Stage(ctx, desk.Stage{
		Process: "observation", Stage: string(c.s.State), System: f.System, Environment: f.Environment, Awaiting: c.awaiting(),
		Title: "Unexplained content on " + f.Target + " of " + c.in.Setup.Title, Status: c.status(),
	})
}

// awaiting says who can explain the finding.
func (c *process) awaiting() []compliance.PersonID {
	if c.s.State != rules.Open {
		return nil
	}
	return c.in.Setup.Deciders
}

// note records what no act of a person explains.
func (c *process) note(ctx workflow.Context, kind, detail string) error {
	c.s.Sequence++
	key := fmt.Sprintf("%s/%s/%d", c.Owner(), strings.TrimPrefix(kind, "observation."), c.s.Sequence)
	ev := c.head().Event(key, kind, workflow.Now(ctx))
	ev.Facts = desk.Encoded(rules.MovedFacts{Detail: detail})
	_, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}
