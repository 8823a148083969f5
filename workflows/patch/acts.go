package patch

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// stands is what an act is judged by.
func (p *process) stands() rules.Standing {
	s := rules.Standing{
		State: p.s.State, Current: p.s.binding(), Stopped: p.s.Stopped, Touched: p.s.touched(), AskedBy: p.asker(), Pending: p.pending() >= 0,
	}
	if p.s.State == rules.Held {
		s.HeldFor = p.s.Reason
	}
	_, s.Barred = rules.Barred(p.s.Bars, p.s.payload().Digest)
	return s
}

// asker is who asked for what an act would grant; the owner where an advisory did.
func (p *process) asker() compliance.PersonID {
	if p.s.Route.Requester != "" {
		return p.s.Route.Requester
	}
	return p.s.Route.Audience.Owner
}

// pending is the clock for which a later deadline waits; -1 when none does.
func (p *process) pending() int {
	for i, c := range p.s.Clocks {
		if c.Proposed != nil {
			return i
		}
	}
	return -1
}

// allowed is the part of the route that says who may act.
func (p *process) allowed() rules.Route {
	return rules.Route{Groups: p.s.Route.Groups, People: p.s.Route.People}
}

// order takes the order of the way back. It is judged here, by who the person is
// in the directory now, and recorded behind: it does not wait for the log (G3).
func (p *process) order(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	who, err := desk.Insist(ctx, p.Desk, desk.AtRules, func(bool) (steps.Identified, error) {
		return steps.IdentifyActor(ctx, steps.IdentifyInput{Account: in.Actor, Route: p.allowed()})
	})
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	act, reason, field := rules.ParseAct(in)
	if reason == rules.OK {
		reason = rules.JudgeAct(p.stands(), act, rules.Voter{Person: who.Person, Reason: who.Reason})
	}
	if p.s.Order != nil && reason == rules.OK {
		reason = rules.AlreadyDone
	}
	kind := rules.EventReverting
	if reason != rules.OK {
		kind = rules.EventRefused
	}
	ev := p.head().Event(rules.ActKey(p.Owner(), in.Delivery), kind, in.Received)
	ev.Facts = desk.Encoded(rules.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message, Received: in.Received.UTC(),
		Ring: act.Binding.Ring, Reason: reason, Stood: p.s.State,
	})
	p.RecordBehind(steps.RecordEventsInput{Events: []evidence.Event{ev}, Acted: []steps.Acted{{Event: 0, Inbound: in}}})
	now := workflow.Now(ctx)
	if reason != rules.OK {
		p.s.Logged(refusedFact(in.Action, who.Person, reason, now))
		return declined(reason, field), nil
	}
	p.s.Logged(compliance.Fact{Text: "Way back ordered by", People: []compliance.PersonID{who.Person}, At: now})
	p.s.Order = &Order{Person: who.Person, At: now}
	p.s.Turn++
	p.halt()
	return compliance.Reply{Outcome: compliance.Recorded, Text: p.s.Number + ": the way back begins now, the last target first."}, nil
}

// act has every other act judged and put on record in one step, and applies it.
func (p *process) act(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	j, err := desk.Insist(ctx, p.Desk, desk.AtEvidence, func(bool) (steps.JudgedRolloutAct, error) {
		judge := steps.JudgeRolloutActInput{
			Head: p.head(), Inbound: in, Standing: p.stands(), Route: p.allowed(), Payload: p.s.payload().Digest, Now: workflow.Now(ctx),
		}
		if judge.Standing.HeldFor == rules.TargetsTaken {
			judge.Taking = p.taking()
		}
		return steps.JudgeRolloutAct(ctx, judge)
	})
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	p.s.Index = j.Index
	if len(j.Bars) > 0 {
		p.s.Bars = j.Bars
	}
	now := workflow.Now(ctx)
	if j.Reason != rules.OK {
		p.s.Logged(refusedFact(in.Action, j.Person, j.Reason, now))
		return declined(j.Reason, j.Field), p.released(ctx)
	}
	act, _, _ := rules.ParseAct(in)
	text := p.apply(ctx, act, j.Person, now)
	p.s.Logged(compliance.Fact{Text: actedText(act), People: []compliance.PersonID{j.Person}, At: now})
	p.s.Turn++
	p.stage(ctx)
	return compliance.Reply{Outcome: compliance.Recorded, Text: text}, nil
}

