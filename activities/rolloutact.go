package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeRolloutActInput is an act on a rollout and what it is judged by besides
// the directory.
type JudgeRolloutActInput struct {
	Head     Head               `json:"head"`
	Inbound  compliance.Inbound `json:"inbound"`
	Standing patch.Standing     `json:"standing"`
	Route    patch.Route        `json:"route"` // Groups and People only
	Payload  string             `json:"payload,omitempty"`
	Taking   *Taking            `json:"taking,omitempty"` // with HeldFor TargetsTaken
	// Proposed is the later deadline that waits for somebody's word.
	Proposed *patch.ClockFacts `json:"proposed,omitempty"`
	Now      time.Time         `json:"now"`
}

// JudgedRolloutAct is what came of it.
type JudgedRolloutAct struct {
	Person compliance.PersonID `json:"person,omitempty"`
	Reason patch.Reason        `json:"reason,omitempty"`
	Field  string              `json:"field,omitempty"`
	To     patch.State         `json:"to,omitempty"` // the state that the record gives the rollout
	// Bars are those on the payload as the log has them, where the act is about one.
	Bars  []patch.Bar `json:"bars,omitempty"`
	Index uint64      `json:"index"`
}

// JudgeRolloutAct checks an act on a rollout with the directory as it is now and
// records what came of it. Like every act it is answered from its record when it
// is repeated. The order of the way back is not judged here: it never waits.
func (j *Judgement) JudgeRolloutAct(ctx context.Context, in JudgeRolloutActInput) (JudgedRolloutAct, error) {
	key := patch.ActKey(in.Head.owner(), in.Inbound.Delivery)
	var bars []patch.Bar
	if in.Inbound.Action == patch.ActionLift || in.Inbound.Action == patch.ActionResume && in.Standing.HeldFor == patch.PayloadBarred {
		var err error
		if bars, err = barsOf(ctx, j.Log, in.Payload); err != nil {
			return JudgedRolloutAct{}, translate(err)
		}
	}
	if in.Inbound.Action == patch.ActionResume && in.Standing.HeldFor == patch.TargetsTaken && in.Taking != nil {
		found, err := others(ctx, j.Log, j.Runs, *in.Taking)
		if err != nil {
			return JudgedRolloutAct{}, translate(err)
		}
		in.Standing.Taken = slices.ContainsFunc(found, func(o patch.Other) bool { return !o.AtRest() })
	}
	out, index, err := judged(ctx, j, in.Head, key, in.Inbound, in.recalled,
		func(head Head, _ *policy.Directory, person compliance.Person, known bool) (verdict[JudgedRolloutAct], error) {
			in.Head = head
			out, facts, beside := in.judge(person, known, bars)
			kind := patch.EventRefused
			if out.Reason == patch.OK {
				kind = rolloutEvent(in.Inbound.Action)
			}
			ev := head.Event(key, kind, in.Inbound.Received)
			ev.State = string(out.To)
			v := verdict[JudgedRolloutAct]{Event: ev, Facts: facts, Result: out, Reason: string(out.Reason)}
			if beside != nil {
				raw, err := json.Marshal(patch.WayBackFacts{Bar: beside})
				if err != nil {
					return v, &compliance.Failure{Class: compliance.Invalid, Op: "encode a lifted bar", Err: err}
				}
				lifted := head.Event(key+"/payload", patch.EventBarLifted, in.Inbound.Received)
				lifted.Subject, lifted.Facts = patch.PayloadSubject(in.Payload), raw
				v.Beside = []evidence.Event{lifted}
			}
			return v, nil
		})
	out.Index, out.Bars = index, bars
	return out, err
}

// judge applies the pure rules and says what goes on record.
func (in JudgeRolloutActInput) judge(person compliance.Person, known bool, bars []patch.Bar) (JudgedRolloutAct, patch.ActFacts, *patch.Bar) {
	act, reason, field := patch.ParseAct(in.Inbound)
	out := JudgedRolloutAct{Person: person.ID, Field: field}
	facts := rolloutFacts(in.Inbound, act, in.Standing.State)
	voter := patch.Voter{Person: person.ID, Reason: patch.NotAllowed}
	if known {
		voter.Reason = in.Route.MayAct(person, in.Now)
	}
	var beside *patch.Bar
	if act.Action == patch.ActionLift || act.Action == patch.ActionResume {
		_, in.Standing.Barred = patch.Barred(bars, in.Payload)
		_, in.Standing.Lifted = patch.Released(in.Standing.State, in.Standing.Current.Number, bars, in.Payload)
	}
	if reason == patch.OK {
		reason = patch.JudgeAct(in.Standing, act, voter)
	}
	if reason == patch.OK && act.Action == patch.ActionLift {
		bar, _ := patch.Barred(bars, in.Payload)
		lift := patch.Lift{By: person.ID, At: in.Now.UTC()} // the reason is a person's text: it stands as a blob beside the act
		bar.Lifted, facts.Bar = &lift, &bar
		beside = &bar
	}
	out.Reason, facts.Reason = reason, reason
	if reason == patch.OK {
		out.To = movedBy(in.Standing, act.Action)
	}
	return out, facts, beside
}

