package patch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/patch"
)

// machine lets one set of tests look at both tables.
type machine struct {
	initial string
	ends    []string // states in which it may be left for good
	states  []string
	edges   [][2]string
	next    func(string) []string
	can     func(a, b string) bool
}

func machines() map[string]machine {
	whole := machine{
		initial: string(patch.Assessing),
		ends:    texts([]patch.State{patch.Completed, patch.RolledBack, patch.Rejected, patch.Withdrawn}),
		states:  texts(patch.States()),
		next:    func(s string) []string { return texts(patch.State(s).Next()) },
		can:     func(a, b string) bool { return patch.CanMove(patch.State(a), patch.State(b)) },
	}
	for _, e := range patch.Edges() {
		whole.edges = append(whole.edges, [2]string{string(e.From), string(e.To)})
	}
	ring := machine{
		initial: string(patch.Waiting),
		ends:    texts([]patch.RingState{patch.Waiting, patch.Proven, patch.Restored}),
		states:  texts(patch.RingStates()),
		next:    func(s string) []string { return texts(patch.RingState(s).Next()) },
		can:     func(a, b string) bool { return patch.CanMoveRing(patch.RingState(a), patch.RingState(b)) },
	}
	for _, e := range patch.RingEdges() {
		ring.edges = append(ring.edges, [2]string{string(e.From), string(e.To)})
	}
	return map[string]machine{"rollout": whole, "ring": ring}
}

func texts[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

func TestTablesAreClosedAndEveryStateIsReachable(t *testing.T) {
	for name, m := range machines() {
		t.Run(name, func(t *testing.T) {
			seen := map[[2]string]bool{}
			for _, e := range m.edges {
				require.Contains(t, m.states, e[0])
				require.Contains(t, m.states, e[1])
				require.NotEqual(t, e[0], e[1], "staying is not a move")
				require.False(t, seen[e], "edge %v twice", e)
				seen[e] = true
			}
			reached := []string{m.initial}
			for i := 0; i < len(reached); i++ {
				for _, n := range m.next(reached[i]) {
					if !slices.Contains(reached, n) {
						reached = append(reached, n)
					}
				}
			}
			require.ElementsMatch(t, m.states, reached)
			for _, a := range m.states {
				for _, b := range m.states {
					require.Equal(t, seen[[2]string{a, b}], m.can(a, b), "%s → %s", a, b)
				}
				// From everywhere there is a way to an orderly end.
				way := []string{a}
				for i := 0; i < len(way); i++ {
					for _, n := range m.next(way[i]) {
						if !slices.Contains(way, n) {
							way = append(way, n)
						}
					}
				}
				require.True(t, slices.ContainsFunc(way, func(s string) bool { return slices.Contains(m.ends, s) }), a)
			}
			require.Empty(t, m.next("no-such-state"))
		})
	}
}

func TestTerminalStatesAreFinal(t *testing.T) {
	for _, s := range patch.States() {
		want := slices.Contains([]patch.State{patch.RolledBack, patch.Rejected, patch.Withdrawn}, s)
		require.Equal(t, want, s.Terminal(), s)
	}
	for _, s := range patch.RingStates() {
		require.Equal(t, s == patch.Restored, s.Terminal(), s)
		untouched := slices.Contains([]patch.RingState{patch.Waiting, patch.Preparing, patch.Restored}, s)
		require.Equal(t, !untouched, s.Touched(), s)
	}
	require.False(t, patch.State("odd").Terminal())
	require.False(t, patch.RingState("odd").Terminal())
	require.True(t, patch.RingState("odd").Touched(), "damage is taken back, too")
}

// P2, P4: a ring is proven through its tests and its soak only; P7: a way back
// that failed never begins again without a person; P27: nothing rolls unapproved.
func TestP7_TheMachinesHaveNoShortcut(t *testing.T) {
	for _, s := range patch.RingStates() {
		require.Equal(t, s == patch.Soaking, patch.CanMoveRing(s, patch.Proven), s)
		require.Equal(t, s == patch.Testing, patch.CanMoveRing(s, patch.Soaking), s)
	}
	for _, s := range patch.States() {
		require.Equal(t, s == patch.Approving || s == patch.Held, patch.CanMove(s, patch.Rolling), s)
		require.Equal(t, s == patch.Rolling, patch.CanMove(s, patch.Completed), s)
	}
	for _, s := range []patch.State{patch.Rolling, patch.Held, patch.Completed} {
		require.True(t, patch.CanMove(s, patch.Reverting), "P9: the way back is open from %s", s)
	}
	require.ElementsMatch(t, []patch.State{patch.RolledBack, patch.Stranded}, patch.Reverting.Next())
	for _, e := range patch.Edges() {
		if e.From == patch.Stranded {
			require.Contains(t, e.Cause, "person")
		}
	}
	rapid.Check(t, func(t *rapid.T) { // no walk to Rolling leaves out Approving
		at, approved := patch.Assessing, false
		for range 20 {
			next := at.Next()
			if len(next) == 0 {
				return
			}
			at = rapid.SampledFrom(next).Draw(t, "next")
			approved = approved || at == patch.Approving
			require.True(t, approved || (at != patch.Rolling && at != patch.Completed))
		}
	})
}

func TestDiagramShowsEveryEdge(t *testing.T) {
	d := patch.Diagram()
	require.True(t, strings.HasPrefix(d, "stateDiagram-v2\n"))
	for _, e := range patch.Edges() {
		require.Contains(t, d, fmt.Sprintf("p_%s --> p_%s: %s\n", e.From, e.To, e.Cause))
	}
	for _, e := range patch.RingEdges() {
		require.Contains(t, d, fmt.Sprintf("r_%s --> r_%s: %s\n", e.From, e.To, e.Cause))
	}
	ends := 4 + 3
	require.Equal(t, ends, strings.Count(d, "--> [*]"))
	require.Equal(t, len(patch.Edges())+len(patch.RingEdges())+ends+2, strings.Count(d, "-->"), "and nothing else")
	require.Equal(t, d, patch.Diagram())
}
