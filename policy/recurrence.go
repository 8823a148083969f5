package policy

import (
	"fmt"
	"time"

	"github.com/teambition/rrule-go"
)

// recurrence gives the days of a repeating window or freeze by a rule of RFC
// 5545, section 3.3.10, as times on the wall: it knows no zone, and what a wall
// time means where clocks change is decided as for every other spell (C26).
type recurrence struct {
	rule *rrule.RRule // only read, so several goroutines may use it
}

// longestRepeat bounds an occurrence, so that only those that began lately can
// still be under way.
const longestRepeat = 31 * 24 * time.Hour

const (
	tooLongToRepeat = "an entry that repeats lasts at most 31 days"
	repeatHint      = "write a rule of RFC 5545 such as FREQ=MONTHLY;BYDAY=-1FR (the last Friday of every month) or FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=27"
)

// compileRecurrence reads a rule whose first day is the start's, or says why
// that is impossible.
func compileRecurrence(text string, start Wall) (*recurrence, *fault) {
	option, err := rrule.StrToROption(text)
	if err != nil {
		return nil, &fault{"/repeat", "the rule cannot be read: " + err.Error(), repeatHint}
	}
	if option.Freq > rrule.DAILY || len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > 0 || !option.Dtstart.IsZero() {
		return nil, &fault{"/repeat", "the rule says at which time of the day", "a rule repeats days; the time of the day is that of start"}
	}
	option.Dtstart = time.Unix(start.seconds(), 0).UTC()
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, &fault{"/repeat", "the rule cannot be read: " + err.Error(), repeatHint}
	}
	switch first := rule.After(option.Dtstart, true); {
	case first.IsZero():
		return nil, &fault{"/repeat", fmt.Sprintf("the rule %s has no day from the start on", text), "correct the rule or the start"}
	case !first.Equal(option.Dtstart):
		return nil, &fault{"/start", "the start is no day of the rule", fmt.Sprintf("write %q, the first one from there", wallOf(first))}
	}
	return &recurrence{rule}, nil
}

// between gives the starts, on the wall, of all occurrences that may overlap
// [from, until) in any zone, and a few more.
func (r *recurrence) between(from, until time.Time) []Wall {
	const margin = 48 * time.Hour // a wall time is within a day or so of the same time in UTC
	var out []Wall
	for _, t := range r.rule.Between(from.UTC().Add(-longestRepeat-margin), until.UTC().Add(margin), true) {
		out = append(out, wallOf(t))
	}
	return out
}

// after gives an instant by which the first occurrence that starts after t has
// begun, and t itself when there is none.
func (r *recurrence) after(t time.Time) time.Time {
	const margin = 48 * time.Hour
	next := r.rule.After(t.UTC().Add(margin), false)
	if next.IsZero() {
		return t
	}
	return next.Add(margin)
}

// nights is how many days after its start a spell with an end on the wall ends.
func (s spell) nights() int {
	if s.weekly() {
		return s.end.Day - s.start.Day
	}
	day := func(w Wall) int64 { w.Hour, w.Minute = 0, 0; return w.seconds() / (24 * 60 * 60) }
	return int(day(*s.end) - day(s.start))
}
