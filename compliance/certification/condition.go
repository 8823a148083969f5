package certification

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Condition is all that a change needs to know of an artefact of a vendor it
// touches (A9): from when on, and why, it has to wait. It may lie in the
// future: then it is an announcement, and stops what is planned for later. Its
// JSON names are frozen. It holds no personal data.
type Condition struct {
	Vendor   string `json:"vendor"`
	Artefact string `json:"artefact"`
	Number   string `json:"number"` // CER-7, where the whole story is
	State    State  `json:"state"`
	Reason   Reason `json:"reason"`
	// Since and Until bound the half-open time in which changes wait, UTC. A
	// zero Until means that only people can end it.
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
	// Last is the last day without the condition, as the owner's calendar has it.
	Last Date `json:"last,omitzero"`
}

// Blocks reports whether a change that starts at this instant has to wait.
func (c Condition) Blocks(at time.Time) bool {
	return !at.Before(c.Since) && (c.Until.IsZero() || at.Before(c.Until))
}

// Text is what an approver reads on the card of a change, as seen at the
// instant now: who lacks what, since or from when.
func (c Condition) Text(now time.Time) string {
	var what string
	switch c.Reason {
	case CoverEnded:
		what = "is covered up to and including " + c.Last.String()
	case GraceEnds:
		what = "is tolerated without coverage up to and including " + c.Last.String()
	case VendorNotice:
		what = "was taken back by the vendor"
	case NotSupplied:
		what = "was needed by " + c.Last.String() + " and has not been accepted"
	case InGap:
		what = "leaves days after " + c.Last.String() + " uncovered until the next document begins"
	case NotTracked:
		what = "is wanted by the policy and not tracked yet"
	default:
		what = "is " + string(c.State)
	}
	when := "changes that touch the vendor wait"
	if now.Before(c.Since) {
		when = "changes that start after that will have to wait"
	}
	if c.Number == "" {
		return fmt.Sprintf("%s of %s %s; %s.", c.Artefact, c.Vendor, what, when)
	}
	return fmt.Sprintf("%s of %s %s; %s (%s).", c.Artefact, c.Vendor, what, when, c.Number)
}

// Conditions lists what a tracker asks of changes at the instant now, in the
// order of time. It reads the calendar, not the state on record: an expiry
// blocks from its instant on even if no worker has noticed it yet (A8). An
// expiry is announced from the rung with ListBlocks on, a gap from its
// acceptance on, the end of a grace for as long as it lasts.
//
// It returns the error of Schedule.Check when the schedule is not the
// tracker's; the caller must then resolve it again, and treat the vendor as
// blocked until it has.
func Conditions(t Tracker, now time.Time) ([]Condition, error) {
	if err := t.Schedule.Check(t); err != nil {
		return nil, err
	}
	t = t.Moved(t.passed(now))
	s := t.Schedule
	c := Condition{Vendor: t.Vendor, Artefact: t.Artefact, Number: t.Number, State: t.Current.State, Since: s.Ends, Last: s.Last}
	announced := !s.Last.IsZero() && (t.announces(now) || !now.Before(s.Ends))
	var list []Condition
	switch state := t.Current.State; {
	case state == Grace:
		c.Reason, c.Since, c.Last = GraceEnds, later(s.Ends, s.GraceEnds), t.Current.Grace.Until
		list = append(list, c)
	case state.Accepted() && announced:
		c.Reason = CoverEnded
		list = append(list, c)
	case state.Gathering() && t.Revoked:
		c.Reason, c.Since = VendorNotice, t.Progress.Since
		list = append(list, c)
	case state.Gathering() && announced:
		c.Reason = NotSupplied
		list = append(list, c)
	}
	if gap, ok := t.gap(now); ok {
		list = append([]Condition{gap}, list...)
	}
	return list, nil
}

// gap is the uncovered time before the current version begins, still to come or
// running; false when earlier cover reaches that far, or it has begun.
func (t Tracker) gap(now time.Time) (Condition, bool) {
	starts := t.Schedule.Starts
	if !t.Current.State.Accepted() || !now.Before(starts) {
		return Condition{}, false
	}
	since, covered := t.cover(now)
	if covered && !since.Before(starts) {
		return Condition{}, false
	}
	if !covered {
		since = t.Progress.Since
	}
	last := t.Before.To
	if last.IsZero() {
		last = t.Current.Coverage.From.Add(-1)
	}
	return Condition{
		Vendor: t.Vendor, Artefact: t.Artefact, Number: t.Number, State: t.Current.State, Reason: InGap,
		Since: since, Until: starts, Last: last,
	}, true
}

// announces reports whether the rung that lists the blocks has come.
func (t Tracker) announces(now time.Time) bool {
	for _, r := range t.Schedule.Rungs {
		if r.Action == ListBlocks && !r.At.After(now) {
			return true
		}
	}
	return false
}

// Touching picks the conditions of the vendors a change touches, in a fixed
// order; Blocks then says which of them stop a start at a given instant.
func Touching(conditions []Condition, vendors []string) []Condition {
	var out []Condition
	for _, c := range conditions {
		if slices.Contains(vendors, c.Vendor) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Condition) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Vendor, b.Vendor), strings.Compare(a.Artefact, b.Artefact))
	})
	return out
}
