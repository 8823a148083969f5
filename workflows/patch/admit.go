package patch

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// admit asks the rules what this rollout does and gives it its number, in the
// same append as its deadlines. What cannot be rolled out is refused here, with
// every reason at once, under a number (P22).
func (p *process) admit(ctx workflow.Context) error {
	if p.s.Number != "" {
		return nil // continued as new
	}
	if err := p.Acting.Lock(ctx); err != nil {
		return err
	}
	defer p.Acting.Unlock()
	if !p.s.Asked.Actor.IsZero() {
		p.s.Asked.Vulnerabilities = rules.Named(p.s.Asked.Vulnerabilities, workflow.GetInfo(ctx).WorkflowStartTime)
	}
	resolved, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedRollout, error) {
		a := p.s.Asked
		return steps.ResolveRollout(ctx, steps.ResolveRolloutInput{
			System: a.System, Class: a.Class, Requester: a.Actor, Vulnerabilities: a.Vulnerabilities, Risk: a.Risk, Payload: named(a.Payload),
		})
	})
	if err != nil {
		return err
	}
	p.s.Route, p.s.Problems = &resolved.Route, resolved.Problems
	for _, d := range resolved.Deadlines {
		if d.Reason == rules.OK {
			p.s.Clocks = append(p.s.Clocks, Clock{Clock: d.Clock, Unused: d.Unused})
		} else {
			p.s.Problems = append(p.s.Problems, rules.Problem{Field: d.Clock.Vulnerability, Text: d.Reason.Text()})
		}
	}
	over, err := p.number(ctx, resolved.Reason)
	if err != nil || over {
		return err
	}
	if resolved.Reason != rules.OK {
		return p.refuse(ctx, resolved.Reason)
	}
	p.stage(ctx)
	return nil
}

// named is a payload as it can be named before its content is known.
func named(s *Stored) rules.Payload {
	if s == nil {
		return rules.Payload{}
	}
	return rules.Payload{Title: s.Title, Version: s.Version}
}

// number puts the request and its deadlines on record and takes the number that
// the log allocates. over reports that this rollout was over before.
func (p *process) number(ctx workflow.Context, reason rules.Reason) (over bool, err error) {
	a, now := p.s.Asked, workflow.Now(ctx)
	facts := rules.ReceivedFacts{System: a.System, Title: p.title(), Authors: p.authors(), Advisory: a.Advisory, Revision: a.Revision, Payload: named(a.Payload)}
	for _, v := range a.Vulnerabilities {
		facts.CVEs = append(facts.CVEs, v.ID)
	}
	if !a.Actor.IsZero() {
		p.s.Statements = rules.Statements(a.Vulnerabilities)
		facts.Statements = p.s.Statements
	}
	received := p.event(ctx, "received", rules.EventReceived, rules.Assessing, facts)
	received.Series = Series
	if a.Payload != nil {
		received.Blobs = append(received.Blobs, evidence.BlobRef{Role: "payload", Digest: a.Payload.Blob})
	}
	if h := p.s.Route.RulesHash; h != "" {
		received.Blobs = append(received.Blobs, evidence.BlobRef{Role: "rules", Digest: "sha256:" + h})
	}
	events := []evidence.Event{received}
	for i, c := range p.s.Clocks {
		events = append(events, p.event(ctx, fmt.Sprintf("clock/%d", i), rules.EventClock, "", rules.ClockFacts{Clock: c.Clock, Unused: c.Unused}))
	}
	in := steps.RecordEventsInput{Events: events, OnlyOpen: true}
	if !a.Actor.IsZero() {
		in.Acted = []steps.Acted{{Event: 0, Inbound: compliance.Inbound{Actor: a.Actor, Received: now}}}
	}
	out, err := p.Record(ctx, in)
	if err != nil {
		return false, err
	}
	if out.Over != nil {
		p.s.Number, p.s.State, p.s.Lifted, p.Foreign = out.Over.Number, rules.State(out.Over.State), true, true
		return true, nil
	}
	p.s.Number = out.Receipts[0].Number
	if out.Resumed {
		// An operator ended the earlier run: its card and its comments exist.
		p.s.Life, p.Again = "/"+p.First[:min(8, len(p.First))], true
	}
	return false, nil
}

