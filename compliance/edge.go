package compliance

// Edge is one allowed step of a state machine, with its cause. A process writes
// its machine as a table of edges; everything else follows from the table.
type Edge[S comparable] struct {
	From, To S
	Cause    string
}

// Next lists the states the table allows to follow s, in its order; empty for a
// terminal or unknown state.
func Next[S comparable](table []Edge[S], s S) []S {
	var next []S
	for _, e := range table {
		if e.From == s {
			next = append(next, e.To)
		}
	}
	return next
}
