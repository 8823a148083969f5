package certification

import (
	"slices"
	"time"
)

// Timing says how a reminder stands to the instant it was planned for.
type Timing string

const (
	OnTime  Timing = "on_time"
	Late    Timing = "late"    // its instant was missed, as by an outage (A2)
	Entered Timing = "entered" // the artefact came when that instant was over already (A2)
)

// Reminder is a rung to be sent now.
type Reminder struct {
	Version int       `json:"version"`           // of the artefact
	Awaited bool      `json:"awaited,omitempty"` // the ladder counts to the day it is needed by
	Offset  int       `json:"offset"`
	Date    Date      `json:"date"` // the owner's local day it was planned for
	Planned time.Time `json:"planned"`
	Timing  Timing    `json:"timing"`
	// Skipped lists the offsets it stands for besides its own: rungs that are
	// never sent, because this one is nearer.
	Skipped []int `json:"skipped,omitempty"`
	// Do lists what has to be done now: the actions of the skipped rungs too,
	// less those that the state of the renewal makes pointless.
	Do       []Action `json:"do"`
	Audience []Role   `json:"audience"`
}

// Due is what the present moment asks of a tracker, in the order of its fields.
type Due struct {
	// Moves are the steps of the current version's state that time has brought.
	Moves []Move `json:"moves,omitempty"`
	// Send is the one rung to be sent; Escalation the word to further people
	// about a rung that nobody acknowledged. They never come together.
	Send       *Reminder   `json:"send,omitempty"`
	Escalation *Escalation `json:"escalation,omitempty"`
	// Wake is when to ask again if nothing is due, always after now: the next
	// rung, end or escalation. Zero means that nothing will come by itself.
	Wake time.Time `json:"wake,omitzero"`
}

// None reports whether there is nothing to do but to wait for Wake.
func (d Due) None() bool { return len(d.Moves) == 0 && d.Send == nil && d.Escalation == nil }

// Next says what is due at the instant now (A1 to A3, A8). The caller resolves
// the schedule first, puts each part on record, applies it (Moved, Sent,
// Escalated), asks again, and sleeps until Wake once nothing is due. A crash in
// between repeats a part under the same key (Reminder.Key, Escalation.Key, MoveKey), never another one.
//
// It returns an error when the schedule is not one for this tracker; nothing
// is due then but resolving it again.
func Next(t Tracker, now time.Time) (Due, error) {
	if err := t.Schedule.Check(t); err != nil {
		return Due{}, err
	}
	moves := t.passed(now)
	d := Due{Moves: moves, Send: t.reminder(now)}
	if d.Send == nil {
		d.Escalation = t.escalation(now)
	}
	d.Wake = t.wake(now)
	return d, nil
}

// reminder gives the nearest rung that has come and was not passed yet. All
// earlier ones are skipped for good, so that an outage is followed by one
// reminder, not by a shower of them (A2).
func (t Tracker) reminder(now time.Time) *Reminder {
	ahead := t.ahead()
	n := 0
	for n < len(ahead) && !ahead[n].At.After(now) {
		n++
	}
	if n == 0 {
		return nil
	}
	rung := ahead[n-1]
	r := &Reminder{
		Version: t.Current.Version, Awaited: t.awaited(), Offset: rung.Offset, Date: rung.Date, Planned: rung.At,
		Timing: OnTime, Audience: slices.Clone(rung.Audience),
	}
	switch {
	case rung.At.Before(t.Progress.Since):
		r.Timing = Entered
	case now.Sub(rung.At) > t.Ladder.Late:
		r.Timing = Late
	}
	for _, s := range ahead[:n] {
		if s.Offset != rung.Offset {
			r.Skipped = append(r.Skipped, s.Offset)
		}
		if !slices.Contains(r.Do, s.Action) && t.sensible(s.Action) {
			r.Do = append(r.Do, s.Action)
		}
	}
	if slices.Contains(r.Do, RequestRenewal) { // nobody is chased who has not been asked
		r.Do = slices.DeleteFunc(r.Do, func(a Action) bool { return a == ChaseVendor })
	}
	return r
}

// ahead lists the scheduled rungs behind the last one sent.
func (t Tracker) ahead() []Scheduled {
	if !t.Current.State.Accepted() && !t.Current.State.Gathering() {
		return nil
	}
	if !t.Progress.Begun {
		return t.Schedule.Rungs
	}
	for i, r := range t.Schedule.Rungs {
		if r.Offset < t.Progress.Last {
			return t.Schedule.Rungs[i:]
		}
	}
	return nil
}

// sensible leaves out what the state of the renewal has made pointless: a
// vendor who was asked is not asked anew, one who has delivered is not chased,
// and grace that was granted, or has nothing to be granted for, is not decided.
func (t Tracker) sensible(a Action) bool {
	pending := t.Pending()
	switch a {
	case RequestRenewal:
		return pending == nil || pending.State == Missing
	case ChaseVendor:
		return pending == nil || pending.State == Missing || pending.State == Requested
	case DecideGrace:
		return t.Current.State.Accepted() && t.Current.State != Grace
	case StateExpired:
		return t.Current.State != Grace
	default:
		return true
	}
}

// wake gives the earliest instant after now at which anything can become due. A
// gap between two documents asks for nothing: the card names its days from the
// acceptance on, and Conditions blocks them whether the tracker looks or not.
func (t Tracker) wake(now time.Time) time.Time {
	_, escalates := t.escalates()
	instants := []time.Time{t.Schedule.Ends, t.Schedule.GraceEnds, escalates}
	for _, r := range t.ahead() {
		instants = append(instants, r.At)
	}
	var first time.Time
	for _, at := range instants {
		if at.After(now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// Sent applies a reminder: its rung and all before it are passed. It takes only
// what Next gave for this tracker; anything that is not ahead changes nothing,
// so a repetition is harmless.
func (t Tracker) Sent(r Reminder, now time.Time) Tracker {
	if r.Version != t.Current.Version || r.Awaited != t.awaited() || t.Progress.Begun && r.Offset >= t.Progress.Last {
		return t
	}
	t.Progress = Progress{Since: t.Progress.Since, Begun: true, Last: r.Offset, Sent: now.UTC()}
	return t
}
