package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance/change"
)

// Move is what a rollout does next.
type Move string

// The moves.
const (
	StartRing Move = "start"    // begin with the ring named
	Proceed   Move = "proceed"  // the ring's tests passed: its soak begins
	Probe     Move = "probe"    // the soak is over: run the write probe once more before anything rests on it
	Prove     Move = "prove"    // the ring is proven
	Await     Move = "wait"     // nothing to do before Decision.At, or before something happens
	Retry     Move = "retry"    // run the ring's tests again
	Hold      Move = "hold"     // stop moving forward and ask a person
	RollBack  Move = "rollback" // take the way back
	Finish    Move = "finish"   // every ring is proven
)

// Approval is what is known about the child change of a rollout (P27).
type Approval struct {
	Given    bool      `json:"given"`
	PlanHash string    `json:"plan_hash"` // of the plan that was approved
	Expires  time.Time `json:"expires"`   // zero: it does not age once the rollout began
}

// Alarm is a health alarm about a target of the rollout, open until cleared.
type Alarm struct {
	Ring   int       `json:"ring"` // from 0
	Source string    `json:"source"`
	At     time.Time `json:"at"`
}

// Situation is everything the next move of a rollout is decided by.
type Situation struct {
	State    State
	Plan     Plan
	PlanHash string         // of Plan, computed once
	Rings    []RingStanding // one for each ring of the plan, in its order
	// Stopped is set while a person's stop is open.
	Stopped bool
	Alarms  []Alarm
	Bars    []Bar
	// Others are the rollouts that are in the way of the next ring, as they were
	// read last.
	Others   []Other
	Approval Approval
	// ApprovalBy is when the wait for an approval that was lost under way ends
	// with the way back (P6); zero: it does not.
	ApprovalBy time.Time
	// ForensicsOpen is set when the table demands forensics and the volatile
	// evidence is not secured yet (P14).
	ForensicsOpen bool
	// Backups holds the backup of each target of the next critical ring.
	Backups  map[string]Backup
	Waiver   *Waiver
	Schedule change.Schedule
}

// Decision is the next move, the ring it is about (from 0), and why. At is set
// with Await when the wait has a known end: when a soak or a freeze ends or a
// window opens.
type Decision struct {
	Move   Move
	Ring   int
	Reason Reason
	At     time.Time
	Target string // with a backup's reason
}
