package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// sunTurn is one entry of a rotation that follows the sun.
type sunTurn struct {
	rotation string
	loc      *time.Location
	at       Wall // of which only hour and minute count
}

// handoff is the instant at which a rotation takes over.
type handoff struct {
	at       time.Time
	rotation string
}

// handoffs lists the takeovers from before from until after until. Each instant
// belongs to the latest one before it, so none has two or none, however the
// clocks of the zones move against each other.
func (r rotation) handoffs(from, until time.Time) []handoff {
	const margin = 3 // days: a wall date is within two of the UTC date
	var out []handoff
	for _, turn := range r.sun {
		day := wallOf(from.UTC().AddDate(0, 0, -margin))
		day.Hour, day.Minute = turn.at.Hour, turn.at.Minute
		for ; day.seconds() < until.Unix()+margin*24*3600; day.Day++ {
			at, _, _ := Instants(day, turn.loc)
			out = append(out, handoff{at, turn.rotation})
		}
	}
	// At the same instant the entry that stands later takes over.
	slices.SortStableFunc(out, func(a, b handoff) int { return a.at.Compare(b.at) })
	return out
}

// followSun takes from each rotation the shifts of its part of the day.
func (e *escalation) followSun(r rotation, from, until time.Time) ([]incident.Shift, map[string]*time.Location, error) {
	if !until.After(from) || until.Sub(from) > incident.MaxHorizon {
		return nil, nil, fmt.Errorf("rotation %q: cannot render from %s until %s; ask for at most %d days", r.Name,
			from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339), int(incident.MaxHorizon.Hours()/24))
	}
	zones := map[string]*time.Location{}
	for name, loc := range r.zones {
		zones[name] = loc
	}
	handoffs := r.handoffs(from, until)
	shifts := map[string][]incident.Shift{}
	for _, turn := range r.sun {
		part := e.rotations[turn.rotation]
		rendered, err := incident.Render(part.Rotation, from, until, part.resolve)
		if err != nil {
			return nil, nil, err
		}
		shifts[turn.rotation] = rendered
		for name, loc := range part.zones {
			zones[name] = loc
		}
	}
	var out []incident.Shift
	for i := 0; i+1 < len(handoffs); i++ {
		turn := compliance.Interval{Start: handoffs[i].at, End: handoffs[i+1].at}
		if !turn.End.After(from) || !turn.Start.Before(until) {
			continue
		}
		for _, s := range shifts[handoffs[i].rotation] {
			s.Start, s.End = later(s.Start, turn.Start), earlier(s.End, turn.End)
			if s.End.After(s.Start) && s.End.After(from) && s.Start.Before(until) {
				s.Version = handoffs[i].rotation + "/" + s.Version
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b incident.Shift) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return out, zones, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
