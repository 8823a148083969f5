package change_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

// machine lets one set of tests look at both tables.
type machine struct {
	initial, states []string
	edges           [][2]string
	next            func(string) []string
	can             func(a, b string) bool
	terminal        func(string) bool
}

func machines() map[string]machine {
	version := machine{
		initial:  []string{string(change.Draft)},
		can:      func(a, b string) bool { return change.CanMoveVersion(change.VersionState(a), change.VersionState(b)) },
		terminal: func(s string) bool { return change.VersionState(s).Terminal() },
		next:     func(s string) []string { return texts(change.VersionState(s).Next()) },
		states:   texts(change.VersionStates()),
	}
	for _, e := range change.VersionEdges() {
		version.edges = append(version.edges, [2]string{string(e.From), string(e.To)})
	}
	whole := machine{
		initial:  []string{string(change.Open)},
		can:      func(a, b string) bool { return change.CanMove(change.State(a), change.State(b)) },
		terminal: func(s string) bool { return change.State(s).Terminal() },
		next:     func(s string) []string { return texts(change.State(s).Next()) },
		states:   texts(change.States()),
	}
	for _, e := range change.Edges() {
		whole.edges = append(whole.edges, [2]string{string(e.From), string(e.To)})
	}
	return map[string]machine{"version": version, "change": whole}
}

func texts[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

func TestC1_TablesAreClosedAndEveryStateIsReachable(t *testing.T) {
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
			reached := slices.Clone(m.initial)
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
			}
			require.False(t, m.terminal("no-such-state"))
			require.False(t, m.terminal(""))
			require.Empty(t, m.next("no-such-state"))
		})
	}
}

func TestC1_TerminalStatesAreFinal(t *testing.T) {
	for _, s := range []change.State{
		change.Closed, change.Failed, change.RolledBack, change.Superseded, change.WithdrawnChange, change.Violation,
	} {
		require.True(t, s.Terminal(), s)
	}
	for _, s := range []change.State{change.Open, change.WaitingWindow, change.Executing, change.Verifying, change.Held} {
		require.False(t, s.Terminal(), s)
	}
	for _, s := range []change.VersionState{change.Rejected, change.Expired, change.Withdrawn} {
		require.True(t, s.Terminal(), s)
	}
	for _, s := range []change.VersionState{change.Draft, change.Submitted, change.InReview, change.Approved} {
		require.False(t, s.Terminal(), s)
	}
	for name, m := range machines() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			at := m.initial[0]
			for range 50 {
				next := m.next(at)
				if len(next) == 0 {
					require.True(t, m.terminal(at), "%s is a dead end that is not final", at)
					return
				}
				require.False(t, m.terminal(at))
				at = rapid.SampledFrom(next).Draw(t, "next")
			}
		}))
	}
}

// C10: a timeout is expired, never approved; C13, C28: nothing executes that did not wait approved.
func TestC10_ApprovedAndExecutingHaveOneWayIn(t *testing.T) {
	for _, s := range change.VersionStates() {
		require.Equal(t, s == change.InReview, change.CanMoveVersion(s, change.Approved), s)
	}
	for _, s := range change.States() {
		require.Equal(t, s == change.WaitingWindow, change.CanMove(s, change.Executing), s)
		require.Equal(t, s == change.Verifying || s == change.RetroReview, change.CanMove(s, change.Closed), s)
	}
}

func TestDiagramShowsEveryEdge(t *testing.T) {
	d := change.Diagram()
	require.True(t, strings.HasPrefix(d, "stateDiagram-v2\n"))
	terminal, edges := 0, 0
	for _, e := range change.Edges() {
		require.Contains(t, d, fmt.Sprintf("c_%s --> c_%s: %s\n", e.From, e.To, e.Cause))
		edges++
	}
	for _, e := range change.VersionEdges() {
		require.Contains(t, d, fmt.Sprintf("v_%s --> v_%s: %s\n", e.From, e.To, e.Cause))
		edges++
	}
	for _, s := range change.States() {
		if s.Terminal() {
			require.Contains(t, d, fmt.Sprintf("c_%s --> [*]\n", s))
			terminal++
		}
	}
	for _, s := range change.VersionStates() {
		if s.Terminal() {
			require.Contains(t, d, fmt.Sprintf("v_%s --> [*]\n", s))
			terminal++
		}
	}
	require.Equal(t, edges+terminal+2, strings.Count(d, "-->"), "and nothing else")
	require.Equal(t, d, change.Diagram())
}
