package incident

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Rotation is who takes turns being on call, as the rules write it: versions
// that follow each other, with overrides on top.
type Rotation struct {
	Name string `json:"name"`
	// Versions are ordered by their first handoff; each holds until the next
	// one's first handoff, so no version ends without a successor.
	Versions  []RotationVersion `json:"versions"`
	Overrides []Override        `json:"overrides,omitempty"`
}

// RotationVersion is how the turns go from its first handoff on.
type RotationVersion struct {
	Version string `json:"version"` // recorded with every page (I5)
	Zone    string `json:"zone"`    // IANA name; the handoff is a time on that zone's wall
	// From is the date of the first handoff, on the wall of the zone; the
	// weekday of a weekly handoff is this date's.
	From    Wall                  `json:"from"`
	Every   Turn                  `json:"every"`
	Members []compliance.PersonID `json:"members"` // in order; the first has the first turn
}

// Turn is how long each member has their turn. Turns of hours, and of months on
// a day that some months lack, are refused: they have no meaning on a wall that
// changes (I28).
type Turn string

const (
	Daily  Turn = "daily"
	Weekly Turn = "weekly"
)

// Override puts one person on call in an interval, whatever the rotation says.
type Override struct {
	compliance.Interval
	Person compliance.PersonID `json:"person"`
	// Made is when it was entered: of two that overlap the later one counts.
	Made time.Time `json:"made"`
}

// Wall is a time on a clock on the wall, without a zone. It need not exist in
// every zone.
type Wall struct {
	Year   int        `json:"year"`
	Month  time.Month `json:"month"`
	Day    int        `json:"day"`
	Hour   int        `json:"hour"`
	Minute int        `json:"minute"`
}

// String gives the wall time as 2026-03-08T02:30.
func (w Wall) String() string {
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d", w.Year, w.Month, w.Day, w.Hour, w.Minute)
}

// days counts the days from 1970-01-01 on the same wall.
func (w Wall) days() int64 {
	return time.Date(w.Year, w.Month, w.Day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
}

// plus is the same time so many days later on the wall.
func (w Wall) plus(days int64) Wall {
	d := time.Unix((w.days()+days)*secondsPerDay, 0).UTC() // a wall has no changes, so its days all have 24 hours
	return Wall{d.Year(), d.Month(), d.Day(), w.Hour, w.Minute}
}

const secondsPerDay = 24 * 60 * 60

// Bounds of a rotation.
const (
	MaxMembers   = 100
	MaxOverrides = 500
	// MaxHorizon is the longest span that is rendered at once.
	MaxHorizon = 400 * 24 * time.Hour
)

var wallPattern = regexp.MustCompile(`^(20[0-9]{2})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})$`)

// ParseWall reads a wall time such as 2026-03-08T02:30, from 2000 to 2099. It
// returns an error for anything else, for a date that no calendar has and for
// hour 24.
func ParseWall(s string) (Wall, error) {
	m := wallPattern.FindStringSubmatch(s)
	if m == nil {
		return Wall{}, fmt.Errorf("%q is no time on the wall, such as 2026-03-31T09:00", compliance.Cut(s, 40))
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits only, by the pattern
	}
	w := Wall{n[0], time.Month(n[1]), n[2], n[3], n[4]}
	if why := w.wrong(); why != "" {
		return Wall{}, fmt.Errorf("%q: %s", s, why)
	}
	return w, nil
}

func (w Wall) wrong() string {
	d := time.Date(w.Year, w.Month, w.Day, 0, 0, 0, 0, time.UTC)
	switch {
	case d.Year() != w.Year || d.Month() != w.Month || d.Day() != w.Day:
		return "there is no such date"
	case w.Hour < 0 || w.Hour > 23 || w.Minute < 0 || w.Minute > 59:
		return "there is no such time of day; write 00:00 to 23:59"
	}
	return ""
}

// Check lists what is wrong with a rotation. Whether its zones exist is for
// whoever knows zones to say.
func (r Rotation) Check() []Problem {
	var out []Problem
	add := func(place, format string, args ...any) {
		out = append(out, Problem{place, fmt.Sprintf(format, args...)})
	}
	if len(r.Versions) == 0 {
		add("versions", "there is no version, so nobody is ever on call; write one")
	}
	for i, v := range r.Versions {
		place := fmt.Sprintf("versions[%d]", i+1)
		if v.Version == "" || slices.ContainsFunc(r.Versions[:i], func(o RotationVersion) bool { return o.Version == v.Version }) {
			add(place+".version", "a version needs a name of its own")
		}
		if v.Zone == "" {
			add(place+".zone", "the zone is missing; write an IANA name such as Europe/Berlin")
		}
		if why := v.From.wrong(); why != "" {
			add(place+".from", "%s: %s", v.From, why)
		}
		if i > 0 && v.From.days() <= r.Versions[i-1].From.days() {
			add(place+".from", "it does not begin after the version before it; order versions by date")
		}
		if v.Every != Daily && v.Every != Weekly {
			add(place+".every", "%q is no turn; write daily or weekly", compliance.Cut(string(v.Every), 40))
		}
		if n := len(v.Members); n == 0 || n > MaxMembers || slices.Contains(v.Members, "") {
			add(place+".members", "there are %d members; name 1 to %d people", n, MaxMembers)
		}
	}
	if len(r.Overrides) > MaxOverrides {
		add("overrides", "there are %d; remove those that are over, at most %d can stand", len(r.Overrides), MaxOverrides)
	}
	for i, o := range r.Overrides {
		if o.Person == "" || o.Start.IsZero() || !o.End.After(o.Start) {
			add(fmt.Sprintf("overrides[%d]", i+1), "an override needs a person, a start and an end after it")
		}
	}
	return out
}
