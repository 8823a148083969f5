package policy

import (
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// Roster is who is on call, rendered from a rotation.
type Roster struct {
	Rotation string           `json:"rotation"`
	Shifts   []incident.Shift `json:"shifts"` // sorted, half-open, in UTC
	// ZoneHash is the digest of the zone data they were rendered with: another
	// digest means render again (I28).
	ZoneHash string `json:"zone_hash"`
}

// ErrUnknownRotation says that the policy has no rotation of that name.
var ErrUnknownRotation = errors.New("the policy knows no such rotation")

// Shifts renders a rotation over [from, until), which may span at most 400
// days. Shifts are without gap or overlap from its first handoff on (I28): a
// handoff at a time that the clocks skip happens at the first instant after the
// gap, one at a doubled time at its first occurrence. Shifts at the ends keep
// their true start and end. It is called by activities only, never by a
// workflow: the answer depends on the zone data of the program that gives it.
//
// The error is ErrUnknownRotation, or says what is wrong with the span.
func (r *Rules) Shifts(name string, from, until time.Time) (Roster, error) {
	if r.escalation == nil {
		return Roster{}, fmt.Errorf("%w: %q", ErrUnknownRotation, name)
	}
	rotation, ok := r.escalation.rotations[name]
	if !ok {
		return Roster{}, fmt.Errorf("%w: %q", ErrUnknownRotation, name)
	}
	out := Roster{Rotation: name}
	var err error
	zones := rotation.zones
	if len(rotation.sun) == 0 {
		out.Shifts, err = incident.Render(rotation.Rotation, from, until, rotation.resolve)
	} else {
		out.Shifts, zones, err = r.escalation.followSun(rotation, from, until)
	}
	if err != nil {
		return Roster{}, err
	}
	out.ZoneHash = zoneDigest(sortedKeys(zones), zones, until)
	return out, nil
}

// OnCall says who is on call by a rotation at the instant now, with the digest
// of the zone data it was read with (I5). Active is the live directory's word.
// The duty has nobody when the shift's person is not active and nobody stands
// in: the step that asked then goes on to its other targets (I4). The error is
// that of Shifts. For activities only, like Shifts.
func (r *Rules) OnCall(name string, active func(compliance.PersonID) bool, now time.Time) (incident.Duty, string, error) {
	roster, err := r.Shifts(name, now, now.Add(time.Hour))
	if err != nil {
		return incident.Duty{}, "", err
	}
	return incident.OnCall(roster.Shifts, "", active, now), roster.ZoneHash, nil
}

// Rotations lists the names of the rotations, sorted.
func (r *Rules) Rotations() []string {
	if r.escalation == nil {
		return nil
	}
	return sortedKeys(r.escalation.rotations)
}

// rotation is a compiled rotation.
type rotation struct {
	incident.Rotation
	sun   []sunTurn
	zones map[string]*time.Location
}

func compileRotation(e rotationEntry, zones zoneCache) (rotation, error) {
	out := rotation{zones: map[string]*time.Location{}}
	var errs []error
	out.Rotation = e.rotation(func(at, text, _ string) { errs = append(errs, fmt.Errorf("rotation %s%s: %s", e.Name, at, text)) })
	for _, v := range e.Versions {
		loc, err := zones.load(v.Zone)
		errs = append(errs, err)
		out.zones[v.Zone] = loc
	}
	for _, s := range e.Sun {
		loc, err := zones.load(s.Zone)
		errs = append(errs, err)
		at, ok := parseClock(s.At)
		if !ok || at.Hour == 24 {
			errs = append(errs, fmt.Errorf("rotation %s: %q is no time of day", e.Name, s.At))
		}
		out.sun = append(out.sun, sunTurn{rotation: s.Rotation, loc: loc, at: at})
		out.zones[s.Zone] = loc
	}
	return out, errors.Join(errs...)
}

// resolve is the handoff's instant (I28).
func (r rotation) resolve(zone string, w incident.Wall) (time.Time, error) {
	loc, ok := r.zones[zone]
	if !ok {
		return time.Time{}, fmt.Errorf("the zone %q is not one of the rotation's", zone)
	}
	first, _, _ := Instants(Wall{Year: w.Year, Month: w.Month, Day: w.Day, Hour: w.Hour, Minute: w.Minute}, loc)
	return first, nil
}
