package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/checkup"
)

// RunCheckup has the workers of one queue look at what they are configured with.
func RunCheckup(ctx workflow.Context, queue string, in RunCheckupInput) (checkup.Report, error) {
	var c *activities.Checkups
	return run[RunCheckupInput, checkup.Report](ctx, onCheckup(queue), c.RunCheckup, in)
}

// RunCheckupInput names the parts to look at.
type RunCheckupInput = activities.RunCheckupInput

// onCheckup asks once: somebody waits for the answer, and a queue that nobody
// takes from within eight seconds is an answer as well.
func onCheckup(queue string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              queue,
		ScheduleToStartTimeout: 8 * time.Second,
		StartToCloseTimeout:    25 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	}
}
