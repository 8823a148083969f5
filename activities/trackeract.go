package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeTrackerActInput is what a person did with an artefact, and the tracker
// it is judged by besides policy and directory.
type JudgeTrackerActInput struct {
	Head     Head                  `json:"head"`
	Inbound  compliance.Inbound    `json:"inbound"`
	Vendor   string                `json:"vendor"`
	Artefact string                `json:"artefact"`
	Asked    *certification.Asked  `json:"asked,omitempty"`
	Tracker  certification.Tracker `json:"tracker"`
	Setup    certification.Setup   `json:"setup"`
	// Now is when the act was durable; the wait for this judgement makes nobody late.
	Now time.Time `json:"now"`
}

// JudgedTrackerAct is what came of it. Tracker is set when the act counts: with
// the act applied and its calendar resolved.
type JudgedTrackerAct struct {
	Person  compliance.PersonID    `json:"person,omitempty"`
	Reason  certification.Reason   `json:"reason,omitempty"`
	Field   string                 `json:"field,omitempty"`
	Tracker *certification.Tracker `json:"tracker,omitempty"`
	Effect  certification.Effect   `json:"effect,omitzero"`
	// Concerned are the people of the artefact who are told of a gap or a withdrawal.
	Concerned []compliance.PersonID `json:"concerned,omitempty"`
	Wake      time.Time             `json:"wake,omitzero"`
	Index     uint64                `json:"index"`
}

// JudgeTrackerAct checks an act against the policy, the directory and the
// owner's calendar as they are now, and puts it on record with what it brought
// about, counted or refused. It answers a repetition from the record.
func (j *Judgement) JudgeTrackerAct(ctx context.Context, in JudgeTrackerActInput) (JudgedTrackerAct, error) {
	owner := in.Head.owner()
	o, err := readOwed(ctx, j.Source, in.Vendor, in.Artefact, in.Asked, in.Setup, in.Tracker.Ladder, in.Now)
	if err != nil {
		return JudgedTrackerAct{}, translate(err)
	}
	in.Head.Rules = evidence.Rules{Version: o.setup.Rules, Hash: o.setup.Hash, Directory: o.dir.Version}
	in.Head.Zones = o.local.Hash
	act, read, field := certification.ParseAct(in.Inbound)
	t, err := in.Tracker.Placed(certification.Resolve(in.Tracker, o.local, in.Now), in.Now)
	if err != nil {
		return JudgedTrackerAct{}, translate(placed(err))
	}
	apply := func(who certification.Actor) JudgedTrackerAct {
		out := JudgedTrackerAct{Person: who.Person, Reason: read, Field: field}
		if read != certification.OK {
			return out
		}
		var next certification.Tracker
		if next, out.Effect, out.Reason = certification.Apply(t, act, who, in.Now, 0); out.Reason != certification.OK {
			return out
		}
		return out.settled(next, o, in.Setup)
	}
	recalled := func(e evidence.Entry) (JudgedTrackerAct, error) {
		facts, err := recall[certification.ActFacts](e)
		out := JudgedTrackerAct{Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason}
		if err != nil || facts.Reason != certification.OK {
			return out, err
		}
		// What made them eligible then is on record; who they are by now changes nothing.
		out = apply(certification.Actor{Person: out.Person, Roles: facts.Roles, Approver: true})
		return out, nil
	}
	key := certification.ActKey(owner, in.Inbound.Delivery)
	out, index, err := judged(ctx, j, in.Head, key, in.Inbound, recalled,
		func(head Head, _ *policy.Directory, person compliance.Person, known bool) (verdict[JudgedTrackerAct], error) {
			who := o.actor(person, known)
			out := apply(who)
			if out.Reason == certification.OK && out.Tracker == nil {
				return verdict[JudgedTrackerAct]{}, &compliance.Failure{
					Class: compliance.Invalid, Op: "apply an act to " + head.Number, Detail: "its calendar cannot be resolved afterwards",
				}
			}
			ev, facts, beside := in.events(head, key, act, who, out)
			return verdict[JudgedTrackerAct]{Event: ev, Facts: facts, Beside: beside, Result: out, Reason: string(out.Reason)}, nil
		})
	if err != nil {
		return JudgedTrackerAct{}, err
	}
	out.Index = index
	if out.Tracker != nil && out.Tracker.Current.Grace != nil && out.Tracker.Current.Grace.Granted.Equal(in.Now.UTC()) {
		out.Tracker.Current.Grace.Index = index
	}
	return out, nil
}

