package activities

import (
	"context"
	"encoding/json"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// judgeProceed judges the implementer's question at a safe point with the calendars
// as they are now (C30).
func (j *Judgement) judgeProceed(ctx context.Context, in JudgeActInput, person compliance.Person) (JudgedAct, error) {
	out := JudgedAct{Person: person.ID}
	var ask change.Proceed
	if ask, out.Reason, out.Field = change.ParseProceed(in.Inbound); out.Reason != change.OK {
		return out, nil
	}
	if ask.Binding.Version != in.Version || ask.Binding.Hash != change.ShortHash(in.Hash) {
		out.Reason = change.StaleContent
		return out, nil
	}
	var s change.Schedule
	if in.State == change.Executing {
		var err error
		if s, err = schedule(ctx, j.Source, in.Schedule); err != nil {
			return JudgedAct{}, err
		}
		out.Schedule = &s
	}
	out.Reason = change.JudgeProceed(in.State, in.Implementer, person.ID, in.Points, ask, s, in.Now)
	if out.Reason == change.OK || change.Halts(out.Reason) {
		out.Point, _ = change.PointOf(in.Points, ask.Point)
		out.Remaining = ask.Remaining
	}
	if out.Reason == change.OK {
		out.To = change.Executing
	} else if out.Reason == change.UnknownPoint {
		out.Field = change.FieldPoint
	}
	return out, nil
}

// paused is the record that stands beside a refusal to go on: the work waits at a
// safe point. Neither is without the other.
func (in JudgeActInput) paused(act evidence.Event, out JudgedAct) []evidence.Event {
	if in.Inbound.Action != change.ActionProceed || !change.Halts(out.Reason) || out.Point == 0 || out.Schedule == nil {
		return nil
	}
	ev := in.Head.Event(act.Key+"/paused", change.EventPaused, act.At)
	facts := change.ProceedFacts{
		Version: in.Version, Point: out.Point, Points: len(in.Points), Reason: out.Reason, Remaining: out.Remaining, Calendar: out.Schedule.Calendar,
	}
	facts.Opening, _ = change.NextOpening(*out.Schedule, in.Now, in.Schedule.From, out.Remaining)
	ev.ZoneHash = out.Schedule.ZoneHash
	ev.Facts, _ = json.Marshal(facts) // plain fields: encoding cannot fail
	return []evidence.Event{ev}
}
