package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// wallClock is what the clocks of a zone show, minute by minute, around a change:
// all that the oracle of windows and freezes knows of time. Times on the wall are
// written as if they were UTC.
type wallClock struct {
	from      time.Time
	shown     []time.Time
	low, high time.Duration // by how much the wall differs from UTC, at least and at most
}

func clockAround(at time.Time, loc *time.Location) wallClock {
	const days = 4
	c := wallClock{from: at.AddDate(0, 0, -days)}
	for m := c.from; m.Before(at.AddDate(0, 0, days)); m = m.Add(time.Minute) {
		shown := clocks(m, loc)
		if off := shown.Sub(m); len(c.shown) == 0 {
			c.low, c.high = off, off
		} else {
			c.low, c.high = min(c.low, off), max(c.high, off)
		}
		c.shown = append(c.shown, shown)
	}
	return c
}

// clocks shows what the clocks show, as minutes on the wall.
func clocks(t time.Time, loc *time.Location) time.Time {
	l := t.In(loc)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
}

func (c wallClock) at(i int) time.Time { return c.from.Add(time.Duration(i) * time.Minute) }

// minutes are the indices of all minutes that may show something from start to end.
func (c wallClock) minutes(start, end time.Time) (from, to int) {
	from, to = int(start.Add(-c.high).Sub(c.from)/time.Minute)-1, int(end.Add(-c.low).Sub(c.from)/time.Minute)+2
	return max(0, from), min(len(c.shown), to)
}

// runs are the stretches in which the clocks show a time in [start, end). One
// that shows nothing new is left out: it is the second run of a doubled time.
func (c wallClock) runs(start, end time.Time) []compliance.Interval {
	var out []compliance.Interval
	seen := map[time.Time]bool{}
	from, to := c.minutes(start, end)
	for i := from; i < to; {
		fresh, first := false, i
		for ; i < to && !c.shown[i].Before(start) && c.shown[i].Before(end); i++ {
			fresh = fresh || !seen[c.shown[i]]
			seen[c.shown[i]] = true
		}
		if fresh {
			out = append(out, compliance.Interval{Start: c.at(first), End: c.at(i)})
		}
		if i == first {
			i++
		}
	}
	return out
}

// hull is from the first minute that shows a time in [start, end) to the last.
func (c wallClock) hull(start, end time.Time) []compliance.Interval {
	var out []compliance.Interval
	from, to := c.minutes(start, end)
	for i := from; i < to; i++ {
		if c.shown[i].Before(start) || !c.shown[i].Before(end) {
			continue
		}
		if out == nil {
			out = []compliance.Interval{{Start: c.at(i)}}
		}
		out[0].End = c.at(i + 1)
	}
	return out
}

// elapsed lasts from the first minute that shows start, or where the clocks skip
// it from the first minute after it; with both, until after the last that shows it.
func (c wallClock) elapsed(start time.Time, length time.Duration, both bool) []compliance.Interval {
	from, to := c.minutes(start, start.Add(24*time.Hour))
	first, last := -1, -1
	for i := from; i < to; i++ {
		if c.shown[i].Equal(start) {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		for first = from; !c.shown[first].After(start); first++ {
		}
		last = first
	}
	if !both {
		last = first
	}
	return []compliance.Interval{{Start: c.at(first), End: c.at(last).Add(length)}}
}

// attempt is a window or freeze that is tried, as somebody means it: from a time on
// the wall to another one, or for a length where that is set.
type attempt struct {
	freeze     bool
	form       string // "dated", "weekly", "daily" or "repeat"
	start, end time.Time
	length     time.Duration
}

// every is after how many days a repeating attempt comes again, and earlier how
// many days before its occurrence at the change its rule begins.
const every, earlier = 3, 9

// entry writes the attempt as an entry of a calendar.
func (a attempt) entry(name string) string {
	start, end, layout, rest := a.start, a.end, "2006-01-02T15:04", ""
	switch a.form {
	case "weekly":
		layout, rest = "15:04", "days: ["+strings.ToLower(start.Format("Mon"))+"], "
	case "daily":
		layout, rest = "15:04", "days: [mon, tue, wed, thu, fri, sat, sun], "
	case "repeat":
		start, end = start.AddDate(0, 0, -earlier), end.AddDate(0, 0, -earlier)
		rest = fmt.Sprintf("repeat: FREQ=DAILY;INTERVAL=%d;COUNT=7, ", every)
	}
	last := fmt.Sprintf("end: %q", end.Format(layout))
	if a.length > 0 {
		last = fmt.Sprintf("duration: %dm", a.length/time.Minute)
	}
	return fmt.Sprintf("{name: %s, %sstart: %q, %s}", name, rest, start.Format(layout), last)
}

// want says when the attempt holds between two instants, by the clocks alone.
func (a attempt) want(c wallClock, from, until time.Time) []compliance.Interval {
	step, days := map[string]int{"dated": 0, "weekly": 7, "daily": 1, "repeat": every}[a.form], 0
	if step > 0 {
		days = 3 / step * step
	}
	var out []compliance.Interval
	for day := -days; day <= days; day += max(1, step) {
		start, end := a.start.AddDate(0, 0, day), a.end.AddDate(0, 0, day)
		var held []compliance.Interval
		switch {
		case a.length > 0:
			held = c.elapsed(start, a.length, a.freeze)
		case a.freeze:
			held = c.hull(start, end)
		default:
			held = c.runs(start, end)
		}
		for _, i := range held {
			if i.End.After(from) && i.Start.Before(until) {
				out = append(out, i)
			}
		}
	}
	slices.SortFunc(out, func(x, y compliance.Interval) int { return x.Start.Compare(y.Start) })
	return out
}
