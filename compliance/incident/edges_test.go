package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/incident"
)

// machine lets one set of tests look at all the tables.
type machine struct {
	prefix          string
	initial, states []string
	edges           [][3]string
	next            func(string) []string
	can             func(a, b string) bool
	terminal        func(string) bool
}

func texts[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

func machines() map[string]machine {
	whole := machine{
		prefix: "i", initial: texts(incident.InitialStates()), states: texts(incident.States()),
		next:     func(s string) []string { return texts(incident.State(s).Next()) },
		can:      func(a, b string) bool { return incident.CanMove(incident.State(a), incident.State(b)) },
		terminal: func(s string) bool { return incident.State(s).Terminal() },
	}
	for _, e := range incident.Edges() {
		whole.edges = append(whole.edges, [3]string{string(e.From), string(e.To), e.Cause})
	}
	alert := machine{
		prefix: "a", initial: []string{string(incident.Firing)}, states: texts(incident.AlertStates()),
		next:     func(s string) []string { return texts(incident.AlertState(s).Next()) },
		can:      func(a, b string) bool { return incident.CanMoveAlert(incident.AlertState(a), incident.AlertState(b)) },
		terminal: func(s string) bool { return incident.AlertState(s).Terminal() },
	}
	for _, e := range incident.AlertEdges() {
		alert.edges = append(alert.edges, [3]string{string(e.From), string(e.To), e.Cause})
	}
	back := machine{
		prefix: "r", initial: []string{string(incident.RollbackAsked)}, states: texts(incident.RollbackStates()),
		next: func(s string) []string { return texts(incident.RollbackState(s).Next()) },
		can: func(a, b string) bool {
			return incident.CanMoveRollback(incident.RollbackState(a), incident.RollbackState(b))
		},
		terminal: func(s string) bool { return incident.RollbackState(s).Terminal() },
	}
	for _, e := range incident.RollbackEdges() {
		back.edges = append(back.edges, [3]string{string(e.From), string(e.To), e.Cause})
	}
	item := machine{
		prefix: "t", initial: []string{string(incident.ItemOpen)}, states: texts(incident.ItemStates()),
		next:     func(s string) []string { return texts(incident.ItemState(s).Next()) },
		can:      func(a, b string) bool { return incident.CanMoveItem(incident.ItemState(a), incident.ItemState(b)) },
		terminal: func(s string) bool { return incident.ItemState(s).Terminal() },
	}
	for _, e := range incident.ItemEdges() {
		item.edges = append(item.edges, [3]string{string(e.From), string(e.To), e.Cause})
	}
	return map[string]machine{"incident": whole, "alert": alert, "rollback": back, "to be done": item}
}

func TestI1_TablesAreClosedAndEveryStateIsReachable(t *testing.T) {
	for name, m := range machines() {
		t.Run(name, func(t *testing.T) {
			seen := map[[2]string]bool{}
			for _, e := range m.edges {
				require.Contains(t, m.states, e[0])
				require.Contains(t, m.states, e[1])
				require.NotEqual(t, e[0], e[1], "staying is not a move")
				require.NotEmpty(t, e[2])
				require.False(t, seen[[2]string{e[0], e[1]}], "edge %v twice", e)
				seen[[2]string{e[0], e[1]}] = true
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
				require.Equal(t, len(m.next(a)) == 0, m.terminal(a), a)
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

func TestI1_ResolvedIsFinal(t *testing.T) {
	reached := []incident.State{incident.Resolved}
	for i := 0; i < len(reached); i++ {
		require.False(t, reached[i].Pages(), "%s pages after the resolution", reached[i])
		reached = append(reached, reached[i].Next()...)
	}
	require.Equal(t, []incident.State{incident.Resolved, incident.Reviewed, incident.Closed}, reached)
	for _, s := range incident.States() {
		require.Equal(t, !slices.Contains(reached, s), s.Pages(), s)
		require.Equal(t, s == incident.Reviewed || s == incident.Drill, incident.CanMove(s, incident.Closed), "I27: %s", s)
	}
	require.True(t, incident.State("damaged").Pages())
}

// I24: nothing runs that nobody approved, and nothing runs twice.
func TestI24_ARollbackRunsOnceAndOnlyApproved(t *testing.T) {
	for _, s := range incident.RollbackStates() {
		require.Equal(t, s == incident.RollbackApproved, incident.CanMoveRollback(s, incident.RollbackRunning), s)
	}
	for _, s := range []incident.RollbackState{incident.RollbackDenied, incident.RollbackDone, incident.RollbackFailed} {
		require.True(t, s.Terminal(), s)
		require.False(t, incident.Rollback{State: s}.Open())
	}
}

func TestDiagramShowsEveryEdge(t *testing.T) {
	d := incident.Diagram()
	require.True(t, strings.HasPrefix(d, "stateDiagram-v2\n"))
	arrows := 0
	for _, m := range machines() {
		for _, e := range m.edges {
			require.Contains(t, d, fmt.Sprintf("%s_%s --> %s_%s: %s\n", m.prefix, e[0], m.prefix, e[1], e[2]))
			arrows++
		}
		for _, s := range m.initial {
			require.Contains(t, d, fmt.Sprintf("[*] --> %s_%s\n", m.prefix, s))
			arrows++
		}
		for _, s := range m.states {
			if m.terminal(s) {
				require.Contains(t, d, fmt.Sprintf("%s_%s --> [*]\n", m.prefix, s))
				arrows++
			}
		}
	}
	require.Equal(t, arrows, strings.Count(d, "-->"), "and nothing else")
	require.Equal(t, d, incident.Diagram())
}
