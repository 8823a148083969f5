package change

import (
	"fmt"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// process is one run of a change. Its coroutines take turns, never run at
// once; acting serialises everything that reads the state, waits for a step
// and then writes the state.
type process struct {
	s      State
	self   string // workflow id
	first  string // first run id: stands in event keys until there is a number
	run    string
	again  bool // effects may have happened before: the run was reset, or carries on what others began
	acting workflow.Mutex
	log    log.Logger

	card    bool // the card is behind the state
	busy    int  // mirrors and other coroutines that the run may not close before
	acts    int  // acts that reached the process and are not answered yet
	closing bool // mirrors finish what is pending, then end
	hints   []compliance.TicketEvent
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
	stopMirrors := c.mirror(calm)
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
		default:
			err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("no step leads on from state %q", c.s.State), string(compliance.Invalid), nil)
		}
		if temporal.IsCanceledError(err) {
			ctx, err = calm, c.cancelled(calm)
		}
		if err != nil {
			return err
		}
		if c.shouldContinue(ctx) && !c.s.State.Terminal() {
			return c.continueAsNew(calm, stopMirrors)
		}
	}
	return c.settle(calm)
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	info := workflow.GetInfo(ctx)
	c := &process{
		self:   info.WorkflowExecution.ID,
		first:  info.FirstRunID,
		run:    info.WorkflowExecution.RunID,
		again:  info.OriginalRunID != info.WorkflowExecution.RunID || in.Carried != nil,
		acting: workflow.NewMutex(ctx),
		log:    workflow.GetLogger(ctx),
		s:      State{Schema: 1, Ticket: in.Ticket, State: rules.Open, Version: Version{State: rules.Draft}},
	}
	if in.Carried != nil {
		c.s = *in.Carried
		c.hints, c.s.Hints = c.s.Hints, nil
		c.card = true
	}
	return c
}

// listen registers every handler before anything can wait, so that no message
// finds the run deaf.
func (c *process) listen(ctx workflow.Context) error {
	for _, name := range []string{UpdateDecide, UpdateStart, UpdateFinish, UpdateWithdraw} {
		err := workflow.SetUpdateHandlerWithOptions(ctx, name, c.act, workflow.UpdateHandlerOptions{Validator: c.wellFormed})
		if err != nil {
			return err
		}
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, c.standing, workflow.QueryHandlerOptions{Description: "where the change stands"}); err != nil {
		return err
	}
	c.receive(ctx)
	return nil
}

// settle waits until people have been shown the end, then lets the run close.
// The change itself is over and on record; only its mirrors are still busy.
func (c *process) settle(ctx workflow.Context) error {
	c.closing = true
	return workflow.Await(ctx, func() bool {
		return c.busy == 0 && workflow.AllHandlersFinished(ctx)
	})
}

// cancelled answers an operator's request to cancel the run: before execution
// it is a withdrawal on record. An execution cannot be cancelled away, because
// only the implementer knows what happened: the request is on record and the
// process goes on without heeding it. An act under way is judged first.
func (c *process) cancelled(ctx workflow.Context) error {
	return c.locked(ctx, func() error {
		switch c.s.State {
		case rules.Open, rules.WaitingWindow:
			return c.withdrawn(ctx, rules.WithdrawnByPerson, "cancelled by an operator of the engine")
		case rules.Executing, rules.Verifying:
			return c.move(ctx, rules.EventDrift, rules.MovedFacts{
				From: string(c.s.State), Detail: "an operator of the engine asked to cancel the run during execution",
			})
		}
		return nil // over already
	})
}
