package incident

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// enter begins a page: it is in the state before anything is sent, so that a
// crash leaves a page under way and never a step that nobody knows of. Who is
// on call is read now (I5).
func (p *process) enter(ctx workflow.Context, d rules.Decision) error {
	s, now := &p.s, workflow.Now(ctx)
	was := s.Standing.State
	s.Standing = s.Standing.Enter(d, now)
	n := s.Standing.Page
	s.Pages = append(s.Pages, Page{N: n, Decision: d, At: now, Step: p.stepName(d.Place)})
	if d.Reason == rules.AckExpired {
		p.behind(ctx, rules.EventAckExpired, rules.Triggered, rules.MovedFacts{From: was, To: rules.Triggered, Reason: d.Reason, Due: d.At})
		p.Tell(expiredNote(s, d), statusTriggered)
		s.Handover = nil
	}
	p.move()
	found, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedTargets, error) {
		return steps.ResolveTargets(ctx, steps.ResolveTargetsInput{Targets: d.Targets, Last: s.last(), At: now})
	})
	if err != nil {
		return err
	}
	page := s.page(n)
	page.Known, page.OnCall = true, found.OnCall
	p.watch(found.OnCall)
	for _, who := range found.People {
		page.To = append(page.To, recipient(who))
	}
	p.paging(ctx, page)
	for _, r := range page.To {
		p.send(ctx, n, r)
	}
	p.settle(ctx, n)
	return nil
}

// recipient is somebody before anything was sent to them.
func recipient(who steps.Called) *Recipient {
	r := &Recipient{Called: who}
	r.Person, r.Inactive, r.Reach = who.Person, who.Inactive, rules.ReachPending
	if who.Contact != "" {
		r.Person = contact(who.Contact)
	}
	return r
}

// contact stands for a fixed contact where people are named; no directory has
// such a person.
func contact(name string) compliance.PersonID { return compliance.PersonID("contact:" + name) }

func (p *process) stepName(at rules.Place) string {
	steps := p.s.Plan.Policy.Steps
	if at.Phase == rules.PhaseStep && at.Step >= 1 && at.Step <= len(steps) {
		return steps[at.Step-1].Name
	}
	return ""
}

// paging puts on record who is paged and why, and the finding that it may be.
func (p *process) paging(ctx workflow.Context, page *Page) {
	facts := pageFacts(page)
	ev := p.head().Event(rules.StepKey(p.Owner(), page.N, "paging"), rules.EventPaging, workflow.Now(ctx))
	ev.State, ev.Facts = string(p.s.Standing.State), desk.Encoded(facts)
	p.RecordBehind(steps.RecordEventsInput{Events: append(one(ev), p.finding(ctx, page, facts)...)})
	for i := range page.To {
		p.settleInactive(page.To[i])
	}
}

// settleInactive ends the page of somebody who is not to be paged.
func (p *process) settleInactive(r *Recipient) {
	if r.Inactive {
		r.Over, r.Reach, r.Why = true, rules.ReachNobody, rules.AllInactive
	}
}

// settle notes what became of a page over all it was for, as soon as it is
// known (I4), and puts it on record once nothing is under way.
func (p *process) settle(ctx workflow.Context, n int) {
	page := p.s.page(n)
	if page == nil || !page.Known || page.Settled {
		return
	}
	all := make([]rules.Recipient, len(page.To))
	over := true
	for i, r := range page.To {
		all[i] = r.Recipient
		over = over && r.Over
	}
	reach, why := rules.StepReach(all)
	if reach != rules.ReachPending && (over || reach != rules.ReachNobody) {
		p.s.Standing = p.s.Standing.Settle(n, reach, why, workflow.Now(ctx))
	}
	if over {
		page.Settled = true
		facts := pageFacts(page)
		facts.Reach, facts.Why = reach, why
		ev := p.head().Event(rules.StepKey(p.Owner(), n, "paged"), rules.EventPaged, workflow.Now(ctx))
		ev.Facts = desk.Encoded(facts)
		p.RecordBehind(steps.RecordEventsInput{Events: one(ev)})
	}
	p.move()
}

func pageFacts(page *Page) rules.PageFacts {
	d := page.Decision
	f := rules.PageFacts{
		Page: page.N, Phase: d.Phase, Round: d.Round, Step: d.Step, Reason: d.Reason, Due: d.At, Late: d.Late,
		Targets: d.Targets, OnCall: page.OnCall, Finding: d.Finding,
	}
	for _, r := range page.To {
		f.To = append(f.To, rules.Sent{Recipient: r.Recipient, Attempts: r.Attempts})
	}
	return f
}
