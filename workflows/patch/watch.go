package patch

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// tellUnseen is from how many looks in a row on people are told that a target
// cannot be seen: one may be its restart.
const tellUnseen = 2

// lookDue is when the targets of a completed rollout are looked at next; false
// when the time of watching is over.
func (p *process) lookDue() (time.Time, bool) {
	return rules.NextLook(p.s.Ended, p.s.Looked, p.s.Unseen > 0, p.s.Route.Watch, len(p.s.Undone))
}

// lookAfter looks at every target of a completed rollout: whether it still serves
// the payload and passes its tests (P25). Nothing is written to it. What is undone
// is on record, counts its deadlines again from their old start, and calls
// somebody; whether to put it back or to take the rollout back is theirs to say.
func (p *process) lookAfter(ctx workflow.Context) error {
	p.s.Looks++
	looks := make([]rules.Look, len(p.s.Route.Targets))
	begun, done := 0, 0
	for i, t := range p.s.Route.Targets {
		if err := workflow.Await(ctx, func() bool { return begun-done < together }); err != nil {
			return err
		}
		begun++
		workflow.GoNamed(ctx, "look at "+t.ID, func(ctx workflow.Context) {
			looks[i] = p.lookAt(ctx, t)
			done++
		})
	}
	if err := workflow.Await(ctx, func() bool { return done == begun }); err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Completed {
			return nil
		}
		return p.judgeLooks(ctx, looks)
	})
}

// lookAt reads and calls one target.
func (p *process) lookAt(ctx workflow.Context, t rules.RouteTarget) rules.Look {
	look := rules.Look{Target: t.ID, Outcome: rules.Error}
	served, err := steps.VerifyTarget(ctx, steps.VerifyTargetInput{Target: t.Target, Content: p.s.Artifact.Content})
	if err != nil {
		look.Detail = steps.Explain(err).Text
		return look
	}
	look.Content, look.Detail = served.Served.Content, served.Served.Detail
	if look.Content != p.s.Artifact.Content {
		return look
	}
	var results []rules.CheckResult
	suites := p.s.Route.Plan.Rings[t.Ring].Suites
	for _, name := range suites {
		report, err := steps.RunSuite(ctx, steps.RunSuiteInput{Target: t.Target, Suite: name, Definition: p.s.Route.Suite(name), Content: look.Content})
		if err != nil {
			report = compliance.CheckReport{Check: name, Outcome: rules.Error, Detail: steps.Explain(err).Text}
		}
		if report.Outcome != rules.Pass {
			look.Detail = name + ": " + report.Detail
		}
		results = append(results, rules.CheckResult{Suite: name, Outcome: report.Outcome})
	}
	look.Outcome = rules.Combine(suites, results)
	return look
}

// judgeLooks records what changed since the last look, and takes it over.
func (p *process) judgeLooks(ctx workflow.Context, looks []rules.Look) error {
	var events []evidence.Event
	undone := slices.Clone(p.s.Undone)
	unseen, why := 0, ""
	for _, l := range looks {
		reason, known := rules.JudgeLook(l, p.s.Artifact.Content)
		at := slices.IndexFunc(undone, func(u rules.Undone) bool { return u.Target == l.Target })
		facts := rules.TargetFacts{Target: l.Target, Ring: p.place(l.Target).Ring, Digest: l.Content, Reason: reason, Outcome: l.Outcome, Detail: compliance.Cut(l.Detail, 300)}
		kind := rules.EventReopened
		switch {
		case !known:
			unseen, why = unseen+1, l.Target+": "+l.Detail
			continue
		case reason == rules.OK && at >= 0:
			kind, facts.Detail = rules.EventMended, ""
			undone = slices.Delete(undone, at, at+1)
		case reason != rules.OK && at >= 0 && undone[at].Reason != reason:
			undone[at] = rules.Undone{Target: l.Target, Reason: reason, Detail: facts.Detail}
		case reason != rules.OK && at < 0:
			undone = append(undone, rules.Undone{Target: l.Target, Reason: reason, Detail: facts.Detail})
		default:
			continue // as it was
		}
		events = append(events, p.event(ctx, fmt.Sprintf("look/%d/%s", p.s.Looks, l.Target), kind, "", facts))
	}
	if len(events) > 0 {
		if _, err := p.Record(ctx, steps.RecordEventsInput{Events: events}); err != nil {
			return err
		}
	}
	reopened := len(undone) > 0 && len(p.s.Undone) == 0
	p.s.Undone, p.s.Looked = undone, workflow.Now(ctx)
	if p.s.Unseen++; unseen == 0 {
		p.s.Unseen = 0
		p.Recovered(AtPlatform)
	} else if p.s.Unseen >= tellUnseen {
		p.Troubled(ctx, AtPlatform, compliance.Cut(why, 300))
	}
	p.still = len(events) == 0
	if !p.still {
		p.s.Turn++
		p.call(fmt.Sprintf("look/%d", p.s.Looks), watchedNote(p.s))
		p.stage(ctx)
	}
	if reopened {
		calm, _ := workflow.NewDisconnectedContext(ctx) // it outlives this look
		p.warn(calm)                                    // with the old start; warnings that were sent are not sent again
	}
	return nil
}
