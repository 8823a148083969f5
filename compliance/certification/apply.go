package certification

import (
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Effect is what an act changed, for the record.
type Effect struct {
	Moves []Move `json:"moves,omitempty"`
	// Gap is set when an accepted document leaves days uncovered (A4); it is a
	// finding of its own.
	Gap *Gap `json:"gap,omitempty"`
	// Overlap is how many days an accepted renewal and the one before it share.
	Overlap int `json:"overlap,omitempty"`
	// Resolve is set when the schedule no longer fits and must be resolved
	// before anything else is asked of the tracker.
	Resolve bool `json:"resolve,omitempty"`
}

// Apply judges an act and carries it out at the instant now; index is the place
// of its record in the evidence log, where there is one already. It returns the
// tracker unchanged, with Judge's reason, when the act does not count. Moves
// that time had brought and nobody had put on record yet are applied first and
// come first in the Effect; they are put on record under their own keys.
func Apply(t Tracker, a Act, who Actor, now time.Time, index uint64) (Tracker, Effect, Reason) {
	if r := Judge(t, a, who, now); r != OK {
		return t, Effect{}, r
	}
	now = now.UTC()
	overdue := t.passed(now)
	t, e := t.Moved(overdue).carryOut(a, who.Person, now, index)
	e.Moves = append(overdue, e.Moves...)
	return t, e, OK
}

// carryOut does what an act that counts does; of a grant of grace it takes the
// days.
func (t Tracker) carryOut(a Act, by compliance.PersonID, now time.Time, index uint64) (Tracker, Effect) {
	if t.Next != nil { // the given tracker is not altered
		next := *t.Next
		t.Next = &next
	}
	var e Effect
	switch a.Action {
	case ActionAcknowledge:
		t.Progress.Acknowledged = true
	case ActionRequest:
		e = t.gather(Requested, now)
	case ActionReceive:
		e = t.gather(Received, now)
		p := t.pending()
		p.Coverage, p.Mark, p.Corrects, p.Receiver = a.Coverage, MarkOf(a.Document, a.Coverage), a.Corrects, by
	case ActionReview:
		e = t.gather(UnderReview, now)
	case ActionReturn:
		e = t.gather(Requested, now)
		p := t.pending()
		p.Coverage, p.Mark, p.Corrects, p.Receiver = Coverage{}, "", false, ""
	case ActionAccept:
		e = t.accept(now)
	case ActionGrace:
		if a.Grant {
			e = t.grant(a, by, now, index)
		}
	case ActionWithdraw:
		e = t.withdraw(now)
	}
	return t, e
}

// pending points to what Pending gives a copy of. A renewal that nobody began
// yet is begun by it.
func (t *Tracker) pending() *Artefact {
	if t.Current.State.Gathering() {
		return &t.Current
	}
	if t.Next == nil {
		t.Issued++
		t.Next = &Artefact{Version: t.Issued, State: Missing}
	}
	return t.Next
}

// gather moves the version being gathered.
func (t *Tracker) gather(to State, now time.Time) Effect {
	p := t.pending()
	m := move(*p, to, now)
	p.State = to
	return Effect{Moves: []Move{m}}
}

// accept puts the document under review in force. A renewal supersedes the one
// before it, whose cover still counts until it runs out; a correction takes its
// place altogether (A4).
func (t *Tracker) accept(now time.Time) Effect {
	p := t.pending()
	e := Effect{Moves: []Move{move(*p, Valid, now)}, Resolve: true}
	p.State = Valid
	if t.Next != nil {
		old := t.Current
		e.Moves = append(e.Moves, move(old, Superseded, now))
		t.Current, t.Next = *t.Next, nil
		if !t.Current.Corrects {
			t.Before = old.Coverage
			if t.Schedule.Ends.After(now) {
				t.Earlier = append(slices.Clone(t.Earlier), compliance.Interval{Start: t.Schedule.Starts, End: t.Schedule.Ends})
			}
		}
	}
	if gap, ok := FindGap(t.Before, t.Current.Coverage); ok {
		e.Gap = &gap
	} else {
		e.Overlap = -GapDays(t.Before, t.Current.Coverage)
	}
	t.begin(now)
	t.Revoked = false
	return e
}

// grant begins a grace; its end is by then in the future.
func (t *Tracker) grant(a Act, approver compliance.PersonID, now time.Time, index uint64) Effect {
	m := move(t.Current, Grace, now)
	t.Current.State = Grace
	t.Current.Grace = &GracePeriod{Until: t.Current.Coverage.To.Add(a.Days), Approver: approver, Granted: now, Index: index}
	return Effect{Moves: []Move{m}, Resolve: true}
}

// withdraw ends what the vendor took back: the version in force, or else the
// document in hand. No cover remains, not even what is left of superseded
// versions: nobody can say what else the notice is about. What is awaited from
// then on was needed two days before, so the whole ladder counts as passed and
// one reminder goes out at once. A document nobody had accepted yet takes no
// cover with it, and the day it is needed by stays what it was.
func (t *Tracker) withdraw(now time.Time) Effect {
	e := Effect{Moves: []Move{move(t.Current, Withdrawn, now)}, Resolve: true}
	revoked, neededBy := t.Current.State.Accepted(), t.Current.NeededBy
	if t.Next != nil {
		t.Current, t.Next = *t.Next, nil
	} else {
		t.Issued++
		t.Current = Artefact{Version: t.Issued, State: Missing}
	}
	t.Current.NeededBy, t.Current.Corrects = neededBy, false
	if revoked {
		// Two days, because without a schedule the date is that of UTC, which may
		// be a day ahead of the owner's.
		t.Current.NeededBy = DateOf(now.UTC()).Add(-2)
		t.Before, t.Earlier, t.Revoked = Coverage{}, nil, true
	}
	t.begin(now)
	return e
}

// begin starts the ladder of a new current version. The schedule of the old one
// goes with it, so that nothing is decided before it was resolved again.
func (t *Tracker) begin(now time.Time) {
	t.Progress = Progress{Since: now}
	t.Schedule = Schedule{}
}

// Describe says a move in words, such as "version 2: expiring → grace (grace granted)".
func (m Move) Describe() string {
	return fmt.Sprintf("version %d: %s → %s (%s)", m.Version, m.From, m.To, m.Cause)
}
