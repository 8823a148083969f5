package change

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// OverrunFacts are the facts of EventOverrun: a freeze began or the window closed
// while the change was carried out (C30). JSON names are frozen.
type OverrunFacts struct {
	Version int       `json:"version"`
	Reason  Reason    `json:"reason"` // Frozen or WindowClosed
	Since   time.Time `json:"since"`
	Name    string    `json:"name,omitempty"` // of the freeze or the window
	// Passed is the last safe point at which it was allowed to go on, Points how many
	// the plan names.
	Passed int `json:"passed,omitempty"`
	Points int `json:"points,omitempty"`
}

// ProceedFacts are the facts of EventPaused: the work waits at a safe point.
type ProceedFacts struct {
	Version   int           `json:"version"`
	Point     int           `json:"point"`
	Points    int           `json:"points"`
	Reason    Reason        `json:"reason"`
	Remaining time.Duration `json:"remaining,omitempty"`
	Opening   Opening       `json:"opening"`
	Calendar  string        `json:"calendar,omitempty"`
}

// Overran says since when an execution runs outside its calendar at the instant now,
// false while it does not. A freeze comes before the window's end. A calendar that is
// read anew names no window that is over: was is the one that was known before.
func Overran(s, was Schedule, now time.Time) (OverrunFacts, bool) {
	if f, frozen := at(s.Freezes, now); frozen {
		return OverrunFacts{Reason: Frozen, Since: f.Start.UTC(), Name: f.Name}, true
	}
	if MayStart(s, now, time.Time{}, 0) != WindowClosed {
		return OverrunFacts{}, false
	}
	out := OverrunFacts{Reason: WindowClosed, Since: now.UTC()}
	var last compliance.Interval
	for _, w := range slices.Concat(was.Windows, s.Windows) {
		if !w.End.IsZero() && !w.End.After(now) && w.End.After(last.End) {
			last, out.Since, out.Name = w.Interval, w.End.UTC(), w.Name
		}
	}
	return out, true
}

// RunsUntil is when the stretch around the instant now ends: by a window's end, a
// freeze's start or the horizon. Zero where it does not end, or now is outside.
func RunsUntil(s Schedule, now time.Time) time.Time {
	for _, stretch := range s.free() {
		if stretch.Contains(now) {
			return stretch.End.UTC()
		}
	}
	return time.Time{}
}
