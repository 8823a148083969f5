package certification

import "slices"

// Edge is one allowed step of an artefact's version, with its cause.
type Edge struct {
	From, To State
	Cause    string
}

// States lists every state, in the order of an artefact's life.
func States() []State {
	return []State{Missing, Requested, Received, UnderReview, Valid, Expiring, Grace, Expired, Superseded, Withdrawn}
}

// Edges is the whole machine of a version (A8). What is not in the table cannot
// happen; in particular nothing becomes Valid without a review, and nothing
// comes back from Expired to Valid: a renewal is another version.
func Edges() []Edge {
	return []Edge{
		{Missing, Requested, "asked of the vendor"},
		{Missing, Received, "arrived unasked"},
		{Requested, Received, "arrived"},
		{Received, UnderReview, "review taken up"},
		{Received, Withdrawn, "vendor notice"},
		{UnderReview, Valid, "accepted"},
		{UnderReview, Requested, "returned to the vendor"},
		{UnderReview, Withdrawn, "vendor notice"},
		{Valid, Expiring, "ladder begun"},
		{Valid, Superseded, "renewed or corrected"},
		{Valid, Withdrawn, "vendor notice"},
		{Expiring, Grace, "grace granted"},
		{Expiring, Expired, "coverage ended"},
		{Expiring, Superseded, "renewed or corrected"},
		{Expiring, Withdrawn, "vendor notice"},
		{Grace, Expired, "grace ended"},
		{Grace, Superseded, "renewed or corrected"},
		{Grace, Withdrawn, "vendor notice"},
		{Expired, Grace, "grace granted"},
		{Expired, Superseded, "renewed or corrected"},
		{Expired, Withdrawn, "vendor notice"},
	}
}

// Next lists the states a version may move to; empty for a terminal or unknown state.
func (s State) Next() []State {
	var next []State
	for _, e := range Edges() {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}

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
