package incident

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Edge is one allowed step of an incident, with its cause.
type Edge = compliance.Edge[State]

// AlertEdge is one allowed step of an alert, with its cause.
type AlertEdge = compliance.Edge[AlertState]

// RollbackEdge is one allowed step of a rollback, with its cause.
type RollbackEdge = compliance.Edge[RollbackState]

// States lists every state of an incident, in the order of its life.
func States() []State {
	return []State{Suppressed, Triggered, Acknowledged, Resolved, Reviewed, Closed, Drill}
}

// InitialStates lists the states an incident may begin in.
func InitialStates() []State { return []State{Triggered, Suppressed, Drill} }

// AlertStates lists every state of an alert, in the order of its life.
func AlertStates() []AlertState {
	return []AlertState{Firing, Settling, Watching, Reappeared, Over}
}

// RollbackStates lists every state of a rollback, in the order of its life.
func RollbackStates() []RollbackState {
	return []RollbackState{RollbackAsked, RollbackApproved, RollbackDenied, RollbackRunning, RollbackDone, RollbackFailed}
}

// Edges is the whole machine of an incident (I1). What is not in the table
// cannot happen; in particular nothing leads from Resolved back to paging.
func Edges() []Edge {
	return []Edge{
		{From: Suppressed, To: Triggered, Cause: "hold ended or severity rose"},
		{From: Suppressed, To: Resolved, Cause: "source cleared it, or a person resolved it"},
		{From: Triggered, To: Acknowledged, Cause: "first acknowledgement"},
		{From: Triggered, To: Resolved, Cause: "resolved by a person or the source"},
		{From: Acknowledged, To: Triggered, Cause: "acknowledgement expired"},
		{From: Acknowledged, To: Resolved, Cause: "resolved by a person or the source"},
		{From: Resolved, To: Reviewed, Cause: "review with root cause and linked change"},
		{From: Reviewed, To: Closed, Cause: "closed by somebody other than the reviewer"},
		{From: Drill, To: Closed, Cause: "acknowledged, missed or pre-empted"},
	}
}

// AlertEdges is the whole machine of an alert (I1, I2).
func AlertEdges() []AlertEdge {
	return []AlertEdge{
		{From: Firing, To: Settling, Cause: "source cleared it"},
		{From: Firing, To: Watching, Cause: "incident resolved by a person"},
		{From: Settling, To: Firing, Cause: "triggered within the flap window"},
		{From: Settling, To: Watching, Cause: "incident resolved by a person"},
		{From: Settling, To: Over, Cause: "flap window passed, incident resolved"},
		{From: Watching, To: Reappeared, Cause: "triggered within the flap window"},
		{From: Watching, To: Firing, Cause: "triggered after the flap window, new incident"},
		{From: Watching, To: Over, Cause: "flap window passed"},
		{From: Reappeared, To: Watching, Cause: "source cleared it"},
		{From: Reappeared, To: Firing, Cause: "flap window passed, new incident"},
	}
}

// RollbackEdges is the whole machine of a rollback (I24). Running is entered
// from RollbackApproved only, and once: there is no way back into it.
func RollbackEdges() []RollbackEdge {
	return []RollbackEdge{
		{From: RollbackAsked, To: RollbackApproved, Cause: "approved by somebody else"},
		{From: RollbackAsked, To: RollbackDenied, Cause: "denied"},
		{From: RollbackApproved, To: RollbackRunning, Cause: "started"},
		{From: RollbackRunning, To: RollbackDone, Cause: "earlier state read back"},
		{From: RollbackRunning, To: RollbackFailed, Cause: "earlier state not reached, next level paged"},
	}
}

// Next lists the states an incident may move to; empty for a terminal or unknown state.
func (s State) Next() []State { return compliance.Next(Edges(), s) }

// Next lists the states an alert may move to; empty for a terminal or unknown state.
func (s AlertState) Next() []AlertState { return compliance.Next(AlertEdges(), s) }

// Next lists the states a rollback may move to; empty for a terminal or unknown state.
func (s RollbackState) Next() []RollbackState { return compliance.Next(RollbackEdges(), s) }

// CanMove reports whether an incident may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(from.Next(), to) }

// Terminal reports whether the state is final. An unknown state is not: it is
// damage, and must not pass for an orderly end.
func (s State) Terminal() bool { return slices.Contains(States(), s) && len(s.Next()) == 0 }

// Terminal reports whether the state is final; an unknown state is not.
func (s AlertState) Terminal() bool { return slices.Contains(AlertStates(), s) && len(s.Next()) == 0 }

// Terminal reports whether the state is final; an unknown state is not.
func (s RollbackState) Terminal() bool {
	return slices.Contains(RollbackStates(), s) && len(s.Next()) == 0
}

// Pages reports whether somebody is to be found for an incident in this state.
// An unknown state pages, because it is damage and not an orderly end.
func (s State) Pages() bool { return s != Resolved && s != Reviewed && s != Closed }
