package patch

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
)

// process is one run of a rollout, at its desk.
type process struct {
	*desk.Desk
	s State
	// halt ends what the rollout does or waits for on its way forward: the way
	// back waits for neither. It does nothing between two moves.
	halt func()
	// halted is set when the engine's operator asked to cancel the run, noted
	// when that had its effect.
	halted, noted bool
	tried         string // the ring and turn for which backups were proved
	looked        string // the ring and turn for which bars and calendar were read
	clocks        int    // moves when a deadline did
	// telling is set while the alert is being told something.
	telling bool
	still   bool // the last look at the targets changed nothing
}

// Rollout is the process of one patch rollout: resolved and pinned, approved as a
// change, taken ring by ring or taken back, and closed. It ends only in a final
// state whose record is in the evidence log.
func Rollout(ctx workflow.Context, in Input) error {
	p := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // an operator's cancellation is an act, not an end
	if err := p.listen(ctx, calm); err != nil {
		return err
	}
	stopMirrors := p.Mirror(calm)
	if err := p.admit(calm); err != nil {
		return err
	}
	p.warn(calm)
	p.keepCalled(calm)
	for !p.over() {
		if err := p.forward(calm); err != nil {
			return err
		}
		if err := p.turned(calm); err != nil {
			return err
		}
		if p.mayContinue(calm) && !p.over() {
			if err := workflow.Await(calm, p.called); err != nil {
				return err
			}
			if fresh, err := p.continueAsNew(ctx, calm, stopMirrors); fresh || err != nil {
				return err
			}
			stopMirrors = p.Mirror(calm)
			p.halted = true
			if err := p.turned(calm); err != nil {
				return err
			}
		}
	}
	if err := workflow.Await(calm, p.called); err != nil { // the alert ends before the run does
		return err
	}
	return p.Settle(calm)
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	p := &process{s: State{Schema: 1, State: rules.Assessing, Asked: in.Asked, HeldRing: -1}, halt: func() {}}
	if in.Carried != nil {
		p.s = *in.Carried
	}
	p.Desk = desk.New(ctx, p, &p.s.Papers, in.Carried != nil)
	return p
}

// listen registers every handler before anything can wait, so that no message
// finds the run deaf.
func (p *process) listen(ctx, calm workflow.Context) error {
	if err := p.Listen(calm, UpdateStop, UpdateResume, UpdateRollBack, UpdateLift, UpdateWaive, UpdateLater); err != nil {
		return err
	}
	err := workflow.SetQueryHandlerWithOptions(calm, QueryStanding, p.standing, workflow.QueryHandlerOptions{Description: "where the rollout stands"})
	if err != nil {
		return err
	}
	p.ReceiveActs(calm, SignalActed)
	p.receiveApprovals(calm)
	p.receiveTurns(calm)
	p.receiveOrders(calm)
	p.receiveAlarms(calm)
	p.receiveNews(calm)
	p.receivePayload(calm)
	workflow.GoNamed(ctx, "cancellation", func(ctx workflow.Context) {
		ctx.Done().Receive(ctx, nil)
		if p.noted {
			return
		}
		p.halted = true
		p.halt()
	})
	return nil
}

// forward makes the next move, or waits for what the state waits for. What it
// does ends at once when the way back is ordered.
func (p *process) forward(calm workflow.Context) error {
	ctx, cancel := workflow.WithCancel(calm)
	p.halt = cancel
	defer func() { p.halt = func() {}; cancel() }()
	if p.s.Order != nil || p.halted {
		return nil // it came between two moves
	}
	err := p.stand(calm, ctx)
	if ctx.Err() != nil {
		return nil // halted: the way back was ordered, or an operator asked to end the run
	}
	return err
}

// stand does what the state asks for.
func (p *process) stand(calm, ctx workflow.Context) error {
	switch p.s.State {
	case rules.Assessing:
		return p.assess(ctx)
	case rules.Approving:
		return p.awaitApproval(ctx)
	case rules.Rolling, rules.Held:
		return p.advance(ctx)
	case rules.Reverting:
		return p.goBack(calm) // nothing halts the way back
	case rules.Stranded, rules.Completed, rules.RolledBack:
		return p.awaitWord(ctx)
	}
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf("no step leads on from state %q", p.s.State), string(compliance.Invalid), nil)
}

// turned follows up what halted a move.
func (p *process) turned(ctx workflow.Context) error {
	if p.s.Order != nil {
		order := *p.s.Order
		p.s.Order = nil
		if rules.CanMove(p.s.State, rules.Reverting) && p.s.touched() {
			p.turnBack(ctx, rules.Ordered, max(0, p.s.ring()), order.Person)
		}
	}
	if p.halted {
		p.halted, p.noted = false, true
		return p.cancelled(ctx)
	}
	return nil
}

// cancelled answers an operator's request to cancel the run: before any target
// was touched it is withdrawn. Later nobody could say what the targets serve: the
// request is a stop, on record, and the process goes on.
func (p *process) cancelled(ctx workflow.Context) error {
	const asked = "an operator of the engine asked to cancel the run"
	return p.Locked(ctx, func() error {
		switch {
		case p.s.State.Terminal():
			return nil
		case !p.s.touched():
			if err := p.close(ctx, rules.Withdrawn, rules.Stopped, asked); err != nil {
				return err
			}
			return p.withdrawChange(ctx)
		case p.s.State == rules.Rolling:
			p.s.Stopped = true
			return p.heldFor(ctx, rules.Decision{Move: rules.Hold, Ring: max(0, p.s.ring()), Reason: rules.Stopped}, asked)
		}
		return nil
	})
}

// over reports whether nothing is left to do: a barred payload waits for the
// person who lifts its bar.
func (p *process) over() bool {
	switch p.s.State {
	case rules.Rejected, rules.Withdrawn:
		return true
	case rules.RolledBack:
		return p.s.Lifted
	case rules.Completed:
		return p.s.Lifted // here: the time in which it could be taken back is over
	}
	return false
}

// longBack is the history, in events, from which on the way back is interrupted
// between two rings. The engine ends a run at some 50,000.
const longBack = 20_000

// mayContinue reports whether the run may continue as new now. Mirrors get half a
// minute for that, for which the way back is not kept waiting, neither under way
// nor when it is the next move, unless it is so long that it must.
func (p *process) mayContinue(ctx workflow.Context) bool {
	if !p.ShouldContinue(ctx) {
		return false
	}
	back := p.s.Order != nil || p.s.State == rules.Reverting
	if p.s.State == rules.Rolling || p.s.State == rules.Held {
		back = back || p.next(ctx).Move == rules.RollBack
	}
	return !back || workflow.GetInfo(ctx).GetCurrentHistoryLength() > longBack
}

// continueAsNew hands everything to a fresh run; false when an operator asked to
// cancel this one meanwhile.
func (p *process) continueAsNew(ctx, calm workflow.Context, stopMirrors func()) (bool, error) {
	if p.noted {
		ctx = calm
	}
	if drained, err := p.Drain(ctx, calm, stopMirrors); !drained || err != nil {
		return false, err
	}
	return true, workflow.NewContinueAsNewError(calm, Type, Input{Asked: p.s.Asked, Carried: p.s.carried()})
}
