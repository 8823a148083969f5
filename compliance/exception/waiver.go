package exception

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Waiver is an exception in force, as whoever it lets past counts it.
type Waiver struct {
	Number      string `json:"number"`  // EXC-3
	Control     string `json:"control"` // what it excuses, such as "gate/test-evidence"
	System      string `json:"system"`
	Environment string `json:"environment,omitempty"` // every one when empty
	Change      string `json:"change,omitempty"`      // only this change (CHG-7) when set
	// Until is the instant from which it no longer counts: the end of its last
	// day, or sooner, when the verifier's answer is due by then.
	Until time.Time           `json:"until"`
	Owner compliance.PersonID `json:"owner"`
}

// Covers reports whether it excuses a control for a change at an instant. The
// change is empty where it has no number yet.
func (w Waiver) Covers(control, system, environment, change string, at time.Time) bool {
	return w.Control == control && w.System == system &&
		(w.Environment == "" || w.Environment == environment) &&
		(w.Change == "" || w.Change == change) && at.Before(w.Until)
}

// Waiver is the exception as it excuses its control at the instant now; false
// when it does not. It rests on what is on record and on the clock alone: that a
// run slept through the end of its exception lets nothing past.
func (e Exception) Waiver(now time.Time) (Waiver, bool) {
	if e.State != InForce {
		return Waiver{}, false
	}
	w := Waiver{
		Number: e.Number, Control: e.Control, System: e.System, Environment: e.Environment, Change: e.Change,
		Until: e.Ends, Owner: e.Owner,
	}
	if e.Check.By.Before(w.Until) {
		w.Until = e.Check.By
	}
	return w, now.Before(w.Until)
}
