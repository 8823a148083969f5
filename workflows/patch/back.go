package patch

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// turnBack begins the way back. It waits for nothing: not for the log, an
// approval, a freeze or another act (P9). The whole of it is decided here, once.
func (p *process) turnBack(ctx workflow.Context, trigger rules.Reason, ring int, by compliance.PersonID) {
	now := workflow.Now(ctx)
	w, why := rules.PlanRollback(trigger, p.s.payload().Digest, p.standings(), p.freezes(), now)
	if why != rules.OK {
		return
	}
	w.Guarded = p.s.State == rules.Completed
	p.s.Round++
	p.s.WayBack, p.s.Results = &w, nil
	for i := range p.s.Rings {
		if p.s.Rings[i].State.Touched() {
			p.s.Rings[i].State = rules.Restoring
		}
	}
	p.behind(ctx, p.back("decided"), rules.EventReverting, rules.Reverting, rules.WayBackFacts{WayBack: w})
	p.s.State, p.s.Reason, p.s.HeldRing, p.s.HeldAt = rules.Reverting, trigger, ring, ""
	p.s.Turn++
	p.s.ApprovalBy = zero
	p.call(p.back("called"), backNote(p.s, by), w.Owners...)
	p.stage(ctx)
}

// back is a logical step of this round of the way back.
func (p *process) back(step string) string { return fmt.Sprintf("back/%d/%s", p.s.Round, step) }

// standings are what the way back needs to know of the targets. One that is back
// from an earlier round is not touched again.
func (p *process) standings() []rules.TargetStanding {
	out := make([]rules.TargetStanding, 0, len(p.s.Targets))
	for _, t := range p.s.Targets {
		out = append(out, rules.TargetStanding{Target: t.ID, Ring: t.Ring, Touched: t.Touched, History: t.History})
	}
	return out
}

// freezes are those of the rings that were touched, as they were read last.
func (p *process) freezes() change.Schedule {
	var out change.Schedule
	for i, r := range p.s.Rings {
		if r.State.Touched() && i < len(p.s.Schedules) {
			out.Freezes = append(out.Freezes, p.s.Schedules[i].Schedule.Freezes...)
		}
	}
	return out
}

// goBack takes the way back: the last ring first, the targets of one ring together
// and begun in the reverse of their order, each step at most once (P7). A step
// that fails is called about and left; the others still go back. Between two rings
// a long history may be left behind: what has ended is in the state.
func (p *process) goBack(ctx workflow.Context) error {
	w := *p.s.WayBack
	p.raise(ctx)
	for {
		move, ring := w.NextRestores(p.s.Results)
		if move != rules.RestoreNext {
			return p.wentBack(ctx, move)
		}
		begun, done := 0, 0
		for _, step := range ring {
			if err := workflow.Await(ctx, func() bool { return begun-done < together }); err != nil {
				return err
			}
			begun++
			workflow.GoNamed(ctx, "restore "+step.Target, func(ctx workflow.Context) {
				p.restore(ctx, step)
				p.raise(ctx)
				done++
			})
		}
		if err := workflow.Await(ctx, func() bool { return done == begun }); err != nil {
			return err
		}
		if p.mayContinue(ctx) {
			return nil
		}
	}
}

// restore takes one step and notes how it ended.
func (p *process) restore(ctx workflow.Context, step rules.Restore) {
	at := p.target(step.Target)
	route := p.place(step.Target)
	in := steps.RestoreTargetInput{
		Target:   route.Target,
		Artifact: compliance.Artifact{Blob: step.To.Artifact, Content: step.To.Digest, Version: step.To.Version},
		Key:      p.Owner() + "/" + p.back(step.Target), Suite: at.Suite, Definition: p.s.Route.Suite(at.Suite),
		Over: p.s.WayBack.Over(p.s.payload().Digest, step),
	}
	// The step retries by itself for a while; after that a person has to look.
	out, err := steps.RestoreTarget(ctx, in)
	result := rules.RestoreResult{Target: step.Target, Verified: err == nil && out.Verified, LeftAlone: out.LeftAlone, At: workflow.Now(ctx), Detail: out.Detail}
	if err != nil {
		result.Detail = steps.Explain(err).Text
	}
	if result.Verified {
		at.Touched, at.Deployed, at.Saved = false, false, false
		result.Detail = ""
	}
	p.s.Results = append(p.s.Results, result)
	facts := rules.TargetFacts{Target: step.Target, Ring: step.Ring, Digest: out.Served.Content, Before: &step.To, Detail: result.Detail}
	facts.Reason = result.Why()
	if out.Check != nil {
		facts.Outcome = out.Check.Outcome
	}
	ev := p.event(ctx, p.back(step.Target), rules.EventRestored, "", facts)
	if out.Check != nil && out.Check.Report != "" {
		ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "report", Digest: out.Check.Report})
	}
	p.RecordBehind(steps.RecordEventsInput{Events: []evidence.Event{ev}})
	p.Show()
}

