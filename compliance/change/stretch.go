package change

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// free gives the stretches of time in which the schedule lets a change run:
// the union of the allow-windows (or all time, where none are defined) up to
// the horizon, less every freeze. They are sorted, disjoint and not adjacent,
// so a change may run across two windows that touch (C27).
func (s Schedule) free() []compliance.Interval {
	allowed := []compliance.Interval{{}}
	if s.Restricted {
		allowed = union(s.Windows)
	}
	if !s.Until.IsZero() {
		// Behind the horizon a freeze may lie that nobody has computed yet.
		allowed = subtract(allowed, compliance.Interval{Start: s.Until})
	}
	for _, f := range union(s.Freezes) {
		allowed = subtract(allowed, f)
	}
	return allowed
}

// union merges overlapping and adjacent intervals; the result is sorted. Empty
// and inverted ones are dropped.
func union(named []NamedInterval) []compliance.Interval {
	var in []compliance.Interval
	for _, n := range named {
		if n.End.IsZero() || n.End.After(n.Start) {
			in = append(in, n.Interval)
		}
	}
	slices.SortFunc(in, func(a, b compliance.Interval) int { return a.Start.Compare(b.Start) })
	var out []compliance.Interval
	for _, i := range in {
		if len(out) == 0 {
			out = append(out, i)
			continue
		}
		last := &out[len(out)-1]
		switch {
		case last.End.IsZero():
			return out // it never ends, so it holds all that follow
		case i.Start.After(last.End):
			out = append(out, i)
		case i.End.IsZero() || i.End.After(last.End):
			last.End = i.End
		}
	}
	return out
}

// subtract takes the interval c, which is not empty, out of sorted disjoint ones.
func subtract(from []compliance.Interval, c compliance.Interval) []compliance.Interval {
	var out []compliance.Interval
	for _, i := range from {
		if c.Start.After(i.Start) { // what lies before c
			left := i
			if left.End.IsZero() || left.End.After(c.Start) {
				left.End = c.Start
			}
			out = append(out, left)
		}
		if !c.End.IsZero() && (i.End.IsZero() || c.End.Before(i.End)) { // what lies after c
			right := i
			if right.Start.Before(c.End) {
				right.Start = c.End
			}
			out = append(out, right)
		}
	}
	return out
}

// fits reports whether an execution of this length that begins at the start
// ends inside the interval. The end itself may be touched: intervals are
// half-open and so is the execution. The start must lie inside even when the
// length is nothing.
func fits(i compliance.Interval, start time.Time, length time.Duration) bool {
	return i.Contains(start) && (i.End.IsZero() || !start.Add(length).After(i.End))
}

// at returns the named interval that holds the instant t, the one that started
// first where several do.
func at(named []NamedInterval, t time.Time) (NamedInterval, bool) {
	var found NamedInterval
	ok := false
	for _, n := range named {
		if n.Contains(t) && (!ok || n.Start.Before(found.Start)) {
			found, ok = n, true
		}
	}
	return found, ok
}
