package change

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// process is one run of a change, at its desk.
type process struct {
	*desk.Desk
	s State
	// speaking is set while a word to the line is under way.
	speaking bool
	// hints are the ticket events not yet followed up; followUp follows them up beside
	// the process, and rereading is set while it does.
	hints     []compliance.TicketEvent
	followUp  func()
	rereading bool
	// answering is set while newer changes wait for an answer.
	answering bool
}

// Change is the process of one ticket: admitted, reviewed level by level,
// approved, executed in its window, verified and closed. It ends only in a
// final state whose record is in the evidence log.
func Change(ctx workflow.Context, in Input) error {
	c := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // of what must not end with a cancellation
	if err := c.listen(calm); err != nil {
		return err
	}
	stop := c.beside(calm)
	if err := c.admit(ctx); err != nil {
		return err
	}
	for !c.s.State.Terminal() {
		var err error
		switch c.s.State {
		case rules.Open:
			err = c.review(ctx)
		case rules.WaitingWindow:
			err = c.awaitStart(ctx)
		case rules.Executing:
			err = c.awaitFinish(ctx)
		case rules.Verifying:
			err = c.verify(ctx)
		case rules.Held:
			err = c.awaitResume(ctx)
		case rules.ExecutingUnapproved:
			err = c.awaitUnapproved(ctx)
		case rules.RetroReview:
			err = c.awaitRetro(ctx)
		default:
			err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("no step leads on from state %q", c.s.State), string(compliance.Invalid), nil)
		}
		if temporal.IsCanceledError(err) {
			ctx, err = calm, c.cancelled(calm)
		}
		if err != nil {
			return err
		}
		if c.ShouldContinue(ctx) && !c.s.State.Terminal() {
			if fresh, err := c.continueAsNew(ctx, calm, stop); fresh || err != nil {
				return err
			}
			stop()
			ctx, stop = calm, c.beside(calm)
			if err := c.cancelled(calm); err != nil {
				return err
			}
		}
	}
	if err := workflow.Await(calm, func() bool { return c.outOfLine() && len(c.s.Newcomers) == 0 }); err != nil {
		return err
	}
	return c.Settle(calm)
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	c := &process{s: State{Schema: 1, State: rules.Open, Version: Version{State: rules.Draft}}}
	c.s.Ticket, c.s.Executor, c.s.Chain = in.Ticket, in.Executor, in.Chain
	c.s.asked(in.Submitter, rules.IsSubmitter)
	if in.Carried != nil {
		c.s = *in.Carried
	}
	c.Desk = desk.New(ctx, c, &c.s.Papers, in.Carried != nil)
	c.hints, c.Hinted = c.Hinted, nil
	return c
}

// beside starts what goes on beside the process, and returns what stops it: mirrors
// and readings, which no wait of the process may depend on.
func (c *process) beside(ctx workflow.Context) (stop func()) {
	mirrors, hints := c.Mirror(ctx), c.followHints(ctx)
	return func() {
		mirrors()
		hints()
	}
}

// listen registers every handler before anything can wait, so that no message
// finds the run deaf.
func (c *process) listen(ctx workflow.Context) error {
	if err := c.Listen(ctx, UpdateDecide, UpdateStart, UpdateFinish, UpdateWithdraw, UpdateHold, UpdateResume, UpdateObject, UpdateGate, UpdateProceed,
		UpdateBreakGlass, UpdateAcknowledge, UpdateReview, UpdateRemedy); err != nil {
		return err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, c.standing, workflow.QueryHandlerOptions{Description: "where the change stands"}); err != nil {
		return err
	}
	c.receiveTicketEvents(ctx)
	c.ReceiveActs(ctx, SignalActed)
	c.receiveMoved(ctx)
	c.receiveNewcomers(ctx)
	c.receiveSupersedes(ctx)
	c.tellOlder(ctx)
	c.receiveTurns(ctx)
	c.keepInLine(ctx)
	if c.s.Executor != "" {
		c.receiveReports(ctx)
		c.keepTold(ctx)
	}
	return nil
}

// cancelled answers an operator's request to cancel the run: before execution
// it is a withdrawal on record. An execution cannot be cancelled away, because
// only the implementer knows what happened: the request is on record and the
// process goes on without heeding it. An act under way is judged first.
func (c *process) cancelled(ctx workflow.Context) error {
	return c.Locked(ctx, func() error {
		switch c.s.State {
		case rules.Open, rules.WaitingWindow, rules.Held:
			return c.withdrawn(ctx, rules.WithdrawnByPerson, "cancelled by an operator of the engine")
		case rules.Executing, rules.Verifying, rules.ExecutingUnapproved, rules.RetroReview:
			return c.move(ctx, rules.EventDrift, rules.MovedFacts{
				From: string(c.s.State), Detail: "an operator of the engine asked to cancel the run during execution",
			})
		}
		return nil // over already
	})
}
