package incident

import "slices"

// Edge is one allowed step of an incident, with its cause.
type Edge struct {
	From, To State
	Cause    string
}

// AlertEdge is one allowed step of an alert, with its cause.
type AlertEdge struct {
	From, To AlertState
	Cause    string
}

// RollbackEdge is one allowed step of a rollback, with its cause.
type RollbackEdge struct {
	From, To RollbackState
	Cause    string
}

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
		{Suppressed, Triggered, "hold ended or severity rose"},
		{Suppressed, Resolved, "source cleared it, or a person resolved it"},
		{Triggered, Acknowledged, "first acknowledgement"},
		{Triggered, Resolved, "resolved by a person or the source"},
		{Acknowledged, Triggered, "acknowledgement expired"},
		{Acknowledged, Resolved, "resolved by a person or the source"},
		{Resolved, Reviewed, "review with root cause and linked change"},
		{Reviewed, Closed, "closed by somebody other than the reviewer"},
		{Drill, Closed, "acknowledged, missed or pre-empted"},
	}
}

// AlertEdges is the whole machine of an alert (I1, I2).
func AlertEdges() []AlertEdge {
	return []AlertEdge{
		{Firing, Settling, "source cleared it"},
		{Firing, Watching, "incident resolved by a person"},
		{Settling, Firing, "triggered within the flap window"},
		{Settling, Watching, "incident resolved by a person"},
		{Settling, Over, "flap window passed, incident resolved"},
		{Watching, Reappeared, "triggered within the flap window"},
		{Watching, Firing, "triggered after the flap window, new incident"},
		{Watching, Over, "flap window passed"},
		{Reappeared, Watching, "source cleared it"},
		{Reappeared, Firing, "flap window passed, new incident"},
	}
}

// RollbackEdges is the whole machine of a rollback (I24). Running is entered
// from RollbackApproved only, and once: there is no way back into it.
func RollbackEdges() []RollbackEdge {
	return []RollbackEdge{
		{RollbackAsked, RollbackApproved, "approved by somebody else"},
		{RollbackAsked, RollbackDenied, "denied"},
		{RollbackApproved, RollbackRunning, "started"},
		{RollbackRunning, RollbackDone, "earlier state read back"},
		{RollbackRunning, RollbackFailed, "earlier state not reached, next level paged"},
	}
}

// Next lists the states an incident may move to; empty for a terminal or unknown state.
func (s State) Next() []State {
	var next []State
	for _, e := range Edges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

// Next lists the states an alert may move to; empty for a terminal or unknown state.
func (s AlertState) Next() []AlertState {
	var next []AlertState
	for _, e := range AlertEdges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

// Next lists the states a rollback may move to; empty for a terminal or unknown state.
func (s RollbackState) Next() []RollbackState {
	var next []RollbackState
	for _, e := range RollbackEdges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

// CanMove reports whether an incident may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(from.Next(), to) }

// CanMoveAlert reports whether an alert may move from one state to the other.
func CanMoveAlert(from, to AlertState) bool { return slices.Contains(from.Next(), to) }

// CanMoveRollback reports whether a rollback may move from one state to the other.
func CanMoveRollback(from, to RollbackState) bool { return slices.Contains(from.Next(), to) }

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
