package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// A worker that asks is alive, on its sticky queue as well; one that has not asked
// for minutes is not, and nor is a process whose worker has ended.
func TestPollers_AliveWhileTheyAsk(t *testing.T) {
	begun := time.Now()
	p := newPollers()
	require.NoError(t, p.alive(begun.Add(time.Hour)), "a process without workers")
	p.expect(begun, polled{"pages", kindActivity}, polled{"workflows", kindWorkflow})
	require.NoError(t, p.alive(begun.Add(silentFor)))
	require.ErrorContains(t, p.alive(begun.Add(silentFor+time.Minute)), "has not asked for")

	ask := func(req any) {
		called := false
		require.NoError(t, p.intercept(t.Context(), "", req, nil, nil, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			called = true
			return nil
		}))
		require.True(t, called)
	}
	p.expect(begun.Add(-time.Hour), polled{"pages", kindActivity}, polled{"workflows", kindWorkflow})
	ask(&workflowservice.PollWorkflowTaskQueueRequest{TaskQueue: &taskqueuepb.TaskQueue{Name: "host:1234", NormalName: "workflows"}})
	require.ErrorContains(t, p.alive(time.Now()), "the worker of pages has not asked for activity tasks for 1h")
	ask(&workflowservice.PollActivityTaskQueueRequest{TaskQueue: &taskqueuepb.TaskQueue{Name: "pages"}})
	ask(&workflowservice.RespondActivityTaskCompletedRequest{})
	require.NoError(t, p.alive(time.Now()))
	require.Len(t, p.asked, 2, "one for each queue and kind, and none for a process's sticky queue")

	p.ended(errors.New("Namespace default is not found"))
	require.ErrorContains(t, p.alive(time.Now()), "a worker has ended: Namespace default is not found")
}

type fakeWorker struct{ started, stopped int }

func (w *fakeWorker) Start() error { w.started++; return nil }
func (w *fakeWorker) Stop()        { w.stopped++ }

// A worker that the SDK has ended ends the process, which is started again; before,
// the process lived on and did nothing.
func TestWorker_ThatCannotGoOnEndsTheProcess(t *testing.T) {
	fatal := make(chan error, 1)
	fatal <- errors.New("Namespace default is not found")
	w := &fakeWorker{}
	require.ErrorContains(t, runWorker(t.Context(), w, fatal), "cannot go on: Namespace default is not found")
	require.Equal(t, fakeWorker{started: 1}, *w, "the SDK ends it itself")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w = &fakeWorker{}
	require.NoError(t, runWorker(ctx, w, make(chan error)))
	require.Equal(t, fakeWorker{1, 1}, *w)
}
