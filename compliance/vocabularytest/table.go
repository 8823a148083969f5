package vocabularytest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// State is a typed state of some process.
type State interface {
	~string
	Terminal() bool
}

// Table checks that a table of edges is closed: it names known states only, each edge
// once and with its cause, and every state is reached from the initial ones. Can, unless
// nil, must allow what the table does, and nothing else.
func Table[S ~string](t *testing.T, edges []compliance.Edge[S], states, initial []S, can func(from, to S) bool) {
	t.Helper()
	seen := map[[2]S]bool{}
	for _, e := range edges {
		require.Contains(t, states, e.From)
		require.Contains(t, states, e.To)
		require.NotEqual(t, e.From, e.To, "staying is not a move")
		require.NotEmpty(t, e.Cause)
		require.False(t, seen[[2]S{e.From, e.To}], "edge %v twice", e)
		seen[[2]S{e.From, e.To}] = true
	}
	require.ElementsMatch(t, states, Reached(edges, initial...))
	require.Empty(t, compliance.Next(edges, "no-such-state"))
	for _, a := range states {
		for _, b := range states {
			if can != nil {
				require.Equal(t, seen[[2]S{a, b}], can(a, b), "%s → %s", a, b)
			}
		}
	}
}

// Ends checks that the states which nothing follows are the terminal ones. A state that
// nobody knows is damage, and not an orderly end.
func Ends[S State](t *testing.T, edges []compliance.Edge[S], states []S) {
	t.Helper()
	for _, s := range states {
		require.Equal(t, len(compliance.Next(edges, s)) == 0, s.Terminal(), s)
	}
	require.False(t, S("no-such-state").Terminal())
	require.False(t, S("").Terminal())
}

// Reached lists the states that the table leads to from these, with them.
func Reached[S ~string](edges []compliance.Edge[S], from ...S) []S {
	reached := slices.Clone(from)
	for i := 0; i < len(reached); i++ {
		for _, n := range compliance.Next(edges, reached[i]) {
			if !slices.Contains(reached, n) {
				reached = append(reached, n)
			}
		}
	}
	return reached
}
