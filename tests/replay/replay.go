// Package replay replays the recorded histories of a process, for its tests.
package replay

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows"
)

// All replays every history in testdata/histories of the calling package with
// today's code. A change that alters the commands of a running workflow fails here;
// it needs a version gate and a new history beside the old ones, recorded with
// `make history`. Histories are only ever added.
func All(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files, "record some with `make history`")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { one(t, file) })
	}
}

func one(t *testing.T, file string) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	history, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	require.NoError(t, err)
	// Ids are made of the run's own: it has to be told who it is.
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	// A busy machine is no deadlock.
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	require.NoError(t, err)
	workflows.Register(r)
	require.NoError(t, r.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	}))
}
