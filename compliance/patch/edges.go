package patch

import "slices"

// Edge is one allowed step of a rollout, with its cause.
type Edge struct {
	From, To State
	Cause    string
}

// RingEdge is one allowed step of a ring, with its cause.
type RingEdge struct {
	From, To RingState
	Cause    string
}

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
		{Assessing, Approving, "deadline computed, change submitted"},
		{Assessing, Rejected, "plan, payload or policy refused"},
		{Assessing, Withdrawn, "withdrawn"},
		{Approving, Rolling, "change approved"},
		{Approving, Rejected, "change denied or expired"},
		{Approving, Withdrawn, "withdrawn"},
		{Rolling, Held, "stopped by a person, no data, or no approval left"},
		{Rolling, Reverting, "a check failed, a health alarm, or a person"},
		{Rolling, Completed, "the last ring is proven"},
		{Held, Rolling, "resumed by a person"},
		{Held, Reverting, "a check failed, a health alarm, a person, or the wait for approval ended"},
		{Held, Withdrawn, "withdrawn, nothing touched"},
		{Reverting, RolledBack, "every touched target is verified in its last state"},
		{Reverting, Stranded, "a target has no way back, or it failed"},
		{Stranded, Reverting, "a person ordered one more try"},
		{Stranded, RolledBack, "a person restored it, and it was verified"},
		{Completed, Reverting, "rolled back by a person after completion"},
	}
}

// RingEdges is the whole machine of a ring. Soaking is entered from Testing
// only, and Proven from Soaking only: whatever disturbs a ring sends it through
// its tests and a whole soak again (P2).
func RingEdges() []RingEdge {
	return []RingEdge{
		{Waiting, Preparing, "the rules let the ring start"},
		{Preparing, Waiting, "backup refused, or the ring may no longer start"},
		{Preparing, Deploying, "snapshot stored, backup proven"},
		{Deploying, Testing, "every target serves the payload"},
		{Deploying, Restoring, "rollback"},
		{Testing, Soaking, "verified healthy"},
		{Testing, Deploying, "deployed again"},
		{Testing, Restoring, "a check failed, or rollback"},
		{Soaking, Proven, "soak elapsed, last check passed"},
		{Soaking, Testing, "a check did not pass, or the content moved"},
		{Soaking, Deploying, "deployed again"},
		{Soaking, Restoring, "rollback"},
		{Proven, Testing, "a later check did not pass, or the content moved"},
		{Proven, Restoring, "rollback"},
		{Restoring, Restored, "last verified state is served and verified"},
		{Restoring, Lost, "no way back, or it failed"},
		{Lost, Restoring, "a person ordered one more try"},
		{Lost, Restored, "a person restored it, and it was verified"},
	}
}

// Next lists the states a rollout may move to; empty for a terminal or unknown state.
func (s State) Next() []State {
	var next []State
	for _, e := range Edges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

// Next lists the states a ring may move to; empty for a terminal or unknown state.
func (s RingState) Next() []RingState {
	var next []RingState
	for _, e := range RingEdges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

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
