package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// watch remembers the shifts of the rotations that were paged: their ends are
// waited for (I6). A later page of the same rotation replaces what was known.
func (p *process) watch(found []rules.OnCallFacts) {
	for _, d := range found {
		if d.Until.IsZero() || d.Person == "" {
			continue
		}
		w := Watch{Rotation: d.Rotation, Person: d.Person, Until: d.Until}
		replaced := false
		for i := range p.s.Watch {
			if p.s.Watch[i].Rotation == d.Rotation {
				p.s.Watch[i], replaced = w, true
			}
		}
		if !replaced {
			p.s.Watch = append(p.s.Watch, w)
		}
	}
}

// changeShifts follows up every shift that has ended: whoever comes on call is
// paged, too, or asked to take over; nobody loses an incident by the clock (I6).
func (p *process) changeShifts(ctx workflow.Context) {
	now := workflow.Now(ctx)
	var waiting []Watch
	var ended []Watch
	for _, w := range p.s.Watch {
		if now.Before(w.Until) {
			waiting = append(waiting, w)
		} else {
			ended = append(ended, w)
		}
	}
	p.s.Watch = waiting
	if !p.s.Standing.State.Pages() {
		return
	}
	for _, w := range ended {
		p.owe("shift", func(ctx workflow.Context) { p.shiftEnded(ctx, w) })
	}
}

func (p *process) shiftEnded(ctx workflow.Context, w Watch) {
	found, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedTargets, error) {
		return steps.ResolveTargets(ctx, steps.ResolveTargetsInput{
			Targets: []rules.Target{{Kind: rules.TargetRotation, Name: w.Rotation}}, Last: p.s.last(), At: workflow.Now(ctx),
		})
	})
	if err != nil {
		p.Logger.Error("shift not followed up", "rotation", w.Rotation, "error", err)
		return
	}
	p.watch(found.OnCall)
	for _, who := range found.People {
		if who.Person == "" || who.Inactive {
			continue
		}
		p.newcomer(ctx, w, who)
	}
	p.move()
}

// newcomer applies what the rules say about somebody who comes on call.
func (p *process) newcomer(ctx workflow.Context, w Watch, who steps.Called) {
	s, now := &p.s, workflow.Now(ctx)
	change := rules.JudgeShiftChange(s.Plan.Policy, s.Standing, s.notices(), w.Person, who.Person, now)
	switch change.Reason {
	case rules.HandoverPages:
		page := s.page(s.Standing.Page)
		if page == nil {
			return
		}
		r := recipient(who)
		page.To, page.Settled = append(page.To, r), false
		s.Logged(compliance.Fact{Text: "Shift changed; also paged:", People: []compliance.PersonID{who.Person}, At: now})
		p.behind(ctx, rules.EventPaging, "", joinedFacts(page, r, change.Reason, now))
		p.send(ctx, page.N, r)
	case rules.HandoverAsks:
		p.offer(ctx, *change.Offer)
	}
}

// joinedFacts is the record of somebody who is paged for a page that left before.
func joinedFacts(page *Page, r *Recipient, why rules.Reason, now time.Time) rules.PageFacts {
	f := pageFacts(page)
	f.Reason, f.Due, f.Late, f.Finding = why, now, 0, rules.OK
	f.To = []rules.Sent{{Recipient: r.Recipient}}
	return f
}

// offer asks the newcomer to take over. It is on record before they are asked:
// until they accept nothing changes, so it can wait for the log.
func (p *process) offer(ctx workflow.Context, h rules.Handover) {
	ev := p.event(ctx, rules.EventOffered, "", rules.HandoverFacts{Handover: h, Reason: rules.HandoverAsks})
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: one(ev)}); err != nil || p.s.Standing.Owner() != h.From {
		return // over, or somebody else's, by now
	}
	p.s.Handover = &h
	p.Call(fmt.Sprintf("%s/handover/%s", p.Owner(), h.To),
		fmt.Sprintf("%s: you are on call now. Please accept it before %s; until then it stays with its owner.", p.s.name(), compliance.SpokenClock(h.Until)), h.To)
	p.move()
}

// chaseHandover tells owner and manager once that nobody took it over.
func (p *process) chaseHandover(ctx workflow.Context) {
	s, now := &p.s, workflow.Now(ctx)
	if s.Handover == nil {
		return
	}
	switch reason, _ := rules.NextHandover(s.Standing, *s.Handover, now); reason {
	case rules.HandoverDone, rules.HandoverNone:
		if s.Standing.Owner() != s.Handover.From {
			s.Handover = nil
		}
	case rules.HandoverOverdue:
		s.Handover.Escalated = now
		h := *s.Handover
		p.owe("handover", func(ctx workflow.Context) { p.notAccepted(ctx, h) })
	}
}

func (p *process) notAccepted(ctx workflow.Context, h rules.Handover) {
	ev := p.event(ctx, rules.EventNotAccepted, "", rules.HandoverFacts{Handover: h, Reason: rules.HandoverOverdue})
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: one(ev)}); err != nil {
		return
	}
	told := []compliance.PersonID{h.From}
	found, err := steps.ResolveTargets(ctx, steps.ResolveTargetsInput{
		Targets: []rules.Target{{Kind: rules.TargetManager}}, Last: []compliance.PersonID{h.To}, At: workflow.Now(ctx),
	})
	if err == nil {
		for _, who := range found.People {
			if who.Person != "" {
				told = append(told, who.Person)
			}
		}
	}
	p.Call(fmt.Sprintf("%s/handover/%s/overdue", p.Owner(), h.To),
		fmt.Sprintf("%s was not taken over at the end of the shift. It stays with its owner; somebody has to agree on it.", p.s.name()), told...)
	p.move()
}
