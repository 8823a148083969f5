package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Bounds on one resolved schedule: it travels in a process's history, where a
// large one would cost every later step.
const (
	maxHorizon   = 400 * 24 * time.Hour
	maxIntervals = 2000
)

// calendar is a compiled calendar.
type calendar struct {
	hash    string // SHA-256 of the canonical JSON of its entry
	windows []spell
	freezes []spell
	zones   map[string]*time.Location
}

func compileCalendar(e calendarEntry, zones zoneCache) (calendar, error) {
	_, hash, err := canonical(e)
	if err != nil {
		return calendar{}, err
	}
	c := calendar{hash: hash, zones: map[string]*time.Location{}}
	compile := func(to *[]spell, entry spellEntry, owner compliance.PersonID) error {
		zone := cmp.Or(entry.Zone, e.Zone)
		loc, err := zones.load(zone)
		if err != nil {
			return fmt.Errorf("calendar %s: %w", e.Name, err)
		}
		s, wrong := compileSpell(entry, zone, loc)
		if wrong != nil {
			return fmt.Errorf("calendar %s: %s: %s", e.Name, entry.Name, wrong.text)
		}
		c.zones[zone], s.owner = loc, owner
		*to = append(*to, s)
		return nil
	}
	for _, w := range e.Windows {
		if err := compile(&c.windows, w, ""); err != nil {
			return calendar{}, err
		}
	}
	for _, f := range e.Freezes {
		if err := compile(&c.freezes, f.spellEntry, f.Owner); err != nil {
			return calendar{}, err
		}
	}
	return c, nil
}

// Schedule says when a change of this system and environment may execute, as
// instants in UTC: every window and freeze that overlaps [from, until), whole,
// in order of start. It is called by activities only, never by a workflow: the
// answer depends on the zone data of the program that gives it.
//
// The horizon is the answer's Until. It is until, or earlier: at most 400 days
// after from, and never past the 2,000th window or freeze. Freezes are given
// beyond the horizon as far as a window reaches, and at least to the next
// occurrence of each, so that an estimate that runs past it still meets them.
//
// An environment without a calendar is open: not restricted, nothing listed,
// no zone consulted. The error is ErrUnknownSystem or ErrUnknownEnvironment,
// or says that the interval is empty.
func (r *Rules) Schedule(system, environment string, from, until time.Time) (change.Schedule, error) {
	s, ok := r.System(system)
	if !ok {
		return change.Schedule{}, fmt.Errorf("%w: %q", ErrUnknownSystem, system)
	}
	e, ok := s.Environment(environment)
	if !ok {
		return change.Schedule{}, fmt.Errorf("%w: %q of system %q", ErrUnknownEnvironment, environment, system)
	}
	from, until = from.UTC(), until.UTC()
	if !from.Before(until) {
		return change.Schedule{}, fmt.Errorf("schedule of %s: the interval from %s until %s is empty", system, from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	if limit := from.Add(maxHorizon); until.After(limit) {
		until = limit
	}
	out := change.Schedule{Until: until}
	if e.Calendar != "" {
		out = r.calendars[e.Calendar].schedule(from, until)
	}
	out.Concurrency, out.TurnWithin = e.limit()
	return out, nil
}

// ErrUnknownSystem and ErrUnknownEnvironment are Schedule's refusals to guess.
var (
	ErrUnknownSystem      = errors.New("the policy knows no such system")
	ErrUnknownEnvironment = errors.New("the system has no such environment")
)

func (c calendar) schedule(from, until time.Time) change.Schedule {
	windows, freezes := resolve(c.windows, from, until, false), resolve(c.freezes, from, until, true)
	if starts := startsOf(windows, freezes); len(starts) > maxIntervals {
		// Everything that starts before the first one left out is complete.
		if cut := starts[maxIntervals]; cut.After(from) {
			until = cut
			windows = resolve(c.windows, from, until, false)
		}
	}
	reach := until
	for _, w := range windows {
		if w.End.After(reach) {
			reach = w.End
		}
	}
	// A week on is the next occurrence of every weekly freeze; a dated one
	// counts however far away it is, and of a repeating one the next.
	freezes = nil
	for _, s := range c.freezes {
		limit := reach.AddDate(0, 0, 7)
		switch {
		case s.repeat != nil:
			limit = s.repeat.after(reach)
		case !s.weekly():
			limit = reach.Add(maxPeriod)
		}
		freezes = append(freezes, resolve([]spell{s}, from, limit, true)...)
	}
	sortIntervals(freezes)
	return change.Schedule{
		Restricted: len(c.windows) > 0,
		Windows:    windows,
		Freezes:    freezes,
		Until:      until,
		ZoneHash:   zoneDigest(sortedKeys(c.zones), c.zones, until),
		Calendar:   c.hash,
	}
}

func resolve(spells []spell, from, until time.Time, freeze bool) []change.NamedInterval {
	var out []change.NamedInterval
	for _, s := range spells {
		for _, i := range s.between(from, until, freeze) {
			out = append(out, change.NamedInterval{Name: s.name, Owner: s.owner, Interval: i})
		}
	}
	sortIntervals(out)
	return out
}

func sortIntervals(list []change.NamedInterval) {
	slices.SortFunc(list, func(a, b change.NamedInterval) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.Name, b.Name))
	})
}

func startsOf(lists ...[]change.NamedInterval) []time.Time {
	var out []time.Time
	for _, l := range lists {
		for _, i := range l {
			out = append(out, i.Start)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}
