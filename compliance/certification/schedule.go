package certification

import (
	"errors"
	"fmt"
	"time"
)

// Scheduled is a planned rung with its instant.
type Scheduled struct {
	Planned
	At time.Time `json:"at"` // UTC
}

// Schedule is everything about time that has to be resolved outside, where
// zones are known, and handed in (G1). An activity fills it for the tracker's
// current artefact: it takes the owner's zone from the directory and the zone
// database, calls Plan with the day it then is for the owner, and turns each
// day into an instant: the start of the day for AtEnd, Ladder.Hour otherwise.
// It is resolved again on every wake, before anything is decided, so that an
// owner who moved and a zone whose rules changed are taken into account.
type Schedule struct {
	// Artefact is the version it was resolved for; Last the day it ends.
	Artefact int    `json:"artefact"`
	Last     Date   `json:"last,omitzero"`
	Zone     string `json:"zone"`      // IANA name
	ZoneHash string `json:"zone_hash"` // digest of the zone database
	// Today is the owner's local date at the instant Resolved.
	Today    Date      `json:"today"`
	Resolved time.Time `json:"resolved"`
	// Starts is the start of the first covered day, zero without coverage;
	// Ends the start of the day after Last, when coverage is over.
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	// GraceEnds is the start of the day after GracePeriod.Until, zero without grace.
	GraceEnds time.Time   `json:"grace_ends,omitzero"`
	Rungs     []Scheduled `json:"rungs,omitempty"`
}

// Local is the owner's zone as an activity hands it in. This package knows no zones.
type Local struct {
	Zone  string // IANA name
	Hash  string // digest of the zone database
	Today Date   // the date there at the instant asked about
	// Instant gives the first instant at which clocks there show this full hour
	// of this day, or the first one after a gap that swallowed it. The result
	// never falls when the day or the hour rises.
	Instant func(d Date, hour int) time.Time
}

// Resolve fills a Schedule for the tracker's current artefact at the instant
// now. It is for the activity that knows the owner's zone, and for tests.
func Resolve(t Tracker, local Local, now time.Time) Schedule {
	s := Schedule{
		Artefact: t.Current.Version, Last: t.Current.last(), Zone: local.Zone, ZoneHash: local.Hash,
		Today: local.Today, Resolved: now.UTC(),
	}
	if s.Last.IsZero() {
		return s
	}
	start := func(d Date) time.Time { return local.Instant(d, 0).UTC() }
	if !t.Current.Coverage.IsZero() {
		s.Starts = start(t.Current.Coverage.From)
	}
	s.Ends = start(s.Last.Add(1))
	if g := t.Current.Grace; g != nil {
		s.GraceEnds = start(g.Until.Add(1))
	}
	for _, p := range Plan(t.Ladder, s.Last, s.Today) {
		at := s.Ends
		if !p.AtEnd {
			at = local.Instant(p.Date, t.Ladder.Hour).UTC()
		}
		s.Rungs = append(s.Rungs, Scheduled{p, at})
	}
	return s
}

// Check returns an error when the schedule is not one for this tracker as it
// stands: resolved for another version, another last day, before a grace was
// granted, or out of order. Nothing may be decided by such a schedule; it must
// be resolved again.
func (s Schedule) Check(t Tracker) error {
	switch {
	case s.Artefact != t.Current.Version:
		return fmt.Errorf("the schedule is for version %d, the current one is %d: resolve it again", s.Artefact, t.Current.Version)
	case s.Last != t.Current.last():
		return fmt.Errorf("the schedule ends on %s, the artefact on %s: resolve it again", s.Last, t.Current.last())
	case !s.Last.IsZero() && s.Ends.IsZero():
		return errors.New("the schedule does not say when the coverage ends: resolve it again")
	case (t.Current.Grace != nil) == s.GraceEnds.IsZero():
		return errors.New("the schedule does not agree with the grace: resolve it again")
	}
	for i, r := range s.Rungs {
		if i > 0 && (r.At.Before(s.Rungs[i-1].At) || r.Offset >= s.Rungs[i-1].Offset) {
			return fmt.Errorf("the rung %d is out of order: resolve the schedule again", r.Offset)
		}
	}
	return nil
}