// raise calls somebody about every target that the way back left behind, once each (P7).
func (p *process) raise(ctx workflow.Context) {
	for _, stuck := range p.s.WayBack.Pages(p.s.Results) {
		key := p.back("page/" + stuck.Target)
		if slices.Contains(p.s.Paged, key) {
			continue
		}
		p.s.Paged = append(p.s.Paged, key)
		p.behind(ctx, p.back("stranded/"+stuck.Target), rules.EventStranded, "", rules.TargetFacts{Target: stuck.Target, Ring: stuck.Ring, Reason: stuck.Reason})
		p.call(key, strandedNote(p.s, stuck))
	}
}

// wentBack ends this round: restored, or stranded until a person orders one more try.
func (p *process) wentBack(ctx workflow.Context, move rules.BackMove) error {
	for i := range p.s.Rings {
		if p.s.Rings[i].State == rules.Restoring {
			p.s.Rings[i].State = rules.Restored
			for _, t := range p.s.Targets {
				if t.Ring == i && t.Touched {
					p.s.Rings[i].State = rules.Lost
				}
			}
		}
	}
	if move == rules.EndStranded {
		p.behind(ctx, p.back("ended"), rules.EventStranded, rules.Stranded, p.wayBackFacts(nil))
		p.s.State = rules.Stranded
		p.s.Turn++
		p.call(p.back("stranded"), endedNote(p.s))
		p.endOrders(ctx, false, p.leftBehind())
		p.stage(ctx)
		_, err := p.s.Report(ctx, p.Owner()+"/"+p.back("reported"), change.Failed, p.s.Number+" could not take everything back; somebody was called.")
		return err
	}
	return p.restored(ctx)
}

func (p *process) wayBackFacts(bar *rules.Bar) rules.WayBackFacts {
	return rules.WayBackFacts{WayBack: *p.s.WayBack, Results: p.s.Results, Paged: p.s.WayBack.Pages(p.s.Results), Bar: bar}
}

// restored bars the payload from every ring of every rollout (P8), tells the
// change, and closes. Whoever ordered it hears at once; nothing else is urgent any
// more, and is on record before it counts.
func (p *process) restored(ctx workflow.Context) error {
	p.endOrders(ctx, true, p.s.Number+" was rolled back; every target is verified in its earlier state.")
	if err := workflow.Await(ctx, p.Caught); err != nil {
		return err
	}
	bar := rules.Bar{Digest: p.s.payload().Digest, Number: p.s.Number, Reason: p.s.WayBack.Trigger, At: workflow.Now(ctx).UTC()}
	own := p.event(ctx, p.back("barred"), rules.EventBarred, "", p.wayBackFacts(&bar))
	general := p.event(ctx, p.back("barred/payload"), rules.EventBarred, "", rules.WayBackFacts{WayBack: rules.WayBack{Trigger: bar.Reason}, Bar: &bar})
	general.Subject = rules.PayloadSubject(bar.Digest)
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{own, general}}); err != nil {
		return err
	}
	p.s.Bars = append(p.s.Bars, bar)
	if _, err := p.s.Report(ctx, p.Owner()+"/"+p.back("reported"), change.RolledBack, p.s.Number+" was rolled back; every target is verified in its earlier state."); err != nil {
		return err
	}
	if err := p.close(ctx, rules.RolledBack, p.s.WayBack.Trigger, p.s.Detail); err != nil {
		return err
	}
	p.call(p.back("restored"), endedNote(p.s))
	return nil
}

// place is a target as capabilities reach it.
func (p *process) place(id string) rules.RouteTarget {
	for _, t := range p.s.Route.Targets {
		if t.ID == id {
			return t
		}
	}
	return rules.RouteTarget{}
}
