package patch

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
)

// standing answers QueryStanding. It reads only.
func (p *process) standing() (Standing, error) {
	s := p.s
	out := Standing{
		Number: s.Number, Subject: p.Self, Title: p.title(), System: s.Asked.System, State: s.State, Reason: s.Reason, Detail: s.Detail,
		Payload: s.payload(), Ring: s.ring() + 1, Change: s.Approval.Number, Ticket: s.Ticket, Awaiting: p.awaiting(),
		Trouble: s.Troubles(), LastIndex: s.Index, Next: p.due(), Over: p.over(),
	}
	if out.Payload.Digest == "" {
		out.Payload = named(s.Asked.Payload)
	}
	if s.Route != nil && s.Number != "" {
		out.Ref = s.binding().String()
	}
	_, out.Barred = rules.Barred(s.Bars, s.payload().Digest)
	for i, r := range s.Rings {
		plan := s.Route.Plan.Rings[i]
		ring := RingStanding{Name: plan.Name, State: r.State, Outcome: r.Outcome, Digest: r.Digest, Targets: len(plan.Targets)}
		if r.State == rules.Soaking {
			ring.SoakEnds, _ = r.SoakEnds(plan.Soak)
		}
		out.Rings = append(out.Rings, ring)
	}
	for _, c := range s.Clocks {
		out.Clocks = append(out.Clocks, c.Clock)
		if c.Proposed != nil {
			out.Proposed = append(out.Proposed, *c.Proposed)
		}
	}
	if s.Posted != nil {
		out.Cards = []compliance.Posted{*s.Posted}
	}
	return out, nil
}

// title is the rollout in a line.
func (p *process) title() string {
	name := "the advisory " + p.s.Asked.Advisory
	if a := p.s.Asked.Payload; a != nil {
		name = strings.TrimSpace(a.Title + " " + a.Version)
	}
	return compliance.Cut("Roll out "+name+" to "+p.s.Asked.System, 200)
}

// purpose says why, for the change.
func (p *process) purpose() string {
	var ids []string
	for _, v := range p.s.Asked.Vulnerabilities {
		ids = append(ids, v.ID)
	}
	text := strings.Join(ids, ", ")
	if a := p.s.Asked.Advisory; a != "" {
		text = strings.TrimSpace(a + " " + p.s.Asked.Revision + " " + text)
	}
	if text == "" {
		return "Rollout " + p.s.Number
	}
	text = compliance.Cut("Mends "+text, 500)
	for _, a := range p.s.Statements { // what an approver agrees to as well
		text += ". By the requester, " + a.Text()
	}
	return compliance.Cut(text, 1000)
}

// awaiting says who can move the rollout on now.
func (p *process) awaiting() []compliance.PersonID {
	if p.s.Route == nil {
		return nil
	}
	switch p.s.State {
	case rules.Held, rules.Stranded:
		if p.s.State == rules.Held && p.s.Reason == rules.TargetsTaken {
			return nil // whoever the other one waits for
		}
		return p.s.Route.People
	case rules.Assessing:
		if p.s.Asked.Payload == nil && p.s.Route.Audience.Owner != "" {
			return []compliance.PersonID{p.s.Route.Audience.Owner}
		}
	}
	return nil
}

// due is when the present wait ends by itself, or the nearest deadline.
func (p *process) due() time.Time {
	for i, r := range p.s.Rings {
		if r.State == rules.Soaking && p.s.State == rules.Rolling {
			ends, _ := r.SoakEnds(p.s.Route.Plan.Rings[i].Soak)
			return ends
		}
	}
	var nearest time.Time
	if p.mended() || p.s.State.Terminal() {
		return nearest
	}
	for _, c := range p.s.Clocks {
		if d := c.Clock.Due; !d.IsZero() && (nearest.IsZero() || d.Before(nearest)) {
			nearest = d
		}
	}
	return nearest
}

// stage shows the state in lists; called on stage changes only.
func (p *process) stage(ctx workflow.Context) { p.stageUntil(ctx, p.due()) }

func (p *process) stageUntil(ctx workflow.Context, until time.Time) {
	environment := ""
	if p.s.Route != nil {
		environment = p.s.Route.Environment
	}
	p.Stage(ctx, desk.Stage{
		Process: "patch", Stage: string(p.s.State), System: p.s.Asked.System, Environment: environment,
		Awaiting: p.awaiting(), Due: until, Title: p.title(), Status: status(p.s),
	})
}
