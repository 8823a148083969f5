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

// Rebuild learns from the record where an artefact stands whose tracker was
// ended from outside: its versions, cover, renewal, grace, and how far its
// ladder was climbed. What an operator ends is begun again, not forgotten.
//
// t is the tracker as it begins; records are those of the artefact in the order
// of the log, of acts those that counted. Nothing is judged again: what is on
// record counted then. Instants of cover are those of the owner's calendar as it
// is now. The caller takes over the present ladder and day with Refit, and
// resolves the schedule, before anything is decided.
func Rebuild(t Tracker, records []Recorded, local Local) Tracker {
	begun, wanted := false, t.Current.NeededBy
	for _, r := range records {
		if f, ok := r.Facts.(TrackedFacts); ok {
			if !begun { // later ones are runs that learned their state from here, too
				begun = true
				t.Current.NeededBy, t.Progress.Since = f.NeededBy, r.At.UTC()
			}
			continue
		}
		t = t.follow(r, wanted, local)
	}
	t.Schedule = Schedule{}
	return t
}

// follow applies one record.
func (t Tracker) follow(r Recorded, wanted Date, local Local) Tracker {
	switch f := r.Facts.(type) {
	case ReminderFacts:
		if f.Reminder != nil {
			return t.renamed(f.Reminder.Version, wanted, r.At).Sent(*f.Reminder, r.At)
		}
		if f.Escalation != nil {
			return t.Escalated(*f.Escalation)
		}
	case MovedFacts:
		if f.Move != nil {
			return t.Moved([]Move{*f.Move})
		}
	case ActFacts:
		return t.redone(f, r, wanted, local)
	}
	return t
}

// redone carries out an act once more, at the instant that it counted at: that
// of what it moved. Beside its own moves its effect has those that time had
// brought before.
func (t Tracker) redone(f ActFacts, r Recorded, wanted Date, local Local) Tracker {
	at := r.At.UTC()
	if f.Effect != nil && len(f.Effect.Moves) > 0 {
		moves := f.Effect.Moves
		at = moves[len(moves)-1].At.UTC()
		t = t.renamed(moves[0].Version, wanted, at)
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

// renamed gives the awaited first artefact the version that a record calls it
// by: another day on which it is needed made another version of it (see Refit).
func (t Tracker) renamed(version int, wanted Date, at time.Time) Tracker {
	if t.awaited() && version > t.Current.Version {
		t.Issued, t.Current.Version, t.Current.NeededBy = version, version, wanted
		t.Progress, t.Schedule = Progress{Since: at.UTC()}, Schedule{}
	}
	return t
}
