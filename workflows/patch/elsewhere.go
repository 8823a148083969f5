package patch

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// taking is what this rollout is about to take: every target of its plan, so that
// no two of them can each hold what the other one needs next.
func (p *process) taking() *steps.Taking {
	t := &steps.Taking{Subject: p.Self, Passed: p.s.Passed}
	for _, at := range p.s.Targets {
		t.Targets = append(t.Targets, at.ID)
	}
	return t
}

// waitsElsewhere reports whether the halt ends by itself. A person's stop does not.
func (p *process) waitsElsewhere() bool {
	return p.s.State == rules.Held && !p.s.Stopped && rules.WaitsElsewhere(p.s.Reason)
}

// lookElsewhere asks the log again whether what holds the rollout is over. A crash
// in between makes it ask again.
func (p *process) lookElsewhere(ctx workflow.Context) error {
	p.s.Awaited++
	found, err := p.readBars(ctx)
	if err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		p.s.Bars, p.s.Others = found.Bars, found.Others
		if !p.waitsElsewhere() {
			return nil // somebody acted meanwhile
		}
		if text := rules.TakenText(p.s.Others); p.s.Reason == rules.TargetsTaken && text != "" && text != p.s.Detail {
			p.s.Detail = text // another one, or the same in another state
			p.s.Turn++
			p.Show()
		}
		return p.released(ctx)
	})
}

// released takes over that what was waited for is over elsewhere: the bar was
// lifted through another rollout, or the rollout in the way has ended. One that was
// rolled back has nothing left to wait for, one that is held goes on. It runs alone.
func (p *process) released(ctx workflow.Context) error {
	if p.s.State == rules.Held && p.s.Reason == rules.TargetsTaken {
		return p.free(ctx)
	}
	held := p.s.State == rules.Held && p.s.Reason == rules.PayloadBarred
	if p.s.Lifted || !held && p.s.State != rules.RolledBack {
		return nil
	}
	bar, ok := rules.Released(p.s.State, p.s.Number, p.s.Bars, p.s.payload().Digest)
	if !ok {
		return nil
	}
	to := rules.State("") // that it was rolled back is on record as its last state
	if held {
		to = rules.Rolling
	}
	if err := p.record(ctx, p.sequence("released"), rules.EventBarLifted, to, rules.WayBackFacts{Bar: &bar}); err != nil {
		return err
	}
	switch {
	case p.s.State == rules.RolledBack:
		p.s.Lifted = true
	case p.s.State == rules.Held && p.s.Reason == rules.PayloadBarred: // the way back may have begun meanwhile
		p.resume(false)
	}
	p.s.Logged(compliance.Fact{Text: "Bar lifted through another rollout by", People: []compliance.PersonID{bar.Lifted.By}, At: bar.Lifted.At})
	p.s.Turn++
	p.stage(ctx)
	return nil
}

// free lets the rollout go on when nothing is under way on its targets any more.
// The next ring's start asks once more.
func (p *process) free(ctx workflow.Context) error {
	if len(p.s.Others) > 0 {
		return nil
	}
	facts := rules.MovedFacts{From: rules.Held, To: rules.Rolling, Detail: "no longer under way: " + p.s.Detail}
	if err := p.record(ctx, p.sequence("free"), rules.EventResumed, rules.Rolling, facts); err != nil {
		return err
	}
	if p.s.State != rules.Held || p.s.Reason != rules.TargetsTaken {
		return nil // the way back began meanwhile
	}
	p.s.Logged(compliance.Fact{Text: "Goes on by itself: its targets are free", At: workflow.Now(ctx)})
	p.resume(false)
	p.s.Turn++
	p.stage(ctx)
	return nil
}

// pass lets the next ring start beside the rollouts at rest that are shown.
func (p *process) pass() {
	for _, o := range p.s.Others {
		if o.AtRest() && !slices.Contains(p.s.Passed, o.Number) {
			p.s.Passed = append(p.s.Passed, o.Number)
		}
	}
	p.s.Others = nil // read again before it counts
}