// settled adds the tracker as the act leaves it, with its calendar.
// An edit of the policy that nobody has put on record yet is looked at at once.
func (out JudgedTrackerAct) settled(next certification.Tracker, o owed, was certification.Setup) JudgedTrackerAct {
	now := o.now
	_, refitted := next.Refit(o.ladder, o.setup.NeededBy, now)
	edited := refitted || len(o.setup.Differs(was)) > 0
	if next, err := next.Placed(certification.Resolve(next, o.local, now), now); err == nil {
		if due, err := certification.Next(next, now); err == nil {
			out.Wake = due.Wake
			if edited || !due.None() {
				out.Wake = now // asked again at once
			}
		}
		next.Schedule = next.Schedule.Shortened()
		out.Tracker = &next
	}
	out.Concerned = certification.Tell([]certification.Role{certification.Owner, certification.Manager, certification.Sponsor}, o.contacts()).People
	return out
}

// events are the record of the act, and beside it what time had brought and
// nobody had recorded, and the gap that an acceptance leaves (A4).
func (in JudgeTrackerActInput) events(head Head, key string, act certification.Act, who certification.Actor, out JudgedTrackerAct) (evidence.Event, certification.ActFacts, []evidence.Event) {
	kind := certification.EventRefused
	if out.Reason == certification.OK {
		kind = certification.EventFor(act)
	}
	ev := head.Event(key, kind, in.Inbound.Received)
	facts := certification.ActFacts{
		Action: in.Inbound.Action, Delivery: in.Inbound.Delivery, Surface: in.Inbound.Surface, Message: in.Inbound.Message,
		Received: in.Inbound.Received.UTC(), Ref: in.Inbound.Ref, Mark: act.Binding.Mark, Corrects: act.Corrects,
		Attested: act.Attested.Shown, Roles: who.Roles, Reason: out.Reason, Stood: in.Tracker.Current.State,
	}
	if !act.Coverage.IsZero() {
		facts.Coverage = &act.Coverage
	}
	if out.Reason != certification.OK || out.Tracker == nil {
		return ev, facts, nil
	}
	t := out.Tracker
	ev.State = string(t.Current.State)
	effect := out.Effect
	facts.Effect = &effect
	if act.Action == certification.ActionReceive {
		facts.Mark = certification.MarkOf(act.Document, act.Coverage)
	}
	if act.Grant && t.Current.Grace != nil {
		facts.Until = t.Current.Grace.Until
	}
	var beside []evidence.Event
	add := func(key, kind string, facts certification.MovedFacts) {
		e := head.Event(key, kind, in.Now)
		e.Facts = encoded(facts)
		beside = append(beside, e)
	}
	for _, m := range effect.Moves {
		switch m.To {
		case certification.Expiring:
			add(certification.MoveKey(head.owner(), m), certification.EventExpiring, certification.MovedFacts{Move: &m, Ends: in.Tracker.Schedule.Ends})
		case certification.Expired:
			add(certification.MoveKey(head.owner(), m), certification.EventExpired, certification.MovedFacts{Move: &m, Ends: in.Tracker.Schedule.Ends})
		}
	}
	if effect.Gap != nil {
		add(certification.GapKey(head.owner(), t.Current.Version), certification.EventGap, certification.MovedFacts{Gap: effect.Gap, Coverage: &t.Current.Coverage})
	}
	return ev, facts, beside
}
