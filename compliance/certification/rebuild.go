package certification

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Recorded is one record of an artefact in the evidence log, as Rebuild reads
// it. Facts are TrackedFacts, ReminderFacts, MovedFacts or ActFacts; anything
// else says nothing about where the artefact stands.
type Recorded struct {
	At    time.Time
	Index uint64
	By    compliance.PersonID
	Facts any
}

// Tasks are the tickets of the renewals so far: how many, and whether the last
// one is still about something.
type Tasks struct {
	Count int  `json:"count,omitempty"`
	Open  bool `json:"open,omitempty"`
}

// Rebuild learns from the record where an artefact stands whose tracker was
// ended from outside: its versions, cover, renewal, grace, and how far its
// ladder was climbed. What an operator ends is begun again, not forgotten.
//
// t is the tracker as it begins; records are those of the artefact in the order
// of the log, of acts those that counted. Nothing is judged again: what is on
// record counted then. Instants of cover are those of the owner's calendar as it
// is now. The caller takes over the present ladder and day with Refit, and
// resolves the schedule, before anything is decided.
func Rebuild(t Tracker, records []Recorded, local Local) (Tracker, Tasks) {
	begun, tasks := false, Tasks{}
	for _, r := range records {
		if f, ok := r.Facts.(TrackedFacts); ok {
			if begun { // a run that learned its state from here, too
				t, _ = t.Refit(t.Ladder, f.NeededBy, r.At)
			} else {
				t.Current.NeededBy, t.Progress.Since = f.NeededBy, r.At.UTC()
			}
			begun = true
			continue
		}
		t, tasks = t.follow(r, local), tasks.follow(r.Facts)
	}
	t.Schedule = Schedule{}
	return t, tasks
}

// follow counts a ticket where the process opens one: with the first reminder or
// act of a renewal, and anew where somebody deleted it. An acceptance is its end.
func (k Tasks) follow(facts any) Tasks {
	switch f := facts.(type) {
	case ReminderFacts:
		if f.Reminder != nil {
			return k.opened()
		}
	case MovedFacts:
		if f.Reopened {
			return Tasks{Count: k.Count}.opened()
		}
	case ActFacts:
		switch f.Action {
		case ActionAcknowledge, ActionGrace, ActionWithdraw:
		case ActionAccept:
			k = k.opened()
			k.Open = false
		default:
			return k.opened()
		}
	}
	return k
}

func (k Tasks) opened() Tasks {
	if !k.Open {
		k.Count++
	}
	k.Open = true
	return k
}

// follow applies one record.
func (t Tracker) follow(r Recorded, local Local) Tracker {
	switch f := r.Facts.(type) {
	case ReminderFacts:
		if f.Reminder != nil {
			return t.Sent(*f.Reminder, r.At)
		}
		if f.Escalation != nil {
			return t.Escalated(*f.Escalation)
		}
	case MovedFacts:
		switch {
		case f.Move != nil:
			return t.Moved([]Move{*f.Move})
		case !f.NeededBy.IsZero() || f.Undated:
			t, _ = t.Refit(t.Ladder, f.NeededBy, r.At)
		}
	case ActFacts:
		return t.redone(f, r, local)
	}
	return t
}

// redone carries out an act once more, at the instant that it counted at: that
// of what it moved. Beside its own moves its effect has those that time had
// brought before.
func (t Tracker) redone(f ActFacts, r Recorded, local Local) Tracker {
	at := r.At.UTC()
	if f.Effect != nil && len(f.Effect.Moves) > 0 {
		moves := f.Effect.Moves
		at = moves[len(moves)-1].At.UTC()
		for _, m := range moves {
			if m.To == Expiring || m.To == Expired {
				t = t.Moved([]Move{m})
			}
		}
	}
	// An acceptance keeps from the schedule what is left of the cover before. One
	// that was just resolved for a tracker fits it.
	local.Today = DateOf(at)
	t, _ = t.Placed(Resolve(t, local, at), at)
	a := Act{Action: f.Action, Corrects: f.Corrects, Grant: !f.Until.IsZero(), Days: f.Until.Days(t.Current.Coverage.To)}
	if f.Coverage != nil {
		a.Coverage = *f.Coverage
	}
	t, _ = t.carryOut(a, r.By, at, r.Index)
	if a.Action == ActionReceive {
		t.pending().Mark = f.Mark // the record holds the document's mark, never where it is kept
	}
	return t
}