// apply lets an act take effect that is on record. The way back may have begun
// while it was recorded: then it changes nothing about where the rollout stands.
func (p *process) apply(ctx workflow.Context, act rules.Act, by compliance.PersonID, now time.Time) string {
	forward := p.s.State == rules.Rolling || p.s.State == rules.Held
	switch act.Action {
	case rules.ActionStop:
		p.s.Stopped = true
		if p.s.State == rules.Rolling {
			p.s.State, p.s.Reason, p.s.HeldRing, p.s.HeldAt, p.s.Detail = rules.Held, rules.Stopped, max(0, p.s.ring()), "", compliance.Cut(act.Reason, 200)
			p.call(p.sequence("stopped"), heldNote(p.s))
		}
		return p.s.Number + " is stopped. What is patched stays patched; nothing moves forward until somebody resumes it."
	case rules.ActionResume:
		if forward {
			p.resume(act.Retest)
		}
		return p.s.Number + " goes on from where it stands."
	case rules.ActionLift:
		p.s.Bars = rules.LiftBars(p.s.Bars, p.s.payload().Digest, rules.Lift{By: by, At: now})
		if p.s.State == rules.Held && p.s.Reason == rules.PayloadBarred {
			p.resume(false)
		}
		p.s.Lifted = p.s.State == rules.RolledBack
		return "The payload may be rolled out again, from the first ring on."
	case rules.ActionWaive:
		p.s.Waiver = &rules.Waiver{AskedBy: p.asker(), Approver: by, Reason: act.Reason, Expires: now.AddDate(0, 0, act.Days)}
		if p.s.State == rules.Held && (aboutBackup(p.s.Reason) || p.s.Reason == rules.RestoreFailed) {
			p.resume(false)
		}
		return p.s.Number + ": the proof of the backup is waived for " + compliance.Count(act.Days, "day", "days") + "."
	default:
		p.accept(by, act.Reason, now)
		return p.s.Number + ": the later deadline is in force."
	}
}

// resume lets a halt end. New tests are run where the person asks for them, and
// where the tests were the reason.
func (p *process) resume(retest bool) {
	if p.s.Reason == rules.ForensicsFirst {
		p.s.Secured = true // the person says so, with their reason on record (P14)
	}
	if p.s.Reason == rules.TargetsTaken {
		p.pass() // those at rest, which the person saw
	}
	if i := p.s.HeldRing; retest && i >= 0 && i < len(p.s.Rings) {
		switch p.s.Rings[i].State {
		case rules.Testing, rules.Soaking, rules.Proven:
			p.s.Rings[i] = p.s.Rings[i].Again()
			p.s.Rings[i].State = rules.Testing
			if p.s.Rings[i].Digest != p.s.payload().Digest {
				p.s.Rings[i].Digest = "" // what it serves now is to be seen, not remembered
			}
		}
	}
	p.s.State, p.s.Reason, p.s.Stopped, p.s.Detail, p.s.HeldAt = rules.Rolling, rules.OK, false, "", ""
}

// accept puts the later deadline into force that waits for a word (P15).
func (p *process) accept(by compliance.PersonID, reason string, now time.Time) {
	i := p.pending()
	if i < 0 {
		return
	}
	c := &p.s.Clocks[i]
	clock, why := rules.Approve(c.Clock, *c.Proposed, c.Proposed.Due, rules.Grant{AskedBy: p.asker(), Approver: by, Reason: reason, At: now.UTC()})
	if why == rules.OK {
		c.Clock = clock
		p.clocks++
	}
	c.Proposed = nil
}
