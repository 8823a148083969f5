package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeIncidentActInput is an act on an incident that may wait for its record,
// and what it is judged by besides the directory and the log: an update, a
// takeover, asking for a rollback or denying it, the review, the closure.
type JudgeIncidentActInput struct {
	Head      Head                `json:"head"`
	Inbound   compliance.Inbound  `json:"inbound"`
	Standing  incident.Standing   `json:"standing"`
	Policy    incident.Policy     `json:"policy"`
	System    string              `json:"system,omitempty"`
	Opened    time.Time           `json:"opened"` // when the incident began
	Handover  *incident.Handover  `json:"handover,omitempty"`
	Rollbacks []incident.Rollback `json:"rollbacks,omitempty"`
	Review    *incident.Review    `json:"review,omitempty"`
	Due       time.Time           `json:"due,omitzero"`
	Approvers []string            `json:"approvers,omitempty"`
	Closers   []string            `json:"closers,omitempty"`
	Now       time.Time           `json:"now"`
}

// JudgedIncidentAct is what came of it. Candidate is set when a rollback was
// asked for, Joins when the request joined one that is there.
type JudgedIncidentAct struct {
	Person compliance.PersonID `json:"person,omitempty"`
	Reason incident.Reason     `json:"reason,omitempty"`
	Field  string              `json:"field,omitempty"`
	// Extends is set for an update that renews the acknowledgement.
	Extends   bool                `json:"extends,omitempty"`
	Candidate *incident.Candidate `json:"candidate,omitempty"`
	At        int                 `json:"at"` // place of the rollback it is about, -1 for none
	// Items are, with a review, what it asks for; Item is the place of the thing
	// to be done that an act is about, -1 for none.
	Items []incident.ActionItem `json:"items,omitempty"`
	Item  int                   `json:"item"`
	Index uint64                `json:"index"`
}

// JudgeIncidentAct checks an act against the live directory and the evidence
// index and records what came of it. It answers a repetition from the record.
func (j *Judgement) JudgeIncidentAct(ctx context.Context, in JudgeIncidentActInput) (JudgedIncidentAct, error) {
	act, bad, field := incident.ParseAct(in.Inbound)
	out, index, err := judged(ctx, j, in.Head, incident.ActKey(in.Head.owner(), in.Inbound.Delivery), in.Inbound, in.recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedIncidentAct], error) {
			in.Head = head
			out := JudgedIncidentAct{Person: person.ID, Reason: bad, Field: field, At: -1, Item: -1}
			if bad == incident.OK {
				by := actorOf(dir, person, known, in.Approvers, in.Closers, in.Now)
				if err := j.judgeIncident(ctx, in, act, by, dir, &out); err != nil {
					return verdict[JudgedIncidentAct]{}, err
				}
			}
			ev, facts := in.event(act, out)
			return verdict[JudgedIncidentAct]{Event: ev, Facts: facts, Result: out, Reason: string(out.Reason)}, nil
		})
	out.Index = index
	return out, err
}

// judgeIncident applies the pure rules.
func (j *Judgement) judgeIncident(ctx context.Context, in JudgeIncidentActInput, act incident.Act, by ResolvedActor, dir *policy.Directory, out *JudgedIncidentAct) error {
	var err error
	if b := act.Binding; b != (incident.Binding{}) {
		if out.Reason = incident.JudgeBinding(in.Standing, b, in.Now); out.Reason != incident.OK {
			return nil
		}
	}
	switch act.Action {
	case incident.ActionUpdate:
		out.Reason = incident.JudgeUpdate(in.Standing, by.Actor)
		out.Extends = out.Reason == incident.OK
	case incident.ActionAccept:
		out.Reason = incident.NotAsked
		if in.Handover != nil {
			out.Reason = incident.JudgeAccept(in.Standing, *in.Handover, by.Actor)
		}
	case incident.ActionRollback:
		var found []incident.Candidate
		if found, err = j.candidates(ctx, in); err != nil {
			return err
		}
		out.Reason, out.At = incident.JudgeRollback(in.Standing, found, in.Rollbacks, act.Run, by.Actor)
		for i := range found {
			if found[i].Number == act.Run {
				out.Candidate = &found[i]
			}
		}
	case incident.ActionDeny:
		if out.At, out.Reason = incident.Pick(in.Rollbacks, act.Run, incident.RollbackAsked); out.Reason == incident.OK {
			out.Reason = by.decides(in.Rollbacks[out.At])
		}
	case incident.ActionReview:
		var linked incident.LinkedChange
		if linked, err = j.linked(ctx, act.Change); err != nil {
			return err
		}
		review := in.review(act, by)
		if review.Actions, out.Reason = in.asked(act, by.Person, dir); out.Reason != incident.OK {
			out.Field = incident.FieldActions
			return nil
		}
		out.Items = review.Actions
		out.Reason = incident.JudgeReview(in.Standing.State, review.Succeed(in.Review), linked, by.Actor)
	case incident.ActionClose:
		var review incident.Review
		if in.Review != nil {
			review = *in.Review
		}
		if out.Reason = incident.JudgeSeen(act.Binding, review); out.Reason != incident.OK {
			return nil
		}
		var linked incident.LinkedChange
		if linked, err = j.linked(ctx, review.Change); err != nil {
			return err
		}
		if out.Reason = incident.JudgeClose(in.Standing.State, review, linked, in.Rollbacks, by.Actor); out.Reason == incident.OK && !by.Closes {
			out.Reason = incident.NotCloser
		}
	case incident.ActionFinish, incident.ActionWithdraw:
		out.Item, out.Reason = in.judgeItem(act, by)
	default:
		out.Reason = incident.BadRequest
	}
	return nil
}

