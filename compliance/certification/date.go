package certification

import (
	"encoding"
	"fmt"
	"time"
)

// Date is a day of the calendar without time or zone, as a document prints it.
// The zero Date is no date. Dates are comparable with ==, and travel as text,
// "2006-01-02".
type Date struct{ days int }

var (
	_ encoding.TextMarshaler   = Date{}
	_ encoding.TextUnmarshaler = (*Date)(nil)
)

// The first and the last year a date of an artefact may lie in. Outside of
// them it is a slip of the keyboard.
const (
	firstYear = 2000
	lastYear  = 2199
)

// epoch is day 0, before every possible date, so that the zero Date is none.
func epoch() time.Time { return time.Date(firstYear-1, 12, 31, 0, 0, 0, 0, time.UTC) }

// ParseDate reads "2006-01-02" and nothing else. It returns an error for a day
// that does not exist and for years outside 2000 to 2199.
func ParseDate(s string) (Date, error) {
	if len(s) > 40 {
		s = s[:40]
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write year-month-day, for example 2026-03-31", s)
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return Date{}, fmt.Errorf("the year of %q is not plausible: it must be from %d to %d", s, firstYear, lastYear)
	}
	return DateOf(t), nil
}

// DateOf gives the date that the instant has in its own location: callers that
// mean somebody's local date convert with In first. Before the year 2000 it is
// no date.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{max(0, int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(epoch())/(24*time.Hour)))}
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.days == 0 }

// Days is the number of days from the date since to d, negative when d is earlier.
func (d Date) Days(since Date) int { return d.days - since.days }

// Add gives the date n days later. No date stays none.
func (d Date) Add(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{max(0, d.days+n)}
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.days < e.days }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.days > e.days }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Civil gives year, month and day, for callers that resolve the date in a zone.
func (d Date) Civil() (year int, month time.Month, day int) { return d.midnight().Date() }

func (d Date) midnight() time.Time { return epoch().AddDate(0, 0, d.days) }

// String gives "2006-01-02", empty for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(time.DateOnly)
}

// MarshalText writes String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote. A date computed from possible
// ones, such as a grace beyond the last year, is read back as well.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(b[:min(len(b), 40)]))
	if err != nil || t.Year() < firstYear {
		return fmt.Errorf("%.40q is not a date from %d on, such as 2026-03-31", b, firstYear)
	}
	*d = DateOf(t)
	return nil
}

// working moves a date off the weekend, backwards (A1): a reminder may come
// early, never later than it was meant to.
func (d Date) working() Date {
	switch d.Weekday() {
	case time.Saturday:
		return d.Add(-1)
	case time.Sunday:
		return d.Add(-2)
	default:
		return d
	}
}
