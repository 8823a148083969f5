package policy

import (
	"fmt"
	"time"
)

// Wall is a time on the clock on the wall, without a zone. It is proleptic
// Gregorian and need not exist in every zone.
type Wall struct {
	Year         int
	Month        time.Month
	Day          int // may leave the month: it is carried over like time.Date does
	Hour, Minute int // hour 24 is the next day's 0
}

// String gives the wall time as 2026-03-08T02:30.
func (w Wall) String() string {
	return time.Unix(w.seconds(), 0).UTC().Format(wallLayout)
}

// seconds counts the seconds from 1970-01-01T00:00 on the same wall.
func (w Wall) seconds() int64 {
	return time.Date(w.Year, w.Month, w.Day, w.Hour, w.Minute, 0, 0, time.UTC).Unix()
}

const wallLayout = "2006-01-02T15:04"

func wallOf(t time.Time) Wall {
	return Wall{Year: t.Year(), Month: t.Month(), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute()}
}

// Occurrence says how often a wall time occurs in a zone.
type Occurrence int

const (
	Once Occurrence = iota // the usual case
	// Gap: the wall time is skipped, as when clocks go forward.
	Gap
	// Fold: it occurs more than once, as when clocks go back.
	Fold
)

// String names the occurrence, for messages.
func (o Occurrence) String() string {
	switch o {
	case Once:
		return "once"
	case Gap:
		return "gap"
	case Fold:
		return "fold"
	default:
		return fmt.Sprintf("Occurrence(%d)", int(o))
	}
}

// reach is farther than any zone has ever been from UTC; the greatest offsets
// on record are a little over 15 hours.
const reach = 26 * time.Hour

// maxPeriods bounds how many periods between two changes of a zone are looked
// at for one wall time; no zone has changed more than a few times in two days.
const maxPeriods = 16

// Instants turns a wall time into the instants, in UTC, at which the clocks of
// the zone show it (C26). In a fold, first and last differ. In a gap, both are
// the first instant after it, the one at which the clocks were put forward.
//
// time.Date is not used for this: in a gap it silently answers with an instant
// on one side of it (its documentation guarantees neither).
func Instants(wall Wall, loc *time.Location) (first, last time.Time, kind Occurrence) {
	at := wall.seconds()
	var gap time.Time
	probe := time.Unix(at, 0).Add(-reach).In(loc)
	end := time.Unix(at, 0).Add(reach)
	for range maxPeriods {
		_, offset := probe.Zone()
		from, to := probe.ZoneBounds()
		candidate := time.Unix(at-int64(offset), 0)
		started, ended := from.IsZero() || !candidate.Before(from), !to.IsZero() && !candidate.Before(to)
		switch {
		case started && !ended:
			if first.IsZero() {
				first = candidate.UTC()
			}
			last = candidate.UTC()
		case !started && first.IsZero() && gap.IsZero():
			// This period's clocks began past the wall time and no earlier
			// period reached it: the wall time fell between the two.
			gap = from.UTC()
		}
		if to.IsZero() || !to.Before(end) {
			break
		}
		probe = to
	}
	switch {
	case first.IsZero():
		return gap, gap, Gap
	case first.Equal(last):
		return first, last, Once
	default:
		return first, last, Fold
	}
}
