package patch

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Bar keeps a payload that was rolled back from every ring of every rollout,
// until a person lifts it with a reason (P8).
type Bar struct {
	Digest string    `json:"digest"`
	Number string    `json:"number"` // of the rollout that was rolled back
	Reason Reason    `json:"reason"` // what triggered the way back
	At     time.Time `json:"at"`
	Lifted *Lift     `json:"lifted,omitempty"`
}

// Lift is a person's decision that a payload may be rolled out again.
type Lift struct {
	By     compliance.PersonID `json:"by"`
	Reason string              `json:"reason"`
	At     time.Time           `json:"at"`
}

// Barred returns the first bar on a payload that is in force.
func Barred(bars []Bar, digest string) (Bar, bool) {
	for _, b := range bars {
		if b.Digest == digest && b.Lifted == nil {
			return b, true
		}
	}
	return Bar{}, false
}

// Released returns the bar that a rollout waited for, once it is lifted, through
// whichever rollout. One that was rolled back waits for the bar that it set
// itself; one that is held by a bar waits for every bar on its payload.
func Released(state State, number string, bars []Bar, digest string) (Bar, bool) {
	var last Bar
	found := false
	for _, b := range bars {
		if b.Digest != digest || state == RolledBack && b.Number != number {
			continue
		}
		if b.Lifted == nil {
			return Bar{}, false
		}
		last, found = b, true
	}
	return last, found
}

// LiftBars lifts every bar on a payload that was set not after the lift. A payload
// that is rolled back again is barred again. The bars given are not changed.
func LiftBars(bars []Bar, digest string, l Lift) []Bar {
	out := slices.Clone(bars)
	for i := range out {
		if out[i].Digest == digest && out[i].Lifted == nil && !out[i].At.After(l.At) {
			out[i].Lifted = &l
		}
	}
	return out
}