// movedBy is the state that an act by itself gives the rollout; empty when it
// stays where it is.
func movedBy(s patch.Standing, action string) patch.State {
	switch {
	case action == patch.ActionStop && s.State == patch.Rolling:
		return patch.Held
	case action == patch.ActionResume:
		return patch.Rolling
	case action == patch.ActionLift && s.HeldFor == patch.PayloadBarred:
		return patch.Rolling
	case action == patch.ActionWaive && s.State == patch.Held && aboutBackup(s.HeldFor):
		return patch.Rolling
	}
	return ""
}

func aboutBackup(r patch.Reason) bool {
	switch r {
	case patch.NoBackup, patch.BackupStale, patch.BackupDated, patch.RestoreUnproved, patch.RestoreFailed:
		return true
	}
	return false
}

// rolloutFacts are the facts of an act on a rollout, before it was judged.
func rolloutFacts(in compliance.Inbound, act patch.Act, stood patch.State) patch.ActFacts {
	return patch.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message, Received: in.Received.UTC(),
		Ring: act.Binding.Ring, Shown: act.Attested.Shown, Retest: act.Retest, Days: act.Days, Stood: stood,
	}
}

// rolloutEvent is the type of record of an act that counts.
func rolloutEvent(action string) string {
	switch action {
	case patch.ActionStop:
		return patch.EventHeld
	case patch.ActionResume:
		return patch.EventResumed
	case patch.ActionLift:
		return patch.EventBarLifted
	case patch.ActionWaive:
		return patch.EventWaived
	case patch.ActionLater:
		return patch.EventLater
	}
	return patch.EventReverting
}

// recalled rebuilds the answer from the record of an earlier attempt.
func (in JudgeRolloutActInput) recalled(e evidence.Entry) (JudgedRolloutAct, error) {
	facts, err := recall[patch.ActFacts](e)
	return JudgedRolloutAct{
		Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason, To: patch.State(e.Record.State),
	}, err
}

// ReadBarsInput names a payload by the digest of its content, and the targets
// that it is about to be put on, if any.
type ReadBarsInput struct {
	Payload string  `json:"payload"`
	Taking  *Taking `json:"taking,omitempty"`
}

// ReadBarsResult are the payload's bars, the oldest first; none for one that was
// never taken back. Others are the rollouts that are under way on the targets.
type ReadBarsResult struct {
	Bars   []patch.Bar   `json:"bars,omitempty"`
	Others []patch.Other `json:"others,omitempty"`
}

// ReadBars reads from the log what keeps a payload from its targets: that it is
// barred (P8), whichever rollout was taken back, and other rollouts.
func (e *Evidence) ReadBars(ctx context.Context, in ReadBarsInput) (ReadBarsResult, error) {
	var out ReadBarsResult
	var err error
	if out.Bars, err = barsOf(ctx, e.Log, in.Payload); err == nil && in.Taking != nil {
		out.Others, err = others(ctx, e.Log, e.Runs, *in.Taking)
	}
	return out, translate(err)
}

func barsOf(ctx context.Context, log EvidenceLog, payload string) ([]patch.Bar, error) {
	entries, err := log.Records(ctx, patch.PayloadSubject(payload))
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return nil, recordFailure(err)
	}
	var bars []patch.Bar
	for _, entry := range entries {
		facts, err := recall[patch.WayBackFacts](entry)
		if err != nil {
			return nil, err
		}
		switch {
		case facts.Bar == nil:
		case entry.Record.Type == patch.EventBarred:
			bars = append(bars, *facts.Bar)
		case entry.Record.Type == patch.EventBarLifted && facts.Bar.Lifted != nil:
			bars = patch.LiftBars(bars, facts.Bar.Digest, *facts.Bar.Lifted)
		}
	}
	return bars, nil
}
