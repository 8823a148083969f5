package change

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// VersionEdge is one allowed step of a version's content, with its cause.
type VersionEdge = compliance.Edge[VersionState]

// Edge is one allowed step of a change, with its cause.
type Edge = compliance.Edge[State]

// VersionStates lists every state of a version, in the order of its life.
func VersionStates() []VersionState {
	return []VersionState{Draft, Submitted, InReview, Approved, Rejected, Expired, Withdrawn}
}

// States lists every state of a change, in the order of its life.
func States() []State {
	return []State{
		Open, WaitingWindow, Executing, Verifying, Closed, Held, Failed, RolledBack, Superseded, WithdrawnChange,
		ExecutingUnapproved, RetroReview, Violation,
	}
}

// VersionEdges is the whole machine of a version (C1). What is not in the table
// cannot happen; in particular nothing leads from silence to Approved (C10).
func VersionEdges() []VersionEdge {
	return []VersionEdge{
		{From: Draft, To: Submitted, Cause: "complete, routed, quorum reachable"},
		{From: Draft, To: Rejected, Cause: "incomplete, no route or unreachable quorum"},
		{From: Draft, To: Withdrawn, Cause: "taken back or replaced by an edit"},
		{From: Submitted, To: InReview, Cause: "first level opened"},
		{From: Submitted, To: Rejected, Cause: "refused on admission"},
		{From: Submitted, To: Withdrawn, Cause: "taken back or replaced by an edit"},
		{From: InReview, To: Approved, Cause: "every level reached its quorum"},
		{From: InReview, To: Rejected, Cause: "a level was denied"},
		{From: InReview, To: Expired, Cause: "deadline passed without a quorum"},
		{From: InReview, To: Withdrawn, Cause: "taken back or replaced by an edit"},
		{From: Approved, To: Expired, Cause: "approval aged out, or lost its quorum"},
		{From: Approved, To: Withdrawn, Cause: "taken back or replaced by an edit"},
	}
}

// Edges is the whole machine of a change (C1), with the emergency path of C32
// and C33. Executing is entered from WaitingWindow only: there is no way to it
// that does not pass through an approval.
func Edges() []Edge {
	return []Edge{
		{From: Open, To: WaitingWindow, Cause: "approved"},
		{From: Open, To: WithdrawnChange, Cause: "withdrawn, or not submitted again"},
		{From: Open, To: Held, Cause: "held by a person"},
		{From: Open, To: Superseded, Cause: "replaced by a newer change"},
		{From: Open, To: ExecutingUnapproved, Cause: "emergency invoked"},
		{From: WaitingWindow, To: Executing, Cause: "implementer started"},
		{From: WaitingWindow, To: Open, Cause: "content changed, approval expired or eligibility lost"},
		{From: WaitingWindow, To: WithdrawnChange, Cause: "withdrawn"},
		{From: WaitingWindow, To: Held, Cause: "held, or an approver objected"},
		{From: WaitingWindow, To: Superseded, Cause: "replaced by a newer change"},
		{From: Executing, To: Verifying, Cause: "implementer reported success"},
		{From: Executing, To: Failed, Cause: "implementer reported failure"},
		{From: Executing, To: RolledBack, Cause: "implementer took the way back"},
		{From: Verifying, To: Closed, Cause: "ticket still says what was approved"},
		{From: Verifying, To: Failed, Cause: "verification failed"},
		{From: Verifying, To: RolledBack, Cause: "verification failed, way back taken"},
		{From: Held, To: Open, Cause: "resumed into review"},
		{From: Held, To: WaitingWindow, Cause: "resumed, approval still valid"},
		{From: Held, To: WithdrawnChange, Cause: "withdrawn, or held too long"},
		{From: Held, To: Superseded, Cause: "replaced by a newer change"},
		{From: ExecutingUnapproved, To: RetroReview, Cause: "executed, review due"},
		{From: RetroReview, To: Closed, Cause: "reviewed: would have been approved"},
		{From: RetroReview, To: RolledBack, Cause: "reviewed: would not have been approved"},
		{From: RetroReview, To: Violation, Cause: "not reviewed in time"},
	}
}

// Next lists the states a version may move to; empty for a terminal or unknown state.
func (s VersionState) Next() []VersionState { return compliance.Next(VersionEdges(), s) }

// Next lists the states a change may move to; empty for a terminal or unknown state.
func (s State) Next() []State { return compliance.Next(Edges(), s) }

// CanMoveVersion reports whether a version may move from one state to the
// other. Staying in a state is not a move.
func CanMoveVersion(from, to VersionState) bool { return slices.Contains(from.Next(), to) }

// CanMove reports whether a change may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(from.Next(), to) }

// Terminal reports whether the state is final. An unknown state is not: it is
// damage, and must not pass for an orderly end.
func (s VersionState) Terminal() bool {
	return slices.Contains(VersionStates(), s) && len(s.Next()) == 0
}

// Terminal reports whether the state is final. An unknown state is not: it is
// damage, and must not pass for an orderly end.
func (s State) Terminal() bool { return slices.Contains(States(), s) && len(s.Next()) == 0 }
