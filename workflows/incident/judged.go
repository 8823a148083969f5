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

// judged has an act judged and put on record in one step, and applies what was
// recorded. It is for what may wait for the log.
func (p *process) judged(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	s := &p.s
	// The record stands behind those that did not wait: nothing is reviewed on
	// record that is not resolved there, and a closure is the last.
	caught := func() bool { return s.Number != "" && p.Caught() }
	if err := workflow.Await(ctx, caught); err != nil {
		return compliance.Reply{}, err
	}
	j, err := desk.Insist(ctx, p.Desk, desk.AtEvidence, func(bool) (steps.JudgedIncidentAct, error) {
		return steps.JudgeIncidentAct(ctx, steps.JudgeIncidentActInput{
			Head: p.head(), Inbound: in, Standing: s.Standing, Policy: s.Plan.Policy, System: s.Plan.System, Opened: s.Opened,
			Handover: s.Handover, Rollbacks: s.Rollbacks, Review: s.Review, Due: s.Due,
			Approvers: s.Plan.Approvers, Closers: s.Plan.Closers, Now: workflow.Now(ctx),
		})
	})
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s.Index = j.Index
	act, _, _ := rules.ParseAct(in)
	done, applied := p.apply(ctx, act, j)
	p.move()
	if !applied {
		s.Logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return p.declined(j.Reason, "", j.Field), nil
	}
	reply := compliance.Reply{Outcome: compliance.Recorded, Reason: string(j.Reason), Text: done}
	if act.Action == rules.ActionUpdate {
		reply.Times = []time.Time{rules.AckExpires(s.Plan.Policy, s.Standing)}
	}
	return reply, nil
}

// apply lets an act take effect that is on record; false for one that was refused.
func (p *process) apply(ctx workflow.Context, act rules.Act, j steps.JudgedIncidentAct) (text string, applied bool) {
	s, now := &p.s, workflow.Now(ctx)
	who := []compliance.PersonID{j.Person}
	if act.Action == rules.ActionUpdate && (j.Extends || j.Reason == rules.NotResponder) {
		s.Note = compliance.Cut(act.Text, 500)
		s.Logged(compliance.Fact{Text: "Update: " + compliance.Cut(act.Text, 200) + " —", People: who, At: now})
		p.Tell(updateNote(s, j.Person, act.Text, now), "")
		if !j.Extends || s.Standing.State != rules.Acknowledged {
			return rules.NotResponder.Text(), true
		}
		quiet := rules.QuietUntil(s.Plan.Policy, s.Standing.Severity, act.Quiet, now)
		s.Standing = s.Standing.Update(now, quiet)
		return fmt.Sprintf("%s: your update is on record. The next word is due before %s.", s.name(), compliance.SpokenClock(rules.AckExpires(s.Plan.Policy, s.Standing))), true
	}
	if j.Reason == rules.AlreadyAsked && act.Action == rules.ActionRollback && j.At >= 0 && j.At < len(s.Rollbacks) {
		r := &s.Rollbacks[j.At]
		if !named(r.Joined, j.Person) && r.Asker != j.Person {
			r.Joined = append(r.Joined, j.Person)
		}
		return rules.AlreadyAsked.Text(), true
	}
	if j.Reason != rules.OK {
		return "", false
	}
	switch act.Action {
	case rules.ActionAccept:
		if h := s.Handover; h != nil {
			h.Accepted = now
			s.Standing = s.Standing.HandTo(h.To, now)
		}
		s.Logged(compliance.Fact{Text: "Taken over by", People: who, At: now})
		p.Tell(handedNote(s, j.Person, now), "")
		return s.name() + " is yours now. Whoever had it stays as a responder.", true
	case rules.ActionRollback:
		return p.rollbackAsked(act, j, now), true
	case rules.ActionDeny:
		return p.rollbackDenied(act, j, now), true
	case rules.ActionReview:
		return p.reviewed(ctx, act, j, now), true
	case rules.ActionFinish, rules.ActionWithdraw:
		return p.itemEnded(act, j, now), true
	default:
		s.Standing.State, s.Shown, s.Look = rules.Closed, now, true
		s.Logged(compliance.Fact{Text: "Closed by", People: who, At: now})
		p.Tell(closedNote(s), statusClosed)
		if n := s.unfinished(); n > 0 {
			return fmt.Sprintf("%s is closed. What is still to be done (%d) is followed until it is done.", s.name(), n), true
		}
		return s.name() + " is closed.", true
	}
}
