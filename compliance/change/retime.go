package change

import "time"

// RetimedFacts are the facts of EventRetimed. JSON names are frozen.
type RetimedFacts struct {
	Version int `json:"version"`
	// Reason is CalendarChanged or ZonesChanged.
	Reason Reason `json:"reason"`
	// Was and Is are the opening by what was known and by what is; both for the
	// instant of the record. An opening whose reason is NoOpening is none.
	Was Opening `json:"was"`
	Is  Opening `json:"is"`
	// Expires is the end of the approval where it moved with its window.
	Expires     time.Time `json:"expires,omitzero"`
	WasCalendar string    `json:"was_calendar,omitempty"`
	Calendar    string    `json:"calendar,omitempty"`
	WasZones    string    `json:"was_zones,omitempty"`
	Zones       string    `json:"zones,omitempty"`
}

// Retimed compares what two schedules say at the instant now about the same change:
// when it may start, until when, and whether it may at once. OK means that they say
// the same. Both are compared as far as both reach: a horizon that moved on with the
// clock is no news. The facts lack the version.
func Retimed(was, is Schedule, now, planned time.Time, duration time.Duration) (RetimedFacts, Reason) {
	if !known(was) {
		return RetimedFacts{}, OK // nothing to compare with
	}
	horizon := was.Until
	if is.Until.Before(horizon) {
		horizon = is.Until
	}
	before, after := was, is
	before.Until, after.Until = horizon, horizon
	a, _ := NextOpening(before, now, planned, duration)
	b, _ := NextOpening(after, now, planned, duration)
	if a.At.Equal(b.At) && a.Until.Equal(b.Until) && (a.Reason == OK) == (b.Reason == OK) {
		return RetimedFacts{}, OK
	}
	f := RetimedFacts{
		Reason: CalendarChanged, Was: a, WasCalendar: was.Calendar, Calendar: is.Calendar, WasZones: was.ZoneHash, Zones: is.ZoneHash,
	}
	f.Is, _ = NextOpening(is, now, planned, duration)
	f.Was, f.Is = endless(f.Was, horizon), endless(f.Is, is.Until)
	if was.Calendar == is.Calendar && was.ZoneHash != is.ZoneHash {
		f.Reason = ZonesChanged
	}
	return f, f.Reason
}

// known reports whether a schedule was ever resolved.
func known(s Schedule) bool { return !s.Until.IsZero() }

// Shortened is the end of an approval after the calendar moved: its window may end
// it sooner. No calendar prolongs an approval: only approvers do.
func Shortened(expires, approvedAt time.Time, validity time.Duration, s Schedule, planned time.Time) time.Time {
	if now := ApprovalExpires(approvedAt, validity, s, planned); now.Before(expires) {
		return now
	}
	return expires
}
