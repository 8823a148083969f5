package patch

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// horizon is how far ahead calendars are resolved for the next opening.
const horizon = 60 * 24 * time.Hour

// retryPause is the wait before tests that could not be run are run again, for
// each attempt so far.
const retryPause = 30 * time.Second

// advance makes the one move that the rules say is next, or waits for its end.
// Every wait is one durable timer to an instant, woken by messages: nothing polls.
func (p *process) advance(ctx workflow.Context) error {
	if over, err := p.unapproved(ctx); over || err != nil {
		return err
	}
	d := p.next(ctx)
	switch d.Move {
	case rules.RollBack:
		p.turnBack(ctx, d.Reason, d.Ring, "")
		return nil
	case rules.StartRing:
		return p.startRing(ctx, d)
	case rules.Proceed:
		return p.soak(ctx, d)
	case rules.Probe:
		return p.check(ctx, d.Ring)
	case rules.Retry:
		if err := workflow.Sleep(ctx, time.Duration(p.s.Rings[d.Ring].Attempts)*retryPause); err != nil {
			return err
		}
		return p.check(ctx, d.Ring)
	case rules.Prove:
		return p.prove(ctx, d)
	case rules.Finish:
		return p.finish(ctx)
	case rules.Hold:
		return p.hold(ctx, d)
	}
	return p.await(ctx, d)
}

// next asks the rules, with the calendar of the ring that would begin.
func (p *process) next(ctx workflow.Context) rules.Decision {
	return rules.Next(p.s.situation(p.s.waiting()), workflow.Now(ctx))
}

// await waits for the end of what the rules wait for, or works on the ring that
// is under way.
func (p *process) await(ctx workflow.Context, d rules.Decision) error {
	if d.Reason == rules.InProgress && p.s.State == rules.Rolling {
		return p.work(ctx, d.Ring)
	}
	if p.s.State == rules.Rolling && calendar(d.Reason) {
		if p.look() != p.looked {
			return p.reread(ctx, d.Ring)
		}
		if d.At.IsZero() {
			d.Move, d.Reason = rules.Hold, rules.NoOpening
			return p.hold(ctx, d)
		}
	}
	until := d.At
	elsewhere := p.waitsElsewhere()
	if elsewhere {
		until = workflow.Now(ctx).Add(rules.NextLookElsewhere(p.s.Awaited))
	}
	if by := p.s.ApprovalBy; !by.IsZero() && (until.IsZero() || by.Before(until)) && by.After(workflow.Now(ctx)) {
		until = by
	}
	if !elsewhere { // what people see is that it is held, not when it is looked at again
		p.stageUntil(ctx, until)
	}
	turn, approval, bars := p.s.Turn, p.s.Approval, len(p.s.Bars)
	late, err := p.Await(ctx, until, func() bool { return p.s.Turn != turn || p.s.Approval != approval || len(p.s.Bars) != bars })
	p.looked = "" // what was read before the wait is old now
	if err == nil && late && elsewhere {
		return p.lookElsewhere(ctx)
	}
	return err
}

func calendar(r rules.Reason) bool {
	switch r {
	case rules.Frozen, rules.WindowClosed, rules.DoesNotFit, rules.NoOpening:
		return true
	}
	return false
}

// look names the moment that bars and calendars were read for.
func (p *process) look() string { return fmt.Sprintf("%d/%d", p.s.waiting(), p.s.Turn) }

// reread reads what may have changed outside since: the bars on the payload, set
// by any rollout (P8), what else is under way on the targets, and the calendar with
// the freezes of now (P9).
func (p *process) reread(ctx workflow.Context, ring int) error {
	found, err := p.readBars(ctx)
	if err != nil {
		return err
	}
	p.s.Bars, p.s.Others = found.Bars, found.Others
	now := workflow.Now(ctx)
	r := p.s.Route
	resolved, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedSchedule, error) {
		return steps.ResolveSchedule(ctx, steps.ResolveScheduleInput{
			System: r.System, Environment: r.EnvironmentOf(ring), From: now, Until: now.Add(horizon),
		})
	})
	if err != nil {
		return err
	}
	p.s.Schedules[ring] = Calendar{Schedule: resolved.Schedule, Read: now}
	p.looked = p.look()
	return nil
}

