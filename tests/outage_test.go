package tests

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/tests/harness"
)

// A poll that begins while the engine is away gets the work that is there when it
// is back: it neither fails nor has to be made again after a pause, which would
// come on top of every timer that fell due meanwhile.
func TestConnect_PollsOutlastAnOutageOfTheEngine(t *testing.T) {
	t.Parallel()
	store := t.TempDir() + "/engine.db"
	server := harness.StartServer(t, harness.ServerOptions{File: store})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c, err := connect.Dial(ctx, connect.Options{Address: server.Address, Env: harness.Env{"HOME": t.TempDir()}, Wait: time.Minute})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	queue, id := "outage-"+uuid.NewString(), uuid.NewString()
	_, err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue}, "Waits")
	require.NoError(t, err)

	server.Kill()
	// It is away for good as far as this connection can tell.
	_, err = c.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	require.Error(t, err)
	type polled struct {
		id  string
		err error
	}
	answers := make(chan polled, 1)
	go func() {
		answer, err := c.WorkflowService().PollWorkflowTaskQueue(ctx, &workflowservice.PollWorkflowTaskQueueRequest{
			Namespace: "default", TaskQueue: &taskqueuepb.TaskQueue{Name: queue}, Identity: "test",
		})
		answers <- polled{answer.GetWorkflowExecution().GetWorkflowId(), err}
	}()
	harness.StartServer(t, harness.ServerOptions{Address: server.Address, File: store})
	got := <-answers
	require.NoError(t, got.err)
	require.Equal(t, id, got.id)
}
