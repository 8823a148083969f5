package policy

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// zoneCache loads each zone once: loading reads a file every time.
type zoneCache map[string]*time.Location

// load finds a zone by its IANA name. An unknown name is an error and never
// UTC, and the machine's own zone is not accepted: a policy must mean the same
// everywhere (C26).
func (z zoneCache) load(name string) (*time.Location, error) {
	if loc, ok := z[name]; ok {
		return loc, nil
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("the zone %q is not an IANA zone", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the zone %q is not an IANA zone", name)
	}
	z[name] = loc
	return loc, nil
}

const zoneHint = "write a name of the IANA database such as Europe/Berlin or America/New_York"

// The digest of zone data covers these years at least, so that it stays the
// same from day to day and tells of a change in the data, not of the question.
const (
	zoneYearsFrom = 2020
	zoneYearsTo   = 2041
)

// Zones is the digest of the data of every zone that a calendar names, as the running
// program knows it. Another one with the same digest computes the same instants (C25).
func (r *Rules) Zones() string {
	all := map[string]*time.Location{}
	for _, c := range r.calendars {
		maps.Copy(all, c.zones)
	}
	return zoneDigest(sortedKeys(all), all, time.Time{})
}

// zoneDigest is the SHA-256 (hex) over the offsets and transitions of the
// named zones as the running program knows them, from 2020 up to the end of
// the year of until, and at least to the end of 2040. Two programs with the
// same digest compute the same instants in these zones (C25).
func zoneDigest(names []string, zones map[string]*time.Location, until time.Time) string {
	from := time.Date(zoneYearsFrom, 1, 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(max(zoneYearsTo, until.UTC().Year()+1), 1, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	for _, name := range names {
		t := from.In(zones[name])
		_, offset := t.Zone()
		fmt.Fprintf(&b, "%s %d\n", name, offset)
		for {
			_, next := t.ZoneBounds()
			if !next.After(t) || !next.Before(to) { // a zero next means no further change
				break
			}
			if !next.After(t) {
				next = t.Add(time.Hour) // a bound at the turn of a year can name itself
			}
			t = next
			// Bounds can fall where nothing changes, at the turn of a year.
			if _, changed := t.Zone(); changed != offset {
				offset = changed
				fmt.Fprintf(&b, "%d %d\n", t.Unix(), offset)
			}
		}
	}
	return digest([]byte(b.String()))
}
