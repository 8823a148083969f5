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

// TellChanges tells the changes under way what is in force, where they do not know it.
func TellChanges(ctx workflow.Context, in TellChangesInput) (ToldChanges, error) {
	var b *activities.Broadcast
	return run[activities.TellChangesInput, ToldChanges](ctx, onBroadcast(), b.TellChanges, in)
}

// AskTelling has them told by the one telling there is at a time. It waits for the
// engine, or for the schedule that tells, as long as a telling may take.
func AskTelling(ctx workflow.Context) error {
	var b *activities.Broadcast
	opts := onRules()
	opts.ScheduleToCloseTimeout = onBroadcast().ScheduleToCloseTimeout
	_, err := run[activities.AskTellingInput, Done](ctx, opts, b.AskTelling, activities.AskTellingInput{})
	return err
}

// TellChangesInput asks for the broadcast, and ToldChanges is what it gives.
type (
	TellChangesInput = activities.TellChangesInput
	ToldChanges      = activities.ToldChanges
)
