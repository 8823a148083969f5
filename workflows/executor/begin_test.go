package executor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/executor"
)

const approved = "change/example/10042"

func never() bool { return false }

// begin plays a process whose change is told by hear, and gives how it went on.
func begin(t *testing.T, hear func(*executor.Carrying, change.Report) error, process func(workflow.Context, *executor.Carrying) error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	c := &executor.Carrying{Change: approved, Approval: change.Approval{State: change.WaitingWindow, Review: change.Approved}}
	require.True(t, c.Approval.Given())
	env.OnSignalExternalWorkflow(mock.Anything, approved, "", changes.SignalReported, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error { return hear(c, arg.(change.Report)) })
	env.ExecuteWorkflow(func(ctx workflow.Context) error { return process(ctx, c) })
	require.NoError(t, env.GetWorkflowError())
}

// P27: each request has its own key, an answer to an earlier one counts for nothing, and
// it is asked again less and less often, but at once when the approval is lost.
func TestP27_TheChangeIsAskedAgainLessAndLessOften(t *testing.T) {
	var keys []string
	hear := func(c *executor.Carrying, r change.Report) error {
		require.Equal(t, change.Executing, r.Result)
		keys = append(keys, r.Key)
		a := c.Approval
		a.Request, a.Reason = r.Key, change.WindowClosed
		if len(keys) == 3 {
			a.Request = keys[0]
		}
		require.False(t, c.Told(a))
		return nil
	}
	begin(t, hear, func(ctx workflow.Context, c *executor.Carrying) error {
		for n, want := range []time.Duration{time.Minute, 2 * time.Minute, 15*time.Minute + 4*time.Minute} {
			began := workflow.Now(ctx)
			require.NoError(t, c.Begin(ctx, "PAT-1", "it begins", never))
			require.False(t, c.Start.Begun())
			require.Equal(t, n < 2, c.Start.Answered)
			require.NoError(t, c.Rest(ctx, "crm", "prod"))
			require.Equal(t, want, workflow.Now(ctx).Sub(began))
		}
		lost := c.Approval
		lost.Review = change.Expired
		require.True(t, c.Told(lost))
		began := workflow.Now(ctx)
		require.NoError(t, c.Rest(ctx, "crm", "prod"))
		require.Zero(t, workflow.Now(ctx).Sub(began))
		return nil
	})
	require.Equal(t, []string{"PAT-1/start/1", "PAT-1/start/2", "PAT-1/start/3"}, keys)
}

// A change that answers yes so late that it was given up wakes who rests.
func TestP27_ALateYesIsHeardAtOnce(t *testing.T) {
	silent := func(*executor.Carrying, change.Report) error { return nil }
	begin(t, silent, func(ctx workflow.Context, c *executor.Carrying) error {
		require.NoError(t, c.Begin(ctx, "PAT-1", "it begins", never))
		require.False(t, c.Start.Begun())
		workflow.Go(ctx, func(ctx workflow.Context) {
			require.NoError(t, workflow.Sleep(ctx, 10*time.Second))
			a := c.Approval
			a.State = change.Executing
			c.Told(a)
		})
		began := workflow.Now(ctx)
		require.NoError(t, c.Rest(ctx, "crm", "prod"))
		require.Equal(t, 10*time.Second, workflow.Now(ctx).Sub(began))
		return nil
	})
}

// A change that is gone does not answer, and is not waited for.
func TestP27_AChangeThatIsGoneIsNotWaitedFor(t *testing.T) {
	gone := func(*executor.Carrying, change.Report) error { return changeGone{} }
	begin(t, gone, func(ctx workflow.Context, c *executor.Carrying) error {
		began := workflow.Now(ctx)
		require.NoError(t, c.Begin(ctx, "PAT-1", "it begins", never))
		require.Zero(t, workflow.Now(ctx).Sub(began))
		require.False(t, c.Start.Answered)
		return nil
	})
}

type changeGone struct{}

func (changeGone) Error() string { return "unknown external workflow execution" }
