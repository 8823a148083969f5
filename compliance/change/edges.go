package change

import "slices"

// VersionEdge is one allowed step of a version's content, with its cause.
type VersionEdge struct {
	From, To VersionState
	Cause    string
}

// Edge is one allowed step of a change, with its cause.
type Edge struct {
	From, To State
	Cause    string
}

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
		{Draft, Submitted, "complete, routed, quorum reachable"},
		{Draft, Rejected, "incomplete, no route or unreachable quorum"},
		{Draft, Withdrawn, "taken back or replaced by an edit"},
		{Submitted, InReview, "first level opened"},
		{Submitted, Rejected, "refused on admission"},
		{Submitted, Withdrawn, "taken back or replaced by an edit"},
		{InReview, Approved, "every level reached its quorum"},
		{InReview, Rejected, "a level was denied"},
		{InReview, Expired, "deadline passed without a quorum"},
		{InReview, Withdrawn, "taken back or replaced by an edit"},
		{Approved, Expired, "approval aged out, or lost its quorum"},
		{Approved, Withdrawn, "taken back or replaced by an edit"},
	}
}

// Edges is the whole machine of a change (C1), with the emergency path of C32
// and C33. Executing is entered from WaitingWindow only: there is no way to it
// that does not pass through an approval.
func Edges() []Edge {
	return []Edge{
		{Open, WaitingWindow, "approved"},
		{Open, WithdrawnChange, "withdrawn, or not submitted again"},
		{Open, Held, "held by a person"},
		{Open, ExecutingUnapproved, "emergency invoked"},
		{WaitingWindow, Executing, "implementer started"},
		{WaitingWindow, Open, "content changed, approval expired or eligibility lost"},
		{WaitingWindow, WithdrawnChange, "withdrawn"},
		{WaitingWindow, Held, "held, or an approver objected"},
		{WaitingWindow, Superseded, "replaced by a newer change"},
		{Executing, Verifying, "implementer reported success"},
		{Executing, Failed, "implementer reported failure"},
		{Executing, RolledBack, "implementer took the way back"},
		{Verifying, Closed, "ticket still says what was approved"},
		{Verifying, Failed, "verification failed"},
		{Verifying, RolledBack, "verification failed, way back taken"},
		{Held, Open, "resumed into review"},
		{Held, WaitingWindow, "resumed, approval still valid"},
		{Held, WithdrawnChange, "withdrawn, or held too long"},
		{ExecutingUnapproved, RetroReview, "executed, review due"},
		{RetroReview, Closed, "reviewed: would have been approved"},
		{RetroReview, RolledBack, "reviewed: would not have been approved"},
		{RetroReview, Violation, "not reviewed in time"},
	}
}

// Next lists the states a version may move to; empty for a terminal or unknown state.
func (s VersionState) Next() []VersionState {
	var next []VersionState
	for _, e := range VersionEdges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

// Next lists the states a change may move to; empty for a terminal or unknown state.
func (s State) Next() []State {
	var next []State
	for _, e := range Edges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

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
