package activities

import (
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
)

// recalled rebuilds the answer from the record of an earlier attempt.
func (in JudgeActInput) recalled(e evidence.Entry) (JudgedAct, error) {
	facts, err := recall[change.ActFacts](e)
	out := JudgedAct{Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason, To: facts.Result, Conditions: facts.Conditions, Lost: facts.Lost, Objects: facts.Objects}
	if in.Inbound.Action == change.ActionProceed {
		out.Point, out.Remaining = facts.Point, facts.Remaining
	}
	if facts.Reason == change.OK && facts.Version != in.Version {
		out.Reason = change.StaleContent // a very late repetition: it was about an earlier version
	}
	return out, err
}

// event is the record of the act: what it brought about, or the refusal.
func (in JudgeActInput) event(out JudgedAct, person compliance.Person) (evidence.Event, any) {
	kind, state := change.EventRefused, change.State("")
	if out.Reason == change.OK {
		state = out.To
		switch in.Inbound.Action {
		case change.ActionStart:
			kind = change.EventStarted
		case change.ActionFinish:
			kind = change.EventFinished
		case change.ActionProceed:
			kind, state = change.EventProceeded, "" // nothing moved
		case change.ActionWithdraw:
			kind = change.EventWithdrawn
		case change.ActionHold:
			kind = change.EventHeld
		case change.ActionObject:
			kind = change.EventObjected
		case change.ActionResume:
			kind = change.EventResumed
		}
	}
	ev := in.Head.Event(change.ActKey(in.Head.owner(), in.Inbound.Delivery), kind, in.Inbound.Received)
	ev.State, ev.Final = string(state), state.Terminal()
	facts := actFacts(in.Inbound, person)
	facts.Version, facts.Hash, facts.Reason, facts.Stood = in.Version, in.Hash, out.Reason, string(in.State)
	facts.Changes = change.Describe(in.Changed)
	if out.Reason == change.NotYourTurn {
		facts.Before = in.Before
	}
	facts.Lost, facts.Conditions, facts.Objects = out.Lost, out.Conditions, out.Objects
	facts.Gate = gate.Marks(out.Gate)
	if out.Reason == change.MirrorBehind {
		facts.Behind = in.Behind
	}
	if facts.Point, facts.Remaining = out.Point, out.Remaining; facts.Point == 0 {
		facts.Point = in.Halted
	}
	if s, bad, _ := change.ParseStart(in.Inbound); bad == change.OK {
		a := s.Attested
		facts.Attested = []change.Attested{{Name: a.Name, Text: a.Shown, Answer: a.Value}}
	}
	if out.Reason == change.OK {
		facts.Result = out.To
		if out.Schedule != nil {
			ev.ZoneHash = out.Schedule.ZoneHash
			facts.Calendar = out.Schedule.Calendar
		}
	}
	return ev, facts
}
