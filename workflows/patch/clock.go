package patch

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// warn warns about deadlines for as long as what they are about is not mended, on
// one timer to the nearest warning (P19). No hold, no approval and no vendor stops
// a clock (P20).
func (p *process) warn(ctx workflow.Context) {
	if p.over() {
		return
	}
	p.Background(ctx, "warnings", func(ctx workflow.Context) {
		for {
			i, w, any := p.nextWarning(ctx)
			until := zero
			if any {
				until = w.At
			}
			clocks := p.clocks
			idle := func() bool { return p.mended() || p.clocks != clocks || p.ShouldContinue(ctx) }
			due := any && !until.After(workflow.Now(ctx))
			if !due {
				if err := p.until(ctx, until, idle); err != nil {
					return
				}
				if p.mended() || p.ShouldContinue(ctx) {
					return // the next run goes on with it
				}
				continue
			}
			if err := p.Locked(ctx, func() error { return p.warned(ctx, i, w) }); err != nil {
				return
			}
		}
	})
}

// until waits for an instant or until something moved; zero never comes.
func (p *process) until(ctx workflow.Context, at time.Time, moved func() bool) error {
	if at.IsZero() {
		return workflow.Await(ctx, moved)
	}
	_, err := workflow.AwaitWithTimeout(ctx, at.Sub(workflow.Now(ctx)), moved)
	return err
}

// mended reports whether no deadline is open any more: every target serves the
// payload, or nobody carries this rollout on.
func (p *process) mended() bool {
	return p.s.State == rules.Completed && len(p.s.Undone) == 0 || p.over()
}

// nextWarning is the one to send now or next, over all clocks.
func (p *process) nextWarning(ctx workflow.Context) (int, rules.Warning, bool) {
	now := workflow.Now(ctx)
	at, best, found := 0, rules.Warning{}, false
	for i, c := range p.s.Clocks {
		w, ok := rules.NextWarning(c.Clock, c.Warned, now)
		if ok && (!found || w.At.Before(best.At)) {
			at, best, found = i, w, true
		}
	}
	return at, best, found
}

// warned records a warning and calls its people. Clocks of one vulnerability that
// are at the same point are one warning to the people, and each is on record.
func (p *process) warned(ctx workflow.Context, i int, w rules.Warning) error {
	people := rules.Addressees(w.Point, p.audience(ctx))
	var events []evidence.Event
	var also []int
	for j, c := range p.s.Clocks {
		other, ok := rules.NextWarning(c.Clock, c.Warned, workflow.Now(ctx))
		if j != i && (!ok || other.Point != w.Point || !other.Due.Equal(w.Due)) {
			continue
		}
		also = append(also, j)
		facts := rules.WarnedFacts{Vulnerability: c.Clock.Vulnerability, Asset: c.Clock.Asset, Warning: w, Told: people}
		events = append(events, p.event(ctx, fmt.Sprintf("%s/%s/%s", w.Key(), c.Clock.Vulnerability, c.Clock.Asset), rules.EventWarned, "", facts))
	}
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: events}); err != nil {
		return err
	}
	for _, j := range also {
		p.s.Clocks[j].Warned = rules.Warned{Due: w.Due, Last: w.Point}
	}
	text := warnedNote(p.s, p.s.Clocks[i].Clock, w, len(also))
	p.Call(p.Owner()+"/"+w.Key()+"/"+p.s.Clocks[i].Clock.Vulnerability, text, people...)
	p.Tell(told(text), "")
	return nil
}

// audience is who answers for the targets at this moment: whoever did when the
// rollout was planned may be gone by now (P19). Where nobody is named any more, or
// it cannot be read in time, a warning still goes to somebody: those of the plan.
func (p *process) audience(ctx workflow.Context) rules.Audience {
	r := p.s.Route
	now, err := steps.ResolveAudience(ctx, steps.ResolveAudienceInput{System: r.System, Class: r.Class})
	if err != nil || now.Audience == (rules.Audience{}) {
		p.Logger.Warn("who answers for the targets now is not known; those of the plan are told", "error", err)
		return r.Audience
	}
	return now.Audience
}
