package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Opening is an instant at which a change may start, and what the wait is for.
type Opening struct {
	At time.Time `json:"at"` // UTC
	// Until is when the stretch around At ends: by a window's end, a freeze's
	// start or the horizon. Zero means that it does not end.
	Until time.Time `json:"until,omitzero"`
	Name  string    `json:"name,omitempty"` // of the window that holds At, if windows are defined
	// Reason says why the change may not start at once, at the instant asked
	// about; OK when it may. Without any opening it is NoOpening.
	Reason Reason `json:"reason,omitempty"`
}

// NextOpening gives the first instant, not before from and not before the
// planned start, at which a change of this estimated duration may start and be
// over before the window ends, a freeze starts or the horizon is reached (C27,
// C28). It returns false, with the reason NoOpening, when there is none up to
// the horizon; a schedule resolved further ahead may have one. A zero planned
// start means as soon as possible; a negative duration counts as none.
//
// At At itself MayStart allows the start, and at no earlier instant does it.
func NextOpening(s Schedule, from, plannedStart time.Time, duration time.Duration) (Opening, bool) {
	duration = max(0, duration)
	earliest := from
	if plannedStart.After(earliest) {
		earliest = plannedStart
	}
	for _, stretch := range s.free() {
		start := earliest
		if stretch.Start.After(start) {
			start = stretch.Start
		}
		if !fits(stretch, start, duration) {
			continue
		}
		o := Opening{At: start.UTC(), Until: stretch.End.UTC(), Reason: MayStart(s, from, plannedStart, duration)}
		if s.Restricted {
			w, _ := at(s.Windows, start)
			o.Name = w.Name
		}
		return o, true
	}
	return Opening{Reason: NoOpening}, false
}

// MayStart says whether a change may start at the instant now: OK, TooEarly
// before the planned start, Frozen inside a freeze, WindowClosed outside every
// window where windows are defined, NoOpening from the horizon on, DoesNotFit
// when the estimate reaches past the end of the window, into a freeze or past
// the horizon. It is asked in the same workflow task that starts execution (C28).
func MayStart(s Schedule, now, plannedStart time.Time, duration time.Duration) Reason {
	if now.Before(plannedStart) {
		return TooEarly
	}
	if _, frozen := at(s.Freezes, now); frozen {
		return Frozen // first of all: deny beats allow
	}
	if !s.Until.IsZero() && !now.Before(s.Until) {
		return NoOpening
	}
	for _, stretch := range s.free() {
		if stretch.Contains(now) {
			if fits(stretch, now, max(0, duration)) {
				return OK
			}
			return DoesNotFit
		}
	}
	return WindowClosed
}

// ApprovalExpires says when an approval given at approvedAt stops being good
// for a start (C31): after the validity, which runs from the approval, or at
// the end of its window if that is earlier. An approval has a window of its own
// only when the schedule has windows and the requester planned the start inside
// one; a window that was over when the approval came is not its window.
// Windows that touch or overlap are one. A validity of nothing or less expires
// at once: there is no approval for ever.
func ApprovalExpires(approvedAt time.Time, validity time.Duration, s Schedule, plannedStart time.Time) time.Time {
	expires := approvedAt.Add(max(0, validity)).UTC()
	if !s.Restricted || plannedStart.IsZero() {
		return expires
	}
	for _, w := range union(s.Windows) {
		if own(w, plannedStart, approvedAt) && w.End.Before(expires) {
			return w.End.UTC()
		}
	}
	return expires
}

// own reports whether w ends, holds the planned start, and was not over at the approval.
func own(w compliance.Interval, plannedStart, approvedAt time.Time) bool {
	return !w.End.IsZero() && w.Contains(plannedStart) && w.End.After(approvedAt)
}
