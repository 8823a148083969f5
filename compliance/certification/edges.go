package certification

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Edge is one allowed step of an artefact's version, with its cause.
type Edge = compliance.Edge[State]

// States lists every state, in the order of an artefact's life.
func States() []State {
	return []State{Missing, Requested, Received, UnderReview, Valid, Expiring, Grace, Expired, Superseded, Withdrawn}
}

// Edges is the whole machine of a version (A8). What is not in the table cannot
// happen; in particular nothing becomes Valid without a review, and nothing
// comes back from Expired to Valid: a renewal is another version.
func Edges() []Edge {
	return []Edge{
		{From: Missing, To: Requested, Cause: "asked of the vendor"},
		{From: Missing, To: Received, Cause: "arrived unasked"},
		{From: Requested, To: Received, Cause: "arrived"},
		{From: Received, To: UnderReview, Cause: "review taken up"},
		{From: Received, To: Withdrawn, Cause: "vendor notice"},
		{From: UnderReview, To: Valid, Cause: "accepted"},
		{From: UnderReview, To: Requested, Cause: "returned to the vendor"},
		{From: UnderReview, To: Withdrawn, Cause: "vendor notice"},
		{From: Valid, To: Expiring, Cause: "ladder begun"},
		{From: Valid, To: Superseded, Cause: "renewed or corrected"},
		{From: Valid, To: Withdrawn, Cause: "vendor notice"},
		{From: Expiring, To: Grace, Cause: "grace granted"},
		{From: Expiring, To: Expired, Cause: "coverage ended"},
		{From: Expiring, To: Superseded, Cause: "renewed or corrected"},
		{From: Expiring, To: Withdrawn, Cause: "vendor notice"},
		{From: Grace, To: Expired, Cause: "grace ended"},
		{From: Grace, To: Superseded, Cause: "renewed or corrected"},
		{From: Grace, To: Withdrawn, Cause: "vendor notice"},
		{From: Expired, To: Grace, Cause: "grace granted"},
		{From: Expired, To: Superseded, Cause: "renewed or corrected"},
		{From: Expired, To: Withdrawn, Cause: "vendor notice"},
	}
}

// Next lists the states a version may move to; empty for a terminal or unknown state.
func (s State) Next() []State { return compliance.Next(Edges(), s) }

// CanMove reports whether a version may move from one state to the other.
// Staying in a state is not a move.
func CanMove(from, to State) bool { return slices.Contains(from.Next(), to) }

// Terminal reports whether the state is final. An unknown state is not: it is
// damage, and must not pass for an orderly end.
func (s State) Terminal() bool { return slices.Contains(States(), s) && len(s.Next()) == 0 }

// cause gives the table's cause of an allowed step, empty for any other.
func cause(from, to State) string {
	for _, e := range Edges() {
		if e.From == from && e.To == to {
			return e.Cause
		}
	}
	return ""
}
