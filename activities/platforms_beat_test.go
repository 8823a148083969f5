package activities_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/nodered"
)

// slow is a platform whose way back does not end before it is let go.
type slow struct {
	activities.Platform
	until <-chan struct{}
}

func (s slow) Rollback(ctx context.Context, t compliance.Target, p compliance.Package, key string) (compliance.Op, error) {
	select {
	case <-s.until:
		return s.Platform.Rollback(ctx, t, p, key)
	case <-ctx.Done():
		return compliance.Op{}, ctx.Err()
	}
}

// A step says that it is alive also while a platform keeps it waiting: otherwise a
// killed worker would only be noticed after the longest wait there is, and the way
// back would stand still for as long.
func TestP7_AStepIsKnownToBeAliveWhileItWaits(t *testing.T) {
	w := onStandin(t)
	before := w.artifact(flow("/a", "before"))
	beats, enough := atomic.Int32{}, make(chan struct{})
	w.p.Kinds[nodered.Kind] = slow{w.p.Kinds[nodered.Kind], enough}
	w.p.Beat = time.Millisecond
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	env.RegisterWorkflow(beating)
	env.RegisterActivity(w.p)
	env.SetOnActivityHeartbeatListener(func(*activity.Info, converter.EncodedValues) {
		if beats.Add(1) == 3 {
			close(enough)
		}
	})
	env.SetTestTimeout(time.Minute)
	env.ExecuteWorkflow(beating, activities.RestoreTargetInput{Target: w.target, Artifact: before, Key: "PAT-1/back/1/orders"})
	require.NoError(t, env.GetWorkflowError())
	var out activities.RestoredTarget
	require.NoError(t, env.GetWorkflowResult(&out))
	require.True(t, out.Verified)
}

// beating has a target brought back by a step whose signs of life the SDK passes on
// every 80 ms: those of a step without such a timeout it holds back for 30 s.
func beating(ctx workflow.Context, in activities.RestoreTargetInput) (activities.RestoredTarget, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 100 * time.Millisecond})
	var out activities.RestoredTarget
	err := workflow.ExecuteActivity(ctx, "RestoreTarget", in).Get(ctx, &out)
	return out, err
}
