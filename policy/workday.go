package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// business is the compiled calendar of business days.
type business struct {
	zone     string
	loc      *time.Location
	days     [7]bool // by time.Weekday
	holidays map[certification.Date]bool
}

func compileBusiness(e businessEntry, zones zoneCache) (*business, error) {
	loc, err := zones.load(e.Zone)
	if err != nil {
		return nil, fmt.Errorf("business days: %w", err)
	}
	b := &business{zone: e.Zone, loc: loc, holidays: map[certification.Date]bool{}}
	for i, name := range weekdays() {
		b.days[i] = slices.Contains(e.Days, name)
	}
	for _, h := range e.Holidays {
		d, err := certification.ParseDate(h.Date)
		if err != nil {
			return nil, fmt.Errorf("business days: %w", err)
		}
		b.holidays[d] = true
	}
	return b, nil
}

// ErrNoBusinessDays says that the policy names no business days.
var ErrNoBusinessDays = errors.New("the policy names no business days")

// Workdays lists the business days that begin in [from, until) as whole days in
// UTC, sorted, with the digest of the zone data: what incident.ReviewDue counts.
// The span is at most 400 days. For activities only: the answer depends on the
// zone data of the program that gives it. The error is ErrNoBusinessDays or
// says what is wrong with the span.
func (r *Rules) Workdays(from, until time.Time) ([]compliance.Interval, string, error) {
	if r.escalation == nil || r.escalation.business == nil {
		return nil, "", ErrNoBusinessDays
	}
	if !until.After(from) || until.Sub(from) > maxHorizon {
		return nil, "", fmt.Errorf("business days from %s until %s: ask for more than nothing and at most 400 days", from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
	}
	b := r.escalation.business
	var out []compliance.Interval
	first := certification.DateOf(from.In(b.loc))
	last := certification.DateOf(until.In(b.loc))
	for d := first; !d.After(last); d = d.Add(1) {
		if !b.days[d.Weekday()] || b.holidays[d] {
			continue
		}
		day := compliance.Interval{Start: startOf(d, 0, b.loc), End: startOf(d.Add(1), 0, b.loc)}
		if !day.Start.Before(from) && day.Start.Before(until) && day.Start.Before(day.End) {
			out = append(out, day)
		}
	}
	zones := map[string]*time.Location{b.zone: b.loc}
	return out, zoneDigest([]string{b.zone}, zones, until), nil
}

// Local is somebody's zone as certification.Resolve wants it, at the instant
// now: their date, and when a full hour of a day is there. The zone is that of
// a person in the directory. For activities only, like Workdays. The error says
// that the zone is not an IANA zone.
func Local(zone string, now time.Time) (certification.Local, error) {
	loc, err := zoneCache{}.load(zone)
	if err != nil {
		return certification.Local{}, err
	}
	zones := map[string]*time.Location{zone: loc}
	return certification.Local{
		Zone: zone, Hash: zoneDigest([]string{zone}, zones, now), Today: certification.DateOf(now.In(loc)),
		Instant: func(d certification.Date, hour int) time.Time { return startOf(d, hour, loc) },
	}, nil
}

// startOf is the first instant at which the clocks show the full hour of a day,
// or the first one after a gap that swallowed it.
func startOf(d certification.Date, hour int, loc *time.Location) time.Time {
	year, month, day := d.Civil()
	first, _, _ := Instants(Wall{Year: year, Month: month, Day: day, Hour: hour}, loc)
	return first
}
