package policy

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// spell is a compiled window or freeze: intent, not yet instants.
type spell struct {
	name string
	zone string
	loc  *time.Location
	days [7]bool // by time.Weekday; all false in any but a weekly spell
	// repeat gives the days of a repeating spell, nil in any other.
	repeat *recurrence
	start  Wall // of a weekly spell only hour and minute count
	// Exactly one of the two says how it ends (C26): end is wall time,
	// duration is elapsed time.
	end      *Wall
	duration time.Duration
	owner    compliance.PersonID // of a freeze
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
	if s.weekly() && e.Repeat != "" {
		return s, &fault{"/repeat", "the entry has days already", "give either days or repeat"}
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
	if e.Repeat != "" {
		var wrong *fault
		if s.repeat, wrong = compileRecurrence(e.Repeat, s.start); wrong != nil {
			return s, wrong
		}
	}
	if e.Duration != "" {
		d, err := parseDuration(e.Duration)
		if err != nil {
			return s, &fault{"/duration", err.Error(), `write "4h" or "90m"`}
		}
		if s.weekly() && d > 7*24*time.Hour {
			return s, &fault{"/duration", "a weekly entry lasts at most a week", "use a dated entry"}
		}
		if s.repeat != nil && d > longestRepeat {
			return s, &fault{"/duration", tooLongToRepeat, "use dated entries"}
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
	case s.repeat != nil && to-from > int64(longestRepeat/time.Second):
		return s, &fault{"/end", tooLongToRepeat, "use dated entries"}
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
