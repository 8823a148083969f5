package exception

import (
	"slices"
	"time"
)

// Due is one thing that time has brought.
type Due struct {
	Event string `json:"event"`
	// At is when it was planned; Late is set when it is noticed a day or more after.
	At    time.Time `json:"at"`
	Late  bool      `json:"late,omitempty"`
	Cause Cause     `json:"cause,omitempty"`
	Rung  int       `json:"rung,omitempty"` // days before the end, of a warning
}

// lateAfter is from when something is said to be late.
const lateAfter = 24 * time.Hour

// Next gives the first thing that is due at the instant now, by the order of
// the calendar; false when nothing is, with the instant at which something will
// be, zero for never. The exception must have been placed for local.
func Next(e Exception, local Local, now time.Time) (due Due, ok bool, wake time.Time) {
	for _, d := range e.planned(local, now) {
		if d.At.After(now) {
			if wake.IsZero() || d.At.Before(wake) {
				wake = d.At
			}
			continue
		}
		if !ok || d.At.Before(due.At) {
			due, ok = d, true
		}
	}
	if ok {
		due.Late = !now.Before(due.At.Add(lateAfter))
		return due, true, time.Time{}
	}
	return Due{}, false, wake
}

// planned lists what time will bring if nobody acts, the weightier first.
func (e Exception) planned(local Local, now time.Time) []Due {
	var out []Due
	if e.Round != nil {
		out = append(out, Due{Event: EventLapsed, At: e.Round.By})
	}
	switch e.State {
	case InForce:
		out = append(out, Due{Event: EventExpired, At: e.Ends, Cause: Expired})
		if e.Check.Asked.IsZero() {
			if e.Check.Next.Before(e.Ends) && now.Before(e.Ends) {
				out = append(out, Due{Event: EventAsked, At: e.Check.Next})
			}
		} else {
			out = append(out, Due{Event: EventUnanswered, At: e.Check.By, Cause: Unanswered})
		}
		if now.Before(e.Ends) { // what is over is reopened, not warned of
			out = append(out, e.warnings(local, now)...)
		}
	case Reopened:
		out = append(out, Due{Event: EventEscalated, At: e.Deadline})
	case Overdue:
		out = append(out, Due{Event: EventReminded, At: e.Remind})
	}
	return out
}

// warnings are the nearest one that has come, which stands for those before it,
// and the next.
func (e Exception) warnings(local Local, now time.Time) []Due {
	rungs := slices.Clone(e.Terms.Warn)
	slices.Sort(rungs)
	var next *Due
	for _, r := range rungs {
		if e.Warned != 0 && r >= e.Warned {
			break
		}
		d := Due{Event: EventWarned, At: at(local, e.Last.Add(-r), hour), Rung: r}
		if !d.At.After(now) {
			if next != nil {
				return []Due{d, *next}
			}
			return []Due{d}
		}
		next = &d
	}
	if next != nil {
		return []Due{*next}
	}
	return nil
}

// Advance applies what is due at the instant now.
func Advance(e Exception, due Due, local Local, now time.Time) Exception {
	switch due.Event {
	case EventLapsed:
		if e.State == Requested {
			e.State = Lapsed
		}
		e.Round = nil
	case EventWarned:
		e.Warned = due.Rung
	case EventAsked:
		e.Check.N++
		e.Check.Asked = now.UTC()
		e.Check.By = at(local, local.Today.Add(e.Terms.RecheckWithin+1), 0)
	case EventExpired, EventUnanswered:
		e = e.reopen(due.Cause, local, now)
	case EventEscalated:
		e.State, e.Reminded, e.Remind = Overdue, 1, at(local, local.Today.Add(7), hour)
	case EventReminded:
		e.Reminded++
		e.Remind = at(local, local.Today.Add(7), hour)
	}
	return e
}

// reopen ends what it excuses and gives the short deadline, which counts from
// the day it is noticed: people cannot keep one that they were never told of.
func (e Exception) reopen(cause Cause, local Local, now time.Time) Exception {
	e.State, e.Cause, e.Reopened = Reopened, cause, now.UTC()
	e.Due = local.Today.Add(e.Terms.NewDeadline)
	e.Deadline = at(local, e.Due.Add(1), 0)
	e.Check.Asked = time.Time{}
	if cause != Expired {
		e.Round = nil // what failed is not renewed
	}
	return e
}

// grant puts it in force until the day of the round that was decided.
func (e Exception) grant(local Local) Exception {
	r := *e.Round
	was := e.State
	if was == Requested {
		e.First = local.Today
	} else {
		e.Renewals++
		if r.Terms != nil {
			e.Terms = *r.Terms
		}
	}
	e.State, e.Cause, e.Round = InForce, "", nil
	e.Reopened, e.Due, e.Deadline, e.Reminded, e.Remind = time.Time{}, Date{}, time.Time{}, 0, time.Time{}
	e.Last, e.Ends, e.Warned = r.Until, at(local, r.Until.Add(1), 0), 0
	for _, rung := range e.Terms.Warn { // nobody is warned of what was decided this very day
		if !r.Until.Add(-rung).After(local.Today) && (e.Warned == 0 || rung < e.Warned) {
			e.Warned = rung
		}
	}
	// A question that waits for its answer is not put aside by a renewal.
	if was != InForce || e.Check.Asked.IsZero() {
		e = e.nextCheck(local)
	}
	return e
}

// nextCheck plans the next question to the verifier.
func (e Exception) nextCheck(local Local) Exception {
	day := local.Today.Add(e.Terms.RecheckEvery)
	e.Check = Check{N: e.Check.N, Next: at(local, day, hour), By: at(local, day.Add(e.Terms.RecheckWithin+1), 0)}
	return e
}

// Placed takes over the owner's zone as it is now; true when its end moved (G1).
func (e Exception) Placed(local Local) (Exception, bool) {
	if e.State != InForce || e.Last.IsZero() {
		return e, false
	}
	ends := at(local, e.Last.Add(1), 0)
	moved := !ends.Equal(e.Ends)
	e.Ends = ends
	return e, moved
}
