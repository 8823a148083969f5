package certification

import (
	"slices"
	"time"
)

// Move is one step of a version's state, with the cause the table gives. At is
// when it became true, which may be long before anybody noticed.
type Move struct {
	Version int       `json:"version"`
	From    State     `json:"from"`
	To      State     `json:"to"`
	Cause   string    `json:"cause"`
	At      time.Time `json:"at"`
}

// move names the step from the artefact's state, which the table must allow.
func move(a Artefact, to State, at time.Time) Move {
	return Move{Version: a.Version, From: a.State, To: to, Cause: cause(a.State, to), At: at.UTC()}
}

// passed lists the moves that time alone has brought by now: the ladder's begin,
// the end of the coverage, the end of a grace (A8). Nobody has to act or look.
// A schedule that is not this version's has no say: by one that is empty
// everything would be over.
func (t Tracker) passed(now time.Time) []Move {
	if t.Schedule.Check(t) != nil {
		return nil
	}
	var moves []Move
	a, s := t.Current, t.Schedule
	if a.State == Valid {
		begin := s.Ends
		if len(s.Rungs) > 0 && s.Rungs[0].At.Before(begin) {
			begin = s.Rungs[0].At
		}
		if !now.Before(begin) {
			moves = append(moves, move(a, Expiring, later(begin, t.Progress.Since)))
			a.State = Expiring
		}
	}
	if a.State == Expiring && !now.Before(s.Ends) {
		moves = append(moves, move(a, Expired, later(s.Ends, t.Progress.Since)))
	}
	// A grace never ends before the coverage does; should the zone have changed
	// so that it seems to, the later of the two counts.
	if a.State == Grace && !now.Before(later(s.Ends, s.GraceEnds)) {
		moves = append(moves, move(a, Expired, later(s.Ends, s.GraceEnds)))
	}
	return moves
}

// Moved applies the moves of Next. Those that do not start from the current
// version's state are passed over, so a repetition is harmless.
func (t Tracker) Moved(moves []Move) Tracker {
	for _, m := range moves {
		if m.Version != t.Current.Version || m.From != t.Current.State || !CanMove(m.From, m.To) {
			continue
		}
		t.Current.State = m.To
		if m.From == Grace {
			t.Current.Grace = nil
			t.Schedule.GraceEnds = time.Time{}
		}
	}
	return t
}

// Placed puts a newly resolved schedule into the tracker and forgets earlier
// cover that has run out. It returns the error of Schedule.Check, and the
// tracker unchanged, when the schedule is not one for it.
func (t Tracker) Placed(s Schedule, now time.Time) (Tracker, error) {
	if err := s.Check(t); err != nil {
		return t, err
	}
	t.Schedule = s
	kept := slices.Clone(t.Earlier)[:0]
	for _, i := range t.Earlier {
		if i.End.After(now) {
			kept = append(kept, i)
		}
	}
	t.Earlier = kept
	return t, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
