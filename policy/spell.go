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
	if s.weekly() {
		end = start
		end.Day += s.end.Day - s.start.Day
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

// dates gives a span that certainly holds a dated spell, false for a weekly one.
func (s spell) dates() (from, until time.Time, dated bool) {
	const margin = 3 * 24 * time.Hour
	from = time.Unix(s.start.seconds(), 0).UTC().Add(-margin)
	until = time.Unix(s.start.seconds(), 0).UTC().Add(maxPeriod)
	return from, until, !s.weekly()
}
