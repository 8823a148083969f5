package incident

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Shift is a half-open UTC interval in which one person is on call, as rendered
// from a rotation.
type Shift struct {
	compliance.Interval
	Person  compliance.PersonID `json:"person"`
	Cause   Reason              `json:"cause"`             // ByRotation or ByOverride
	Version string              `json:"version,omitempty"` // version of the rotation it comes from
	Turn    int                 `json:"turn"`              // ordinal of the turn within that version, from 0
	// Instead is whom the rotation names in the time of an override; optional.
	Instead compliance.PersonID `json:"instead,omitempty"`
}

// Duty is who is on call at an instant, and why (I5).
type Duty struct {
	Person  compliance.PersonID `json:"person,omitempty"` // empty: nobody
	Cause   Reason              `json:"cause"`            // ByRotation, ByOverride, ByFallback, or why it is nobody
	Version string              `json:"version,omitempty"`
	// Until is when the shift ends and the question has another answer; zero
	// when the answer is a fallback.
	Until time.Time `json:"until,omitzero"`
	// Passed names who would have been on call and is not active, in order.
	Passed []compliance.PersonID `json:"passed,omitempty"`
	// Gap is NoShift when no shift covers the instant, else OK.
	Gap Reason `json:"gap,omitempty"`
}

// OnCall picks who is on call at the instant now: the shift that covers it; in
// an override whose person is not active, whom the rotation names; failing
// that, the fallback. Active is the live directory's word; a person who was
// deleted is not active, so the target counts as empty (I7). Nobody is found
// only when the fallback is empty or inactive, too: Cause is then NobodyThere
// or AllInactive.
//
// Shifts should not overlap, as Render sees to. Where they do, an override goes
// before a rotation, then the later start, then the smaller id: one primary,
// the same on every reading.
func OnCall(shifts []Shift, fallback compliance.PersonID, active func(compliance.PersonID) bool, now time.Time) Duty {
	var d Duty
	best := -1
	for i, s := range shifts {
		if s.Contains(now) && s.Person != "" && (best < 0 || s.before(shifts[best])) {
			best = i
		}
	}
	if best < 0 {
		d.Gap = NoShift
	} else {
		s := shifts[best]
		d.Version, d.Until = s.Version, s.End
		if active(s.Person) {
			d.Person, d.Cause = s.Person, s.Cause
			return d
		}
		d.Passed = append(d.Passed, s.Person)
		if s.Instead != "" && s.Instead != s.Person {
			if active(s.Instead) {
				d.Person, d.Cause = s.Instead, ByRotation
				return d
			}
			d.Passed = append(d.Passed, s.Instead)
		}
	}
	d.Until = time.Time{}
	if fallback != "" {
		if active(fallback) {
			d.Person, d.Cause = fallback, ByFallback
			return d
		}
		d.Passed = append(d.Passed, fallback)
	}
	d.Cause = NobodyThere
	if len(d.Passed) > 0 {
		d.Cause = AllInactive
	}
	return d
}

// before orders shifts that overlap: the one that counts comes first.
func (s Shift) before(o Shift) bool {
	switch {
	case (s.Cause == ByOverride) != (o.Cause == ByOverride):
		return s.Cause == ByOverride
	case !s.Start.Equal(o.Start):
		return s.Start.After(o.Start)
	default:
		return s.Person < o.Person
	}
}