func (in JudgeIncidentActInput) review(act incident.Act, by ResolvedActor) incident.Review {
	return incident.Review{Author: by.Person, At: in.Now, RootCause: act.Text, Change: act.Change, NoChange: act.NoChange}
}

// decides says whether the person may decide on a rollback.
func (a ResolvedActor) decides(r incident.Rollback) incident.Reason {
	reason := incident.JudgeRollbackDecision(r, a.Actor)
	if reason == incident.OK && !a.Approves {
		return incident.NotApprover
	}
	return reason
}

// recalled rebuilds the answer from the record of an earlier attempt.
func (in JudgeIncidentActInput) recalled(e evidence.Entry) (JudgedIncidentAct, error) {
	facts, err := recall[incident.RollbackFacts](e) // which reads what any act's facts have
	out := JudgedIncidentAct{Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason, At: -1, Item: -1}
	out.Extends = in.Inbound.Action == incident.ActionUpdate && facts.Reason == incident.OK
	if facts.Of != nil {
		out.Candidate = &incident.Candidate{Run: *facts.Of, Reason: facts.Reason}
	}
	if err == nil {
		err = in.recallItems(e, &out)
	}
	for i, r := range in.Rollbacks {
		if facts.Run != "" && r.Run.Number == facts.Run {
			out.At = i
		}
	}
	return out, err
}

// event is the record of the act: what it brought about, or the refusal.
func (in JudgeIncidentActInput) event(act incident.Act, out JudgedIncidentAct) (evidence.Event, any) {
	ev := in.Head.Event(incident.ActKey(in.Head.owner(), in.Inbound.Delivery), incident.EventRefused, in.Inbound.Received)
	facts := &incident.ActFacts{
		Action: in.Inbound.Action, Delivery: in.Inbound.Delivery, Surface: in.Inbound.Surface, Message: in.Inbound.Message,
		Received: in.Inbound.Received.UTC(), Page: act.Binding.Page, Reason: out.Reason, State: in.Standing.State,
	}
	switch {
	case act.Action == incident.ActionUpdate && (out.Extends || out.Reason == incident.NotResponder):
		ev.Type = incident.EventUpdated // on record in either case; only a responder's renews
	case act.Action == incident.ActionRollback && (out.Reason == incident.OK || out.Reason == incident.AlreadyAsked):
		ev.Type = incident.EventRollbackAsked
		f := incident.RollbackFacts{ActFacts: facts, Run: act.Run, State: incident.RollbackAsked, Asker: out.Person, Reason: out.Reason}
		if c := out.Candidate; c != nil {
			f.Of, f.Plan, f.Backup, f.Authors = &c.Run, c.Plan, c.Backup, c.Authors
		}
		ev.Controls = controls(ev.Type)
		return ev, f
	case out.Reason != incident.OK:
	case act.Action == incident.ActionAccept:
		ev.Type = incident.EventAccepted
		ev.Controls = controls(ev.Type)
		return ev, incident.HandoverFacts{Action: facts.Action, Delivery: facts.Delivery, Handover: *in.Handover}
	case act.Action == incident.ActionDeny:
		ev.Type = incident.EventRollbackDenied
		r := in.Rollbacks[out.At]
		ev.Controls = controls(ev.Type)
		return ev, incident.RollbackFacts{
			ActFacts: facts, Run: r.Run.Number, State: incident.RollbackDenied, Asker: r.Asker, Approver: out.Person, Authors: r.Run.Authors,
		}
	case act.Action == incident.ActionReview:
		ev.Type, ev.State = incident.EventReviewed, string(incident.Reviewed)
		ev.Controls = controls(ev.Type)
		late := time.Duration(0)
		if !in.Due.IsZero() { // a review may come before anybody knows when it is due
			late = max(0, in.Now.Sub(in.Due))
		}
		return ev, incident.ReviewFacts{
			ActFacts: facts, Author: out.Person, Change: act.Change, NoneNeeded: act.NoChange != "", Due: in.Due,
			Late: late, Pending: len(act.Actions), Asked: askedFacts(out.Items),
		}
	case act.Action == incident.ActionFinish, act.Action == incident.ActionWithdraw:
		ev.Type = incident.EventItemDone
		if act.Action == incident.ActionWithdraw {
			ev.Type = incident.EventItemWithdrawn
		}
		ev.Controls = controls(ev.Type)
		return ev, in.itemFacts(facts, out.Item)
	case act.Action == incident.ActionClose:
		ev.Type, ev.State, ev.Final = incident.EventClosed, string(incident.Closed), true
		ev.Controls = controls(ev.Type)
		f := incident.ReviewFacts{ActFacts: facts, Author: in.Review.Author, Closer: out.Person, Change: in.Review.Change, NoneNeeded: in.Review.NoChange != "", Due: in.Due, Shown: act.Attested.Shown}
		for _, a := range in.Review.Actions {
			f.Actions = append(f.Actions, a.Ticket.Key)
		}
		return ev, f
	}
	ev.Controls = controls(ev.Type)
	return ev, facts
}
