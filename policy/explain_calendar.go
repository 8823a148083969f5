package policy

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance/change"
)

// shownAhead bounds how many windows, and how many freezes, an explanation lists.
const shownAhead = 5

// ExplainedCalendar says when a change may run, as far as the approval's
// validity reaches.
type ExplainedCalendar struct {
	// Name is the calendar's; empty where the environment is always open.
	Name string `json:"name,omitempty"`
	// Opening is the first instant at which the change may start, approvals
	// apart; with the reason why not at once. Without one its At is zero.
	Opening change.Opening `json:"opening"`
	// Windows and Freezes are those under way and the next ones, in order, as
	// many as five of each.
	Windows []change.NamedInterval `json:"windows,omitempty"`
	Freezes []change.NamedInterval `json:"freezes,omitempty"`
	// Until is the horizon up to which windows were computed.
	Until time.Time `json:"until"`
}

func explainCalendar(r *Rules, q Request, s change.Schedule, now time.Time) *ExplainedCalendar {
	out := &ExplainedCalendar{Windows: first(s.Windows), Freezes: first(s.Freezes), Until: s.Until}
	if system, ok := r.System(q.System); ok {
		if e, ok := system.Environment(q.Environment); ok {
			out.Name = e.Calendar
		}
	}
	out.Opening, _ = change.NextOpening(s, now, q.PlannedStart, q.Duration)
	return out
}

// first are the first intervals of a schedule, none of which is over at its start.
func first(list []change.NamedInterval) []change.NamedInterval {
	return slices.Clip(list[:min(len(list), shownAhead)])
}
