package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Resolve turns a time on the wall of a zone into the instant of a handoff, in
// UTC (I28): at a time that the clocks skip, the first instant after the gap; at
// one that occurs twice, the first. It is the caller's, because zone data is an
// input: it is asked in an activity and never in workflow code.
type Resolve func(zone string, w Wall) (time.Time, error)

// Render turns a rotation into shifts that cover [from, until) as far as its
// versions reach: sorted, half-open, without gap or overlap from the first
// handoff on. Shifts keep their true start and end where they reach over the
// ends of the span. It returns an error when the rotation does not pass Check,
// when the span is not a positive one of at most MaxHorizon, or when a handoff
// cannot be resolved; then there are no shifts at all, and OnCall falls back.
func Render(r Rotation, from, until time.Time, resolve Resolve) ([]Shift, error) {
	if problems := r.Check(); len(problems) > 0 {
		return nil, fmt.Errorf("rotation %q: %s: %s", r.Name, problems[0].Place, problems[0].Text)
	}
	if !until.After(from) || until.Sub(from) > MaxHorizon {
		return nil, fmt.Errorf("rotation %q: cannot render from %s until %s; ask for at most %d days",
			r.Name, from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339), int(MaxHorizon.Hours()/24))
	}
	var out []Shift
	for i, v := range r.Versions {
		var end time.Time // of the version; zero when it is the last one
		if i+1 < len(r.Versions) {
			var err error
			if end, err = r.ends(i, resolve); err != nil {
				return nil, err
			}
		}
		turns, err := v.turns(r.Name, from, until, end, resolve)
		if err != nil {
			return nil, err
		}
		out = append(out, turns...)
	}
	return overlay(out, r.Overrides, from, until), nil
}

// ends is when the i-th version ends: with the earliest first handoff after it,
// for versions in zones far apart need not begin in the order of their dates.
func (r Rotation) ends(i int, resolve Resolve) (time.Time, error) {
	var end time.Time
	for _, v := range r.Versions[i+1:] {
		t, err := v.instant(v.From, v.Zone, r.Name, resolve)
		if err != nil {
			return time.Time{}, err
		}
		if end.IsZero() || t.Before(end) {
			end = t
		}
	}
	return end, nil
}

func (v RotationVersion) instant(w Wall, zone, name string, resolve Resolve) (time.Time, error) {
	t, err := resolve(zone, w)
	if err != nil {
		return time.Time{}, fmt.Errorf("rotation %q: handoff %s in %s: %w", name, w, zone, err)
	}
	return t.UTC(), nil
}

// turns gives the turns of one version that overlap [from, until), cut at the
// version's end.
func (v RotationVersion) turns(name string, from, until, end time.Time, resolve Resolve) ([]Shift, error) {
	period := int64(1)
	if v.Every == Weekly {
		period = 7
	}
	// A wall date is within two days of the UTC date, whatever the zone.
	const margin = 2
	days := from.Unix()/secondsPerDay - margin - v.From.days()
	turn := max(0, days/period-1)
	last := (until.Unix()/secondsPerDay + margin - v.From.days()) / period
	var out []Shift
	if last < 0 {
		return nil, nil
	}
	start, err := v.instant(v.From.plus(turn*period), v.Zone, name, resolve)
	if err != nil {
		return nil, err
	}
	for ; turn <= last; turn++ { // bounded by MaxHorizon: some 410 turns
		next, err := v.instant(v.From.plus((turn+1)*period), v.Zone, name, resolve)
		if err != nil {
			return nil, err
		}
		s := Shift{
			Interval: compliance.Interval{Start: start, End: next}, Cause: ByRotation, Version: v.Version,
			Person: v.Members[int(turn%int64(len(v.Members)))], Turn: int(turn),
		}
		if !end.IsZero() && s.End.After(end) {
			s.End = end
		}
		// A zone that skips a whole day gives a turn of nothing.
		if s.End.After(s.Start) && s.End.After(from) && s.Start.Before(until) {
			out = append(out, s)
		}
		start = next
	}
	return out, nil
}

// overlay lays the overrides over the turns. At every instant the override made
// last counts, and between two ends of anything nothing changes.
func overlay(turns []Shift, overrides []Override, from, until time.Time) []Shift {
	var bounds []time.Time
	for _, s := range turns {
		bounds = append(bounds, s.Start, s.End)
	}
	for _, o := range overrides {
		if o.End.After(from) && o.Start.Before(until) {
			bounds = append(bounds, o.Start.UTC(), o.End.UTC())
		}
	}
	slices.SortFunc(bounds, func(a, b time.Time) int { return a.Compare(b) })
	bounds = slices.CompactFunc(bounds, func(a, b time.Time) bool { return a.Equal(b) })
	var out []Shift
	for i := 0; i+1 < len(bounds); i++ {
		s, covered := winner(turns, overrides, bounds[i])
		if !covered {
			continue
		}
		s.Interval = compliance.Interval{Start: bounds[i], End: bounds[i+1]}
		if n := len(out); n > 0 && out[n-1].End.Equal(s.Start) && out[n-1].same(s) {
			out[n-1].End = s.End
			continue
		}
		out = append(out, s)
	}
	return out
}

// winner is who is on call at an instant.
func winner(turns []Shift, overrides []Override, t time.Time) (Shift, bool) {
	var s Shift
	// Turns are sorted and do not overlap: the last that has begun is the one.
	i, begins := slices.BinarySearchFunc(turns, t, func(s Shift, t time.Time) int { return s.Start.Compare(t) })
	if !begins {
		i--
	}
	covered := i >= 0 && turns[i].Contains(t)
	if covered {
		s = turns[i]
	}
	var top *Override
	for j, o := range overrides {
		if o.Contains(t) && (top == nil || o.Made.After(top.Made) || o.Made.Equal(top.Made) && o.Person < top.Person) {
			top = &overrides[j]
		}
	}
	if top != nil {
		s.Cause, s.Instead, s.Person = ByOverride, s.Person, top.Person
	}
	return s, covered || top != nil
}

// same reports whether two shifts are one but for their time.
func (s Shift) same(o Shift) bool {
	return s.Person == o.Person && s.Cause == o.Cause && s.Version == o.Version && s.Turn == o.Turn && s.Instead == o.Instead
}
