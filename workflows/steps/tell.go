package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// onBroadcast is for telling all that run, some fifty a second: it says how far it
// is, and another attempt goes on from there. A day of failures is given up, because
// the daily one follows.
func onBroadcast() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueueWorkflows,
		StartToCloseTimeout:    2 * time.Hour,
		ScheduleToCloseTimeout: 24 * time.Hour,
		HeartbeatTimeout:       time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
}

// TellChanges tells the changes under way what is in force.
func TellChanges(ctx workflow.Context) (ToldChanges, error) {
	var b *activities.Broadcast
	return run[activities.TellChangesInput, ToldChanges](ctx, onBroadcast(), b.TellChanges, activities.TellChangesInput{})
}

// ToldChanges is what the broadcast gives.
type ToldChanges = activities.ToldChanges
