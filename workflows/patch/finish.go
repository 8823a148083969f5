package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// finish ends a rollout whose every ring is proven. The change closes last; the
// rollout stays for as long as it may be taken back.
func (p *process) finish(ctx workflow.Context) error {
	return p.Locked(ctx, func() error {
		if p.next(ctx).Move != rules.Finish {
			return nil
		}
		err := p.record(ctx, p.sequence("completed"), rules.EventClosed, rules.Completed, rules.MovedFacts{From: p.s.State, To: rules.Completed})
		if err != nil {
			return err
		}
		p.s.State, p.s.Reason, p.s.Detail, p.s.Ended = rules.Completed, rules.OK, "", workflow.Now(ctx)
		p.s.Turn++
		p.call("completed", endedNote(p.s))
		p.stage(ctx)
		calm, _ := workflow.NewDisconnectedContext(ctx)
		_, err = p.s.Report(calm, p.Owner()+"/completed", change.Verifying, p.s.Number+": every ring is proven.")
		return err
	})
}

// awaitWord waits for the person who may still act: order one more try, take back
// what is complete, or lift the bar, through this rollout or another. A completed
// rollout ends with the time in which its targets are watched, unless one of them
// is undone.
func (p *process) awaitWord(ctx workflow.Context) error {
	until := zero
	look, shown := false, zero
	if p.s.State == rules.Completed {
		shown = p.s.Ended.Add(p.s.Route.Watch)
		if until, look = p.lookDue(); !look {
			until = shown
		}
	}
	barred := p.s.State == rules.RolledBack
	if barred {
		until = rules.NextBarLook(p.s.barredAt(), p.s.Looked)
	}
	if !p.still {
		p.stageUntil(ctx, shown)
	}
	p.still = false
	turn := p.s.Turn
	late, err := p.Await(ctx, until, func() bool { return p.s.Turn != turn || p.s.Lifted })
	if err != nil || !late {
		return err
	}
	if look {
		return p.lookAfter(ctx)
	}
	if barred {
		return p.lookForLift(ctx)
	}
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Completed || p.s.Order != nil {
			return nil
		}
		ev := p.event(ctx, "closed", rules.EventClosed, rules.Completed, rules.MovedFacts{From: rules.Completed, To: rules.Completed, Detail: "the time in which its targets are watched is over"})
		ev.Final = true
		if err := p.recorded(ctx, ev); err != nil {
			return err
		}
		p.s.Lifted = true // nothing is left to wait for
		p.stage(ctx)
		return nil
	})
}

// lookForLift asks the log whether the bar was lifted through another rollout. A
// crash in between makes it ask again.
func (p *process) lookForLift(ctx workflow.Context) error {
	found, err := p.readBars(ctx)
	if err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		p.s.Bars, p.s.Looked = found.Bars, workflow.Now(ctx)
		p.still = true
		return p.released(ctx)
	})
}
