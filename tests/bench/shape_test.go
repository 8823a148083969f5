package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// recorded is the history of a two-level change with three approvers.
func recorded(t *testing.T) *historypb.History {
	t.Helper()
	kept, err := filepath.Glob("../../workflows/change/testdata/histories/*approved-executed-closed.json")
	require.NoError(t, err)
	require.NotEmpty(t, kept)
	text, err := os.ReadFile(kept[len(kept)-1]) // the newest
	require.NoError(t, err)
	var h historypb.History
	require.NoError(t, temporalproto.CustomJSONUnmarshalOptions{DiscardUnknown: true}.Unmarshal(text, &h))
	require.NotEmpty(t, h.Events)
	return &h
}

func TestDerive_HoldsEverythingTheHistoryHas(t *testing.T) {
	h := recorded(t)
	s, err := derive(h)
	require.NoError(t, err)
	want := map[enumspb.EventType]int{}
	for _, e := range h.Events {
		want[e.EventType]++
	}
	var starts, timers, upserts, completes int
	for _, one := range s.Steps {
		starts, timers, upserts, completes = starts+len(one.Starts), timers+len(one.Timers), upserts+one.Upserts, completes+len(one.Completes)
	}
	require.Equal(t, want[enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED], starts)
	require.Equal(t, starts, len(s.Activities))
	require.Equal(t, want[enumspb.EVENT_TYPE_TIMER_STARTED], timers)
	require.Equal(t, want[enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES], upserts)
	require.Equal(t, want[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED], len(s.Updates))
	require.Equal(t, len(s.Updates), completes)
	require.Equal(t, want[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED], s.Signals)
	require.Equal(t, cause{Kind: atStart}, s.Steps[0].After)
	require.Equal(t, []string{"decide", "decide", "decide", "start", "finish"}, s.Updates)
}

func TestSources_CountEveryEventOnce(t *testing.T) {
	h := recorded(t)
	events, bytes := 0, 0
	for _, s := range sources(h) {
		require.NotEmpty(t, s.Name)
		require.Positive(t, s.Times, s.Name)
		events, bytes = events+s.Events, bytes+s.Bytes
	}
	require.Equal(t, len(h.Events), events)
	require.Greater(t, bytes, 10_000)
}

// The bare workflow runs each activity of the shape once, answers every update
// and ends by itself.
func TestBare_DoesWhatTheShapeSays(t *testing.T) {
	s, err := derive(recorded(t))
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return bare(ctx, s) }, workflow.RegisterOptions{Name: bareType})
	var mu sync.Mutex // activities run side by side
	ran, want := map[string]int{}, map[string]int{}
	for _, a := range s.Activities {
		if want[a.Name]++; want[a.Name] > 1 {
			continue
		}
		env.RegisterActivityWithOptions(func(_ context.Context, in note) (note, error) {
			mu.Lock()
			defer mu.Unlock()
			ran[a.Name]++
			return in, nil
		}, activity.RegisterOptions{Name: a.Name})
	}
	answered := 0
	for n, name := range s.Updates {
		env.RegisterDelayedCallback(func() {
			env.UpdateWorkflow(name, name+string(rune('0'+n)), &testsuite.TestUpdateCallback{
				OnReject: func(err error) { require.NoError(t, err) },
				OnAccept: func() {},
				OnComplete: func(_ any, err error) {
					require.NoError(t, err)
					answered++
				},
			}, note{Key: "k"})
		}, time.Duration(n+1)*time.Minute)
	}
	env.ExecuteWorkflow(bareType)
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, want, ran)
	require.Equal(t, len(s.Updates), answered)
}

// The check that both did the same is able to fail.
func TestSameShape_FindsADifference(t *testing.T) {
	h := recorded(t)
	require.NoError(t, sameShape(h, h))
	less := &historypb.History{}
	for _, e := range h.Events {
		if e.EventType != enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES {
			less.Events = append(less.Events, e)
		}
	}
	require.Error(t, sameShape(h, less))
	require.Error(t, sameShape(less, h))
}