// readBars reads the bars on the payload, whichever rollout set or lifted them, and
// what else is under way on the targets.
func (p *process) readBars(ctx workflow.Context) (steps.ReadBarsResult, error) {
	return desk.Outlast(ctx, p.Desk, desk.AtEvidence, func(bool) (steps.ReadBarsResult, error) {
		return steps.ReadBars(ctx, steps.ReadBarsInput{Payload: p.s.payload().Digest, Taking: p.taking()})
	})
}

// startRing begins a ring when everything that was read for it is of now. The
// decision is made a last time in the same task that records it.
func (p *process) startRing(ctx workflow.Context, d rules.Decision) error {
	if p.look() != p.looked {
		return p.reread(ctx, d.Ring)
	}
	if d.Ring == 0 {
		if begun, err := p.startChange(ctx); err != nil || !begun {
			p.looked = ""
			return err
		}
	}
	defer func() { p.looked = "" }()
	return p.decided(ctx, d, func() error {
		facts := p.ringFacts(d.Ring, rules.Preparing, rules.OK)
		facts.Move = rules.StartRing
		ev := p.event(ctx, p.step(d.Ring, "started"), rules.EventRingStarted, rules.Rolling, facts)
		out, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}, OnlyFree: p.taking()})
		if err != nil {
			return err
		}
		if p.s.Others = out.Others; len(out.Others) > 0 {
			return nil // another one began a moment ago: nothing is on record, and the next move is a halt
		}
		p.move(ctx, d.Ring, rules.Preparing)
		return nil
	})
}

// decided runs f while nobody acts, if the decision still stands.
func (p *process) decided(ctx workflow.Context, d rules.Decision, f func() error) error {
	return p.Locked(ctx, func() error {
		if now := p.next(ctx); now.Move != d.Move || now.Ring != d.Ring || now.Reason != d.Reason {
			return nil // something came in between; the loop asks again
		}
		return f()
	})
}

// step is the logical step of a ring, which may happen more than once.
func (p *process) step(ring int, name string) string {
	return p.sequence(fmt.Sprintf("ring/%d/%s", ring+1, name))
}

// move moves a ring. What the table does not allow is a fault of the program, and
// leaves the ring where it is.
func (p *process) move(ctx workflow.Context, ring int, to rules.RingState) {
	r := &p.s.Rings[ring]
	if r.State != to && !rules.CanMoveRing(r.State, to) {
		p.Logger.Error("no edge of the ring leads there", "ring", ring, "from", r.State, "to", to)
		return
	}
	r.State = to
	p.s.Turn++
	p.stage(ctx)
}

// soak begins the soak of a ring that is verified healthy (P2).
func (p *process) soak(ctx workflow.Context, d rules.Decision) error {
	return p.decided(ctx, d, func() error {
		facts := p.ringFacts(d.Ring, rules.Soaking, rules.OK)
		facts.Move, facts.SoakEnds = rules.Proceed, d.At
		if err := p.record(ctx, p.step(d.Ring, "soaking"), rules.EventSoaked, rules.Rolling, facts); err != nil {
			return err
		}
		p.move(ctx, d.Ring, rules.Soaking)
		p.Tell(soakingNote(p.s, d.Ring, d.At), "")
		return nil
	})
}

// prove ends the soak of a ring whose last check passed behind its end.
func (p *process) prove(ctx workflow.Context, d rules.Decision) error {
	return p.decided(ctx, d, func() error {
		facts := p.ringFacts(d.Ring, rules.Proven, rules.OK)
		facts.Move = rules.Prove
		if err := p.record(ctx, p.step(d.Ring, "proven"), rules.EventSoaked, rules.Rolling, facts); err != nil {
			return err
		}
		p.move(ctx, d.Ring, rules.Proven)
		p.Tell(provenNote(p.s, d.Ring, workflow.Now(ctx)), "")
		return nil
	})
}
