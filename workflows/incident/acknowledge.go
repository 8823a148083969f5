package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// actor resolves who acts from the live directory. It does not touch the log,
// so that it answers at night while the log is down.
func (p *process) actor(ctx workflow.Context, in compliance.Inbound) (steps.ResolvedActor, error) {
	return steps.ResolveActor(ctx, steps.ResolveActorInput{
		Account: in.Actor, Approvers: p.s.Plan.Approvers, Closers: p.s.Plan.Closers, At: workflow.Now(ctx),
	})
}

// acknowledge takes the first acknowledgement, lets a later one join, and
// answers each; the escalation stops at once, and the record follows (I8, G3).
func (p *process) acknowledge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	act, bad, _ := rules.ParseAct(in)
	who, err := p.actor(ctx, in)
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s, now := &p.s, workflow.Now(ctx)
	ruling := rules.AckRuling{Reason: bad}
	if bad == rules.OK {
		ruling = rules.JudgeAcknowledge(s.Plan.Policy, s.Standing, act.Binding, who.Actor, s.paged(who.Person), came)
	}
	facts := p.act(in, act.Binding.Page, ruling.Reason)
	if ruling.First != nil {
		facts.First, facts.FirstAt = ruling.First.Person, ruling.First.At
	}
	if !ruling.Counts {
		kind := rules.EventRefused
		if ruling.Reason == rules.AlreadyAcknowledged {
			kind = rules.EventAcknowledged // the same person again, from another surface: on record as it is
		}
		p.actBehind(in, kind, "", facts)
		s.Logged(refusedFact(in.Action, who.Person, ruling.Reason, now))
		reply := p.declined(ruling.Reason, ackDetail(ruling, who.Person), "")
		if ruling.First != nil {
			reply.People, reply.Times = []compliance.PersonID{ruling.First.Person}, []time.Time{ruling.First.At}
		}
		return reply, nil
	}
	ack := rules.Ack{Person: who.Person, At: now, Surface: in.Surface, Page: act.Binding.Page}
	first := ruling.Reason != rules.Joined
	if ruling.Renews {
		s.Standing = s.Standing.Renew(ack)
	} else {
		s.Standing = s.Standing.Acknowledge(ack)
	}
	expires := rules.AckExpires(s.Plan.Policy, s.Standing)
	facts.Until, facts.State = expires, s.Standing.State
	p.actBehind(in, rules.EventAcknowledged, s.Standing.State, facts)
	p.standDown(ctx)
	p.invite(who.Person)
	if first {
		s.Logged(compliance.Fact{Text: "Acknowledged by", People: []compliance.PersonID{who.Person}, At: now})
		p.Tell(acknowledgedNote(s, ack), statusAcknowledged)
	} else {
		s.Logged(compliance.Fact{Text: "Joined:", People: []compliance.PersonID{who.Person}, At: now})
	}
	p.move()
	reply := compliance.Reply{Outcome: compliance.Recorded, Reason: string(ruling.Reason)}
	reply.Text = fmt.Sprintf("%s is yours. Paging has stopped. Give an update before %s, or everybody is paged again.", s.name(), compliance.SpokenClock(expires))
	reply.Times = []time.Time{expires}
	if !first {
		reply.People, reply.Times = []compliance.PersonID{ruling.First.Person}, []time.Time{ruling.First.At}
		reply.Text = fmt.Sprintf("%s acknowledged %s first, at %s. You are on record as joining them.",
			ruling.First.Person, s.name(), compliance.SpokenClock(ruling.First.At))
	}
	return reply, nil
}

func ackDetail(r rules.AckRuling, by compliance.PersonID) string {
	if r.First == nil {
		return ""
	}
	if r.First.Person == by {
		return "You acknowledged at " + compliance.SpokenClock(r.First.At) + "."
	}
	return fmt.Sprintf("%s acknowledged at %s.", r.First.Person, compliance.SpokenClock(r.First.At))
}

// resolve ends the paging for good, also without an acknowledgement before it (I9).
func (p *process) resolve(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	act, bad, field := rules.ParseAct(in)
	who, err := p.actor(ctx, in)
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s, now := &p.s, workflow.Now(ctx)
	reason := bad
	if reason == rules.OK {
		reason = rules.JudgeResolve(s.Standing, act.Binding, who.Actor, came)
	}
	facts := p.act(in, act.Binding.Page, reason)
	if reason != rules.OK {
		p.actBehind(in, rules.EventRefused, "", facts)
		s.Logged(refusedFact(in.Action, who.Person, reason, now))
		return p.declined(reason, "", field), nil
	}
	facts.State = rules.Resolved
	s.Note = act.Text
	s.Logged(compliance.Fact{Text: "Resolved by", People: []compliance.PersonID{who.Person}, At: now})
	p.actBehind(in, rules.EventResolved, rules.Resolved, facts)
	p.over(ctx)
	return compliance.Reply{Outcome: compliance.Recorded, Text: s.name() + " is resolved, and nobody is paged any more. A review follows."}, nil
}

// over is the resolution, by whomever: nobody is paged from now on, the alert
// is told, and the review gets its due date.
func (p *process) over(ctx workflow.Context) {
	s := &p.s
	s.Standing = s.Standing.Resolve()
	s.Resolved = workflow.Now(ctx)
	p.standDown(ctx)
	p.Tell(resolvedNote(s), statusResolved)
	if s.Alert != "" {
		p.owe("tell the alert", func(ctx workflow.Context) {
			err := workflow.SignalExternalWorkflow(ctx, s.Alert, "", SignalResolved, Resolved{Incident: s.Standing.ID}).Get(ctx, nil)
			if err != nil {
				p.Logger.Info("its alert is over", "alert", s.Alert, "error", err)
			}
		})
	}
	p.beside("review", p.planReview)
	p.move()
}
