package patch_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestTablesAreClosedAndEveryStateIsReachable(t *testing.T) {
	vocabularytest.Table(t, patch.Edges(), patch.States(), []patch.State{patch.Assessing}, patch.CanMove)
	vocabularytest.Table(t, patch.RingEdges(), patch.RingStates(), []patch.RingState{patch.Waiting}, patch.CanMoveRing)
	// From everywhere there is a way to a state in which it may be left for good.
	leadsTo(t, patch.Edges(), patch.States(), patch.Completed, patch.RolledBack, patch.Rejected, patch.Withdrawn)
	leadsTo(t, patch.RingEdges(), patch.RingStates(), patch.Waiting, patch.Proven, patch.Restored)
}

func leadsTo[S ~string](t *testing.T, edges []compliance.Edge[S], states []S, ends ...S) {
	t.Helper()
	for _, s := range states {
		way := vocabularytest.Reached(edges, s)
		require.True(t, slices.ContainsFunc(way, func(s S) bool { return slices.Contains(ends, s) }), s)
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
