package incident_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestI1_TablesAreClosedAndEveryStateIsReachable(t *testing.T) {
	vocabularytest.Table(t, incident.Edges(), incident.States(), incident.InitialStates(), incident.CanMove)
	vocabularytest.Ends(t, incident.Edges(), incident.States())
	vocabularytest.Table(t, incident.AlertEdges(), incident.AlertStates(), []incident.AlertState{incident.Firing}, nil)
	vocabularytest.Ends(t, incident.AlertEdges(), incident.AlertStates())
	vocabularytest.Table(t, incident.RollbackEdges(), incident.RollbackStates(), []incident.RollbackState{incident.RollbackAsked}, nil)
	vocabularytest.Ends(t, incident.RollbackEdges(), incident.RollbackStates())
	vocabularytest.Table(t, incident.ItemEdges(), incident.ItemStates(), []incident.ItemState{incident.ItemOpen}, nil)
	vocabularytest.Ends(t, incident.ItemEdges(), incident.ItemStates())
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
		require.Equal(t, s == incident.RollbackApproved, slices.Contains(s.Next(), incident.RollbackRunning), s)
	}
	for _, s := range []incident.RollbackState{incident.RollbackDenied, incident.RollbackDone, incident.RollbackFailed} {
		require.True(t, s.Terminal(), s)
		require.False(t, incident.Rollback{State: s}.Open())
	}
}
