package patch

import "time"

// RingStanding is what is known about one ring of a running rollout.
type RingStanding struct {
	State RingState `json:"state"`
	// Digest is what every target of the ring was last seen to serve; empty
	// when they differ or nothing is known.
	Digest string `json:"digest,omitempty"`
	// Outcome is that of the latest tests or probe; empty before the first.
	Outcome CheckOutcome `json:"outcome,omitempty"`
	// Attempts counts the runs since the last outcome other than Error.
	Attempts int `json:"attempts,omitempty"`
	// HealthySince is when the ring was verified healthy and stayed so: the
	// soak's start (P2). Zero when it is not.
	HealthySince time.Time `json:"healthy_since,omitzero"`
	// Probed is when the write probe last passed on the present content (P3).
	Probed time.Time `json:"probed,omitzero"`
	// Seen is the instant of the latest observation.
	Seen time.Time `json:"seen,omitzero"`
}

// Observation is something seen on a ring. A deployment has no Outcome.
type Observation struct {
	Deployed bool         `json:"deployed,omitempty"` // something was deployed, by whomever
	Outcome  CheckOutcome `json:"outcome,omitempty"`
	Probe    bool         `json:"probe,omitempty"`  // the check included the write probe
	Digest   string       `json:"digest,omitempty"` // served at that moment
	At       time.Time    `json:"at"`
}

// Observe gives the ring's standing after an observation. A deployment, a
// failed check or other content than before ends the soak, and the next pass
// begins it at zero (P2). An error or missing data leaves its start alone and
// still keeps the ring from being promoted, until a pass follows. What was seen
// before the latest observation changes nothing: an old pass never covers a
// newer failure. The state is the caller's to move.
func (s RingStanding) Observe(o Observation) RingStanding {
	if o.At.Before(s.Seen) {
		return s
	}
	moved := o.Digest != s.Digest
	s.Seen, s.Digest = o.At.UTC(), o.Digest
	if o.Deployed || moved {
		s.HealthySince, s.Probed, s.Outcome, s.Attempts = time.Time{}, time.Time{}, "", 0
	}
	if o.Deployed {
		return s
	}
	s.Outcome = o.Outcome
	switch o.Outcome {
	case Pass:
		s.Attempts = 0
		if s.HealthySince.IsZero() {
			s.HealthySince = s.Seen
		}
		if o.Probe {
			s.Probed = s.Seen
		}
	case Fail:
		s.Attempts = 0
		s.HealthySince, s.Probed = time.Time{}, time.Time{}
	case Error:
		s.Attempts++
	default:
		s.Outcome, s.Attempts = NoData, 0
	}
	return s
}

// Again prepares a ring for tests that a person ordered after a hold: it has no
// outcome until they are run, so nothing can be promoted in between (P4).
func (s RingStanding) Again() RingStanding {
	s.Outcome, s.Attempts = "", 0
	return s
}

// SoakEnds is when the soak is over: the instant for its one durable timer.
// It is false while the ring is not healthy.
func (s RingStanding) SoakEnds(soak time.Duration) (time.Time, bool) {
	if s.HealthySince.IsZero() {
		return time.Time{}, false
	}
	return s.HealthySince.Add(max(0, soak)), true
}
