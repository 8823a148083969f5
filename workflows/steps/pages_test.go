package steps

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
)

// callOnce is a process that makes one attempt and says how it ended.
func callOnce(ctx workflow.Context, in SendPageInput) (Failed, error) {
	_, err := SendPage(ctx, in)
	if err == nil {
		return Failed{}, nil
	}
	return Explain(err), nil
}

// I18: one attempt of ten seconds, before everything else on its queue, and
// what came of it as a class for the process to decide upon.
func TestI18_OneAttemptPerPage(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	var infos []activity.Info
	env.RegisterActivityWithOptions(func(ctx context.Context, _ SendPageInput) (compliance.Paged, error) {
		infos = append(infos, activity.GetInfo(ctx))
		return compliance.Paged{}, temporal.NewApplicationErrorWithOptions("vendor is down", string(compliance.Unavailable),
			temporal.ApplicationErrorOptions{Details: []any{3 * time.Second}})
	}, activity.RegisterOptions{Name: "SendPage"})
	env.ExecuteWorkflow(callOnce, SendPageInput{Channel: "mail"})
	require.NoError(t, env.GetWorkflowError())
	var failed Failed
	require.NoError(t, env.GetWorkflowResult(&failed))
	require.Equal(t, Failed{Class: compliance.Unavailable, Pause: 3 * time.Second, Text: "vendor is down"}, failed)
	require.Len(t, infos, 1, "the process decides on retries, not the engine")
	require.Equal(t, compliance.QueuePages, infos[0].TaskQueue)
	require.Equal(t, 10*time.Second, infos[0].StartToCloseTimeout)
	require.Equal(t, 1, onPage().Priority.PriorityKey, "the test environment does not hand it on")
}
