package checkup_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	rules "github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/workflows/checkup"
)

// A queue that nobody works on is a line of the report and hides no other.
func TestACheckupNeedsNotEveryQueue(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	var mu sync.Mutex
	attempts := map[string]int{}
	env.RegisterActivityWithOptions(func(ctx context.Context, in activities.RunCheckupInput) (rules.Report, error) {
		queue := activity.GetInfo(ctx).TaskQueue
		mu.Lock()
		attempts[queue]++
		mu.Unlock()
		require.Equal(t, []string{"chat"}, in.Parts)
		if queue == "pages" {
			return rules.Report{}, temporal.NewTimeoutError(1, nil)
		}
		return rules.Report{Checks: []rules.Check{rules.Part(queue).OK("token", "fine")}}, nil
	}, activity.RegisterOptions{Name: "RunCheckup"})
	env.RegisterDelayedCallback(func() {
		value, err := env.QueryWorkflow(checkup.QueryProgress)
		require.NoError(t, err)
		var p checkup.Progress
		require.NoError(t, value.Get(&p))
		require.Subset(t, []string{"messages", "pages", "tickets"}, p.Waiting)
	}, time.Millisecond)
	env.ExecuteWorkflow(checkup.Checkup, checkup.Input{Queues: []string{"tickets", "pages", "messages"}, Parts: []string{"chat"}})
	require.NoError(t, env.GetWorkflowError())
	var report checkup.Report
	require.NoError(t, env.GetWorkflowResult(&report))
	require.Equal(t, map[string]int{"tickets": 1, "pages": 1, "messages": 1}, attempts)
	require.Len(t, report.Checks, 3)
	require.Equal(t, []string{"tickets", "pages", "messages"}, []string{report.Checks[0].Part, report.Checks[1].Part, report.Checks[2].Part})
	require.Equal(t, rules.NoWorker, report.Checks[1].Reason)
	require.Equal(t, 1, report.ToMend())
	value, err := env.QueryWorkflow(checkup.QueryProgress)
	require.NoError(t, err)
	var p checkup.Progress
	require.NoError(t, value.Get(&p))
	require.Empty(t, p.Waiting)
}