// authors are who asked for the rollout: none of them approves its emergency
// rollback. A rollout that an advisory asked for has none until somebody provides
// its payload.
func (p *process) authors() []compliance.PersonID {
	if r := p.s.Route; r != nil && r.Requester != "" {
		return []compliance.PersonID{r.Requester}
	}
	return nil
}

// refuse ends a rollout that cannot begin.
func (p *process) refuse(ctx workflow.Context, reason rules.Reason) error {
	err := p.record(ctx, p.sequence("planned"), rules.EventPlanned, "", rules.PlannedFacts{Plan: p.s.Route.Plan, Hash: p.s.Hash, Triggers: rules.Triggers(), Problems: p.s.Problems})
	if err != nil {
		return err
	}
	p.call("refused", refusedNote(p.s, reason))
	return p.close(ctx, rules.Rejected, reason, problemText(p.s.Problems))
}

// assess finds out what the payload means to the targets, fixes the plan, and has
// it approved. An advisory waits here, with its clocks running, until somebody
// provides what mends it.
func (p *process) assess(ctx workflow.Context) error {
	if p.s.Asked.Payload == nil {
		_, err := p.Await(ctx, zero, func() bool { return p.s.Asked.Payload != nil })
		return err
	}
	report, err := desk.Outlast(ctx, p.Desk, AtPlatform, func(bool) (compliance.ArtifactReport, error) {
		return steps.ValidateArtifact(ctx, steps.ValidateArtifactInput{Target: p.s.Route.Targets[0].Target, Blob: p.s.Asked.Payload.Blob})
	})
	if err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		plan := &p.s.Route.Plan
		plan.Payload = named(p.s.Asked.Payload)
		plan.Payload.Digest = report.Content
		p.s.Problems = nil
		for _, f := range report.Problems {
			p.s.Problems = append(p.s.Problems, rules.Problem{Field: "payload", Text: f.Where + ": " + f.Text})
		}
		p.s.Problems = append(p.s.Problems, plan.Check()...)
		if len(p.s.Problems) > 0 {
			return p.refuse(ctx, rules.PlanRefused)
		}
		return p.planned(ctx)
	})
}

// planned fixes the plan: from here on nothing about it changes (P6).
func (p *process) planned(ctx workflow.Context) error {
	plan := p.s.Route.Plan
	text, hash, err := fixed(plan)
	if err != nil {
		p.s.Problems = []rules.Problem{{Field: "plan", Text: err.Error()}}
		return p.refuse(ctx, rules.PlanRefused)
	}
	p.s.Hash, p.s.PlanDigest = hash, change.PlanDigest(text)
	p.s.Artifact = compliance.Artifact{Blob: p.s.Asked.Payload.Blob, Content: plan.Payload.Digest, Version: plan.Payload.Version}
	p.s.Rings = make([]rules.RingStanding, len(plan.Rings))
	p.s.Schedules = make([]Calendar, len(plan.Rings))
	for i := range p.s.Rings {
		p.s.Rings[i].State = rules.Waiting
	}
	p.s.Targets = nil
	for _, t := range p.s.Route.Targets {
		p.s.Targets = append(p.s.Targets, Target{ID: t.ID, Ring: t.Ring})
	}
	ev := p.event(ctx, "planned", rules.EventPlanned, rules.Approving, rules.PlannedFacts{Plan: plan, Hash: hash, Triggers: rules.Triggers()})
	for _, s := range p.s.Route.Suites {
		ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "suite", Digest: s.Digest})
	}
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return err
	}
	p.s.State = rules.Approving
	p.s.Turn++
	p.stage(ctx)
	return nil
}

// fixed is the text and the hash of a plan: pure, and the same in a replay.
//
//workflowcheck:ignore
func fixed(plan rules.Plan) (text, hash string, err error) {
	if hash, err = plan.Hash(); err != nil {
		return "", "", err
	}
	text, err = plan.Text()
	return text, hash, err
}
