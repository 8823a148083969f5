package certification_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

func TestA8_TheTableIsClosedAndEveryStateIsReachable(t *testing.T) {
	seen := map[[2]cert.State]bool{}
	for _, e := range cert.Edges() {
		require.Contains(t, cert.States(), e.From)
		require.Contains(t, cert.States(), e.To)
		require.NotEqual(t, e.From, e.To, "staying is not a move")
		require.NotEmpty(t, e.Cause)
		require.False(t, seen[[2]cert.State{e.From, e.To}], "edge %v twice", e)
		seen[[2]cert.State{e.From, e.To}] = true
	}
	reached := []cert.State{cert.Missing}
	for i := 0; i < len(reached); i++ {
		for _, n := range reached[i].Next() {
			if !slices.Contains(reached, n) {
				reached = append(reached, n)
			}
		}
	}
	require.ElementsMatch(t, cert.States(), reached)
	for _, a := range cert.States() {
		for _, b := range cert.States() {
			require.Equal(t, seen[[2]cert.State{a, b}], cert.CanMove(a, b), "%s → %s", a, b)
		}
		require.Equal(t, a == cert.Superseded || a == cert.Withdrawn, a.Terminal(), a)
		require.False(t, a.Accepted() && a.Gathering())
		require.Equal(t, a.Terminal(), !a.Accepted() && !a.Gathering())
		require.True(t, !a.Accepted() || cert.CanMove(a, cert.Withdrawn), "a vendor notice is immediate: %s", a)
		require.True(t, !a.Accepted() || cert.CanMove(a, cert.Superseded), "a renewal is always welcome: %s", a)
	}
	require.False(t, cert.State("no-such-state").Terminal())
	require.False(t, cert.State("").Terminal())
}

// A8: nothing covers that nobody accepted, nothing comes back from expiry but by grace.
func TestA8_WaysIn(t *testing.T) {
	for _, s := range cert.States() {
		require.Equal(t, s == cert.UnderReview, cert.CanMove(s, cert.Valid), s)
		require.Equal(t, s == cert.Expiring || s == cert.Expired, cert.CanMove(s, cert.Grace), s)
		require.Equal(t, s == cert.Expiring || s == cert.Grace, cert.CanMove(s, cert.Expired), s)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := cert.Missing
		for range 40 {
			next := at.Next()
			if len(next) == 0 {
				require.True(t, at.Terminal())
				return
			}
			at = rapid.SampledFrom(next).Draw(t, "next")
		}
	})
}

func TestDiagramShowsEveryEdge(t *testing.T) {
	d := cert.Diagram()
	require.True(t, strings.HasPrefix(d, "stateDiagram-v2\n  [*] --> missing\n"))
	for _, e := range cert.Edges() {
		require.Contains(t, d, fmt.Sprintf("  %s --> %s: %s\n", e.From, e.To, e.Cause))
	}
	require.Equal(t, len(cert.Edges())+1+2, strings.Count(d, "-->"), "and nothing else")
	require.Contains(t, d, "superseded --> [*]")
	require.Contains(t, d, "withdrawn --> [*]")
}
