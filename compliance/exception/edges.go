package exception

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Edge is one allowed step, with its cause.
type Edge = compliance.Edge[State]

// States lists every state, in the order of an exception's life.
func States() []State {
	return []State{Requested, InForce, Reopened, Overdue, Ended, Refused, Denied, Lapsed, Withdrawn, Stopped}
}

// Edges is the whole machine. What is not in the table cannot happen; in
// particular only a decision leads to in_force, and nothing leads back to requested.
func Edges() []Edge {
	return []Edge{
		{From: Requested, To: InForce, Cause: "approved"},
		{From: Requested, To: Denied, Cause: "denied"},
		{From: Requested, To: Lapsed, Cause: "not decided in time"},
		{From: Requested, To: Withdrawn, Cause: "taken back"},
		{From: Requested, To: Stopped, Cause: "run ended by an operator"},
		{From: InForce, To: Reopened, Cause: "expired, failed, unanswered or revoked"},
		{From: InForce, To: Ended, Cause: "remedied"},
		{From: InForce, To: Stopped, Cause: "run ended by an operator"},
		{From: Reopened, To: InForce, Cause: "renewed"},
		{From: Reopened, To: Overdue, Cause: "short deadline passed"},
		{From: Reopened, To: Ended, Cause: "remedied"},
		{From: Reopened, To: Stopped, Cause: "run ended by an operator"},
		{From: Overdue, To: InForce, Cause: "renewed"},
		{From: Overdue, To: Ended, Cause: "remedied"},
		{From: Overdue, To: Stopped, Cause: "run ended by an operator"},
	}
}

// CanMove reports whether an exception may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(compliance.Next(Edges(), from), to) }

// Terminal reports whether the state is final. An unknown state is not: it is
// damage, and must not pass for an orderly end.
func (s State) Terminal() bool {
	return slices.Contains(States(), s) && len(compliance.Next(Edges(), s)) == 0
}

// Diagram draws the machine from its edge table as a mermaid stateDiagram-v2,
// for the process page. Its text depends on the table alone.
func Diagram() string {
	return compliance.Machine[State]{Edges: Edges(), States: States(), Initial: []State{Requested, Refused}}.Diagram()
}
