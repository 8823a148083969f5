package patch

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Edge is one allowed step of a rollout, with its cause.
type Edge = compliance.Edge[State]

// RingEdge is one allowed step of a ring, with its cause.
type RingEdge = compliance.Edge[RingState]

// States lists every state of a rollout, in the order of its life.
func States() []State {
	return []State{Assessing, Approving, Rolling, Held, Reverting, Stranded, Completed, RolledBack, Rejected, Withdrawn}
}

// RingStates lists every state of a ring, in the order of its life.
func RingStates() []RingState {
	return []RingState{Waiting, Preparing, Deploying, Testing, Soaking, Proven, Restoring, Restored, Lost}
}

// Edges is the whole machine of a rollout. Rolling is entered through an
// approval or from a hold that a person lifted. Reverting leaves only towards
// an end or to a person: no edge lets a failed way back repeat by itself (P7).
func Edges() []Edge {
	return []Edge{
		{From: Assessing, To: Approving, Cause: "deadline computed, change submitted"},
		{From: Assessing, To: Rejected, Cause: "plan, payload or policy refused"},
		{From: Assessing, To: Withdrawn, Cause: "withdrawn"},
		{From: Approving, To: Rolling, Cause: "change approved"},
		{From: Approving, To: Rejected, Cause: "change denied or expired"},
		{From: Approving, To: Withdrawn, Cause: "withdrawn"},
		{From: Rolling, To: Held, Cause: "stopped by a person, no data, no approval left, or another rollout on its targets"},
		{From: Rolling, To: Reverting, Cause: "a check failed, a health alarm, or a person"},
		{From: Rolling, To: Rejected, Cause: "change expired, nothing touched"},
		{From: Rolling, To: Withdrawn, Cause: "withdrawn, nothing touched"},
		{From: Rolling, To: Completed, Cause: "the last ring is proven"},
		{From: Held, To: Rolling, Cause: "resumed by a person, or what held it elsewhere is over"},
		{From: Held, To: Reverting, Cause: "a check failed, a health alarm, a person, or the wait for approval ended"},
		{From: Held, To: Rejected, Cause: "change expired, nothing touched"},
		{From: Held, To: Withdrawn, Cause: "withdrawn, nothing touched"},
		{From: Reverting, To: RolledBack, Cause: "every touched target is verified in its last state"},
		{From: Reverting, To: Stranded, Cause: "a target has no way back, or it failed"},
		{From: Stranded, To: Reverting, Cause: "a person ordered one more try"},
		{From: Stranded, To: RolledBack, Cause: "a person restored it, and it was verified"},
		{From: Completed, To: Reverting, Cause: "rolled back by a person after completion"},
	}
}

// RingEdges is the whole machine of a ring. Soaking is entered from Testing
// only, and Proven from Soaking only: whatever disturbs a ring sends it through
// its tests and a whole soak again (P2).
func RingEdges() []RingEdge {
	return []RingEdge{
		{From: Waiting, To: Preparing, Cause: "the rules let the ring start"},
		{From: Preparing, To: Waiting, Cause: "backup refused, or the ring may no longer start"},
		{From: Preparing, To: Deploying, Cause: "snapshot stored, backup proven"},
		{From: Deploying, To: Testing, Cause: "every target serves the payload"},
		{From: Deploying, To: Restoring, Cause: "rollback"},
		{From: Testing, To: Soaking, Cause: "verified healthy"},
		{From: Testing, To: Deploying, Cause: "deployed again"},
		{From: Testing, To: Restoring, Cause: "a check failed, or rollback"},
		{From: Soaking, To: Proven, Cause: "soak elapsed, last check passed"},
		{From: Soaking, To: Testing, Cause: "a check did not pass, or the content moved"},
		{From: Soaking, To: Deploying, Cause: "deployed again"},
		{From: Soaking, To: Restoring, Cause: "rollback"},
		{From: Proven, To: Testing, Cause: "a later check did not pass, or the content moved"},
		{From: Proven, To: Restoring, Cause: "rollback"},
		{From: Restoring, To: Restored, Cause: "last verified state is served and verified"},
		{From: Restoring, To: Lost, Cause: "no way back, or it failed"},
		{From: Lost, To: Restoring, Cause: "a person ordered one more try"},
		{From: Lost, To: Restored, Cause: "a person restored it, and it was verified"},
	}
}

// Next lists the states a rollout may move to; empty for a terminal or unknown state.
func (s State) Next() []State { return compliance.Next(Edges(), s) }

// Next lists the states a ring may move to; empty for a terminal or unknown state.
func (s RingState) Next() []RingState { return compliance.Next(RingEdges(), s) }

// CanMove reports whether a rollout may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(from.Next(), to) }

// CanMoveRing reports whether a ring may move from one state to the other.
// Staying in a state is not a move.
func CanMoveRing(from, to RingState) bool { return slices.Contains(from.Next(), to) }

// Terminal reports whether the state is final. Completed is not: a person may
// still order the way back. An unknown state is not either: it is damage, and
// must not pass for an orderly end.
func (s State) Terminal() bool { return slices.Contains(States(), s) && len(s.Next()) == 0 }

// Terminal reports whether the state is final; an unknown one is not.
func (s RingState) Terminal() bool { return slices.Contains(RingStates(), s) && len(s.Next()) == 0 }

// Touched reports whether a target in a ring of this state may serve something
// else than before the rollout. An unknown state counts as touched.
func (s RingState) Touched() bool { return s != Waiting && s != Preparing && s != Restored }
