package policy

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// occurrence resolves the spell for one start on the wall (C26): usually to
// one interval, to none when the clocks skip all of it, to two when a window
// opens in a doubled hour and goes on after it.
func (s spell) occurrence(start Wall, freeze bool) []compliance.Interval {
	first, last, _ := Instants(start, s.loc)
	if s.end == nil {
		if !freeze {
			last = first
		}
		return []compliance.Interval{{Start: first, End: last.Add(s.duration)}}
	}
	end := *s.end
	if s.weekly() || s.repeat != nil {
		end = start
		end.Day += s.nights()
		end.Hour, end.Minute = s.end.Hour, s.end.Minute
	}
	if freeze {
		return nonEmpty(compliance.Interval{Start: first, End: freezeEnd(end, s.loc)})
	}
	return windowRuns(start, end, s.loc)
}

// freezeEnd is the instant after the last one at which the clocks show less
// than end: a freeze covers both occurrences of a doubled time, with what lies
// between them.
func freezeEnd(end Wall, loc *time.Location) time.Time {
	end.Minute-- // the end is exclusive, and zones change at whole minutes
	_, last, kind := Instants(end, loc)
	if kind == Gap {
		return last
	}
	return last.Add(time.Minute)
}

// windowRuns gives the runs of time in which the clocks show [start, end). A
// second run that shows nothing the first has not shown is not taken: an
// allow-window takes the first occurrence only.
func windowRuns(start, end Wall, loc *time.Location) []compliance.Interval {
	opens, opensAgain, kind := Instants(start, loc)
	closes, _, _ := Instants(end, loc)
	whole := compliance.Interval{Start: opens, End: closes}
	if kind != Fold || !opensAgain.Before(closes) {
		return nonEmpty(whole)
	}
	// The clocks go back before the window closes, at the end of the period in
	// which it opens: by how much, and to a time before its start?
	_, before := opens.In(loc).Zone()
	_, back := opens.In(loc).ZoneBounds()
	_, after := back.Zone()
	if wallOf(back).seconds() >= start.seconds() {
		return nonEmpty(whole)
	}
	runs := []compliance.Interval{{Start: opens, End: back.UTC()}}
	if repeated := time.Duration(before-after) * time.Second; closes.Sub(back) > repeated {
		runs = append(runs, compliance.Interval{Start: opensAgain, End: closes})
	}
	return runs
}

func nonEmpty(i compliance.Interval) []compliance.Interval {
	if i.Start.Before(i.End) {
		return []compliance.Interval{i}
	}
	return nil
}

// between gives the occurrences that overlap [from, until), in order.
func (s spell) between(from, until time.Time, freeze bool) []compliance.Interval {
	var out []compliance.Interval
	take := func(start Wall) {
		for _, i := range s.occurrence(start, freeze) {
			if i.End.After(from) && i.Start.Before(until) {
				out = append(out, i)
			}
		}
	}
	if s.repeat != nil {
		for _, start := range s.repeat.between(from, until) {
			take(start)
		}
		return out
	}
	if !s.weekly() {
		take(s.start)
		return out
	}
	// An occurrence lasts a week at most, and a wall date is within a day or
	// two of the UTC date.
	const margin = 2
	day := wallOf(from.UTC().AddDate(0, 0, -7-margin))
	day.Hour, day.Minute = s.start.Hour, s.start.Minute
	for ; day.seconds() < until.Unix()+margin*24*3600; day.Day++ {
		if s.days[time.Unix(day.seconds(), 0).UTC().Weekday()] {
			take(day)
		}
	}
	return out
}

// dates gives a span that certainly holds a dated spell, or the first occurrence
// of a repeating one; false for a weekly one.
func (s spell) dates() (from, until time.Time, dated bool) {
	const margin = 3 * 24 * time.Hour
	from = time.Unix(s.start.seconds(), 0).UTC().Add(-margin)
	until = time.Unix(s.start.seconds(), 0).UTC().Add(maxPeriod)
	return from, until, !s.weekly()
}
