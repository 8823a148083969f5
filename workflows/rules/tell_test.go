package rules_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance/change"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// tells plays a run of the schedule after one that ended with a result; nil: after none.
func (w *world) tells(before any, at time.Time) (process.TellResult, error) {
	w.T.Helper()
	w.engine(process.DailyTellID)
	w.Env.SetStartTime(at)
	if before != nil {
		w.Env.SetLastCompletionResult(before)
	}
	w.Env.ExecuteWorkflow(process.TellChanges, process.TellInput{})
	var out process.TellResult
	err := w.Env.GetWorkflowError()
	if err == nil {
		require.NoError(w.T, w.Env.GetWorkflowResult(&out))
	}
	return out, err
}

// Each run of the schedule knows what the one before left everybody with: a worker that
// starts again wakes no change, a move wakes each once, and so does another day. What an
// older release left, which does not say, is told over (C29).
func TestC29_TheScheduleTellsWhatMoved(t *testing.T) {
	w := newWorld(t)
	first, err := w.tells(nil, wednesday)
	require.NoError(t, err)
	require.Len(t, w.changes.told, 1)
	for range 3 {
		again, err := w.tells(first, wednesday.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, process.TellResult{Last: first.Last}, again, "the restart after it knows as much")
	}
	require.Len(t, w.changes.told, 1)

	w.Rewrite("directory/groups.yaml", "[p-farah, p-hana]", "[p-farah]")
	moved, err := w.tells(first, wednesday.Add(2*time.Hour))
	require.NoError(t, err)
	require.Len(t, w.changes.told, 2)
	require.NotEqual(t, first.Last.Moved.Directory, moved.Last.Moved.Directory)
	_, err = w.tells(moved, wednesday.Add(3*time.Hour))
	require.NoError(t, err)
	require.Len(t, w.changes.told, 2, "it was told while it followed the move")

	daily, err := w.tells(moved, wednesday.Add(16*time.Hour))
	require.NoError(t, err)
	require.Equal(t, change.Told{Moved: moved.Last.Moved, At: wednesday.Add(16 * time.Hour)}, daily.Last)
	require.Len(t, w.changes.told, 3)
	_, err = w.tells(map[string]int{"told": 7}, wednesday.Add(17*time.Hour))
	require.NoError(t, err)
	require.Len(t, w.changes.told, 4)
	_, err = w.tells("a result of something else", wednesday.Add(18*time.Hour))
	require.NoError(t, err)
	require.Len(t, w.changes.told, 5)
}

// A telling that did not reach everybody leaves no result, so that the next one tells
// all of them (C29).
func TestC29_ATellingThatFailsIsNotTakenForOne(t *testing.T) {
	w := newWorld(t)
	w.changes.fail = errors.New("the engine is away")
	_, err := w.tells(nil, wednesday)
	require.Error(t, err)
	require.False(t, temporal.IsCanceledError(err))
	require.Empty(t, w.changes.told)
	w.changes.fail = nil
	_, err = w.tells(nil, wednesday)
	require.NoError(t, err)
	require.Len(t, w.changes.told, 1)
}
