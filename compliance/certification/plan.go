package certification

// Planned is a rung on the calendar: which, and on what local day of the owner.
type Planned struct {
	Rung
	Date Date `json:"date"`
	// AtEnd marks the rung of the end itself. It is not sent at the ladder's
	// hour and is not moved off a weekend: it states a fact, and falls on the
	// instant at which that fact becomes true, the start of Date.
	AtEnd bool `json:"at_end,omitempty"`
}

// ahead is how many reminders after the end a plan holds. With one a week it is
// about a year; then the caller plans again.
const ahead = 54

// Plan puts a ladder on the calendar for a last covered day (A1). Rungs before
// the end fall on their day, or on the Friday before when that is a weekend;
// never after it. Those after the end, whose offsets are negative, are listed
// from the one before today on. The order is that of time, and of falling
// offsets; several rungs may share a day. Without a last day there is no plan.
func Plan(l Ladder, last, today Date) []Planned {
	if last.IsZero() {
		return nil
	}
	planned := make([]Planned, 0, len(l.Rungs)+ahead)
	for _, r := range l.Rungs {
		p := Planned{Rung: r, Date: last.Add(-r.Offset).working()}
		if r.Offset == 0 {
			p.Date, p.AtEnd = last.Add(1), true
		}
		planned = append(planned, p)
	}
	every := max(7, l.Every)
	first := max(1, today.Days(last)/every-1)
	for k := first; k < first+ahead; k++ {
		r := l.After
		r.Offset = -k * every
		planned = append(planned, Planned{Rung: r, Date: last.Add(k * every).working()})
	}
	return planned
}
