package policy

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// spell is a compiled window or freeze: intent, not yet instants.
type spell struct {
	name  string
	zone  string
	loc   *time.Location
	days  [7]bool // by time.Weekday; all false in a dated spell
	start Wall    // of a weekly spell only hour and minute count
	// Exactly one of the two says how it ends (C26): end is wall time,
	// duration is elapsed time.
	end      *Wall
	duration time.Duration
}

// fault is what is wrong with an entry, and where inside it.
type fault struct{ at, text, hint string }

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// compileSpell turns an entry into a spell, or says why that is impossible.
func compileSpell(e spellEntry, zone string, loc *time.Location) (spell, *fault) {
	s := spell{name: e.Name, zone: zone, loc: loc}
	for i, name := range weekdays() {
		for _, d := range e.Days {
			s.days[i] = s.days[i] || d == name
		}
	}
	if (e.End == "") == (e.Duration == "") {
		return s, &fault{"", "give either end or duration", "end is wall time, duration is elapsed time; they differ when clocks change, so exactly one must be chosen"}
	}
	read, form := parseWall, `"2026-12-18T00:00" (a dated entry; a weekly one has days)`
	if s.weekly() {
		read, form = parseClock, `"22:00" (a weekly entry; a dated one has no days)`
	}
	var ok bool
	if s.start, ok = read(e.Start); !ok {
		return s, &fault{"/start", fmt.Sprintf("%q is not a time of this entry", e.Start), "write " + form}
	}
	if s.weekly() && s.start.Hour == 24 {
		return s, &fault{"/start", "a day begins at 00:00", `write "00:00" and the next day`}
	}
	if e.Duration != "" {
		d, err := parseDuration(e.Duration)
		if err != nil {
			return s, &fault{"/duration", err.Error(), `write "4h" or "90m"`}
		}
		if s.weekly() && d > 7*24*time.Hour {
			return s, &fault{"/duration", "a weekly entry lasts at most a week", "use a dated entry"}
		}
		s.duration = d
		return s, nil
	}
	end, ok := read(e.End)
	if !ok {
		return s, &fault{"/end", fmt.Sprintf("%q is not a time of this entry", e.End), "write " + form}
	}
	switch from, to := s.start.seconds(), end.seconds(); {
	case from == to:
		return s, &fault{"/end", "the entry is empty: it ends when it starts", `for a whole day write start "00:00" and end "24:00"`}
	case to < from && s.weekly():
		end.Day++ // past midnight
	case to < from:
		return s, &fault{"/end", "the entry ends before it starts", "correct one of the two"}
	}
	s.end = &end
	return s, nil
}

func (s spell) weekly() bool { return s.days != [7]bool{} }

// parseClock reads "22:00"; "24:00" is the end of the day.
func parseClock(text string) (Wall, bool) {
	if text == "24:00" {
		return Wall{Year: 1970, Month: 1, Day: 1, Hour: 24}, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return Wall{}, false
	}
	return Wall{Year: 1970, Month: 1, Day: 1, Hour: t.Hour(), Minute: t.Minute()}, true
}

// parseWall reads "2026-12-18T00:00".
func parseWall(text string) (Wall, bool) {
	t, err := time.Parse(wallLayout, text)
	if err != nil || t.Year() < 1970 {
		return Wall{}, false
	}
	return wallOf(t), true
}

// occurrence resolves the spell for one start on the wall (C26). False means
// that nothing is left of it, as when the clocks skip all of it.
func (s spell) occurrence(start Wall, freeze bool) (compliance.Interval, bool) {
	first, last, _ := Instants(start, s.loc)
	i := compliance.Interval{Start: first}
	switch {
	case s.end == nil && freeze:
		i.End = last.Add(s.duration)
	case s.end == nil:
		i.End = first.Add(s.duration)
	default:
		end := *s.end
		if s.weekly() {
			end = start
			end.Day += s.end.Day - s.start.Day
			end.Hour, end.Minute = s.end.Hour, s.end.Minute
		}
		if freeze {
			i.End = freezeEnd(end, s.loc)
		} else {
			i.End = windowEnd(first, start, end, s.loc)
		}
	}
	return i, i.Start.Before(i.End)
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

// windowEnd is the first instant after opened at which the clocks show
// something outside [start, end): an allow-window takes the first occurrence
// only. Clocks that go back can leave it at its beginning too, as from 01:59
// to 01:00 in a window from 01:30 to 02:00.
func windowEnd(opened time.Time, start, end Wall, loc *time.Location) time.Time {
	closes, _, _ := Instants(end, loc)
	for t := opened.In(loc); ; {
		_, next := t.ZoneBounds()
		if next.IsZero() || !next.Before(closes) {
			return closes
		}
		t = next
		if wallOf(t).seconds() < start.seconds() {
			return t.UTC()
		}
	}
}

// between gives the occurrences that overlap [from, until), in order.
func (s spell) between(from, until time.Time, freeze bool) []compliance.Interval {
	keep := func(i compliance.Interval) bool { return i.End.After(from) && i.Start.Before(until) }
	if !s.weekly() {
		if i, ok := s.occurrence(s.start, freeze); ok && keep(i) {
			return []compliance.Interval{i}
		}
		return nil
	}
	var out []compliance.Interval
	// An occurrence lasts a week at most, and a wall date is within a day or
	// two of the UTC date.
	const margin = 2
	day := wallOf(from.UTC().AddDate(0, 0, -7-margin))
	day.Hour, day.Minute = s.start.Hour, s.start.Minute
	for ; day.seconds() < until.Unix()+margin*24*3600; day.Day++ {
		if !s.days[time.Unix(day.seconds(), 0).UTC().Weekday()] {
			continue
		}
		if i, ok := s.occurrence(day, freeze); ok && keep(i) {
			out = append(out, i)
		}
	}
	return out
}

// dates gives a span that certainly holds a dated spell, false for a weekly one.
func (s spell) dates() (from, until time.Time, dated bool) {
	const margin = 3 * 24 * time.Hour
	from = time.Unix(s.start.seconds(), 0).UTC().Add(-margin)
	until = time.Unix(s.start.seconds(), 0).UTC().Add(maxPeriod)
	return from, until, !s.weekly()
}
