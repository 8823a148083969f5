package change

import "time"

// Forecast says when a change that were approved now could start at the earliest, or
// why nothing fits up to the horizon.
type Forecast struct {
	Opening
	// Horizon is up to when openings were looked for; an approval stands no longer.
	Horizon time.Time `json:"horizon,omitzero"`
}

// Ahead looks ahead at the instant now. Without an opening the reason says what stands
// in the way: FrozenThroughout where only freezes do, TooLong where a shorter change
// would find an opening, and NoOpening where none would.
func Ahead(s Schedule, now, planned time.Time, duration time.Duration) Forecast {
	f := Forecast{Horizon: s.Until}
	var fits bool
	if f.Opening, fits = NextOpening(s, now, planned, duration); fits {
		f.Opening = endless(f.Opening, s.Until)
		return f
	}
	thawed := s
	thawed.Freezes = nil
	_, frozen := NextOpening(thawed, now, planned, duration)
	_, shorter := NextOpening(s, now, planned, time.Minute)
	switch {
	case frozen:
		f.Reason = FrozenThroughout
	case shorter:
		f.Reason = TooLong
	}
	return f
}

// endless is an opening without an end where only the horizon ends it: nobody knows
// of a reason to stop there.
func endless(o Opening, horizon time.Time) Opening {
	if o.Until.Equal(horizon) {
		o.Until = time.Time{}
	}
	return o
}
