package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/observation"
)

// lookAtObserved has targets looked at as often as the policy wants it.
func (a *App) lookAtObserved(ctx context.Context) error {
	return a.keep(ctx, kept{what: "looking at targets", id: observation.ScheduleID, every: everyLook, options: lookSchedule})
}

// everyLook goes by the target that is looked at most often; zero: none is observed.
func everyLook(r *policy.Rules) time.Duration {
	shortest := time.Duration(0)
	for _, t := range r.Observed() {
		if shortest == 0 || t.Every < shortest {
			shortest = t.Every
		}
	}
	return shortest
}

// lookSchedule looks at intervals, and at once when the schedule is made: that look
// says what later ones are compared with. While a look is under way none begins.
func lookSchedule(every time.Duration) client.ScheduleOptions {
	return client.ScheduleOptions{
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
		Action: &client.ScheduleWorkflowAction{
			ID: observation.ScheduleID, Workflow: observation.LookType, TaskQueue: compliance.QueueWorkflows, Args: []any{observation.LookInput{}},
		},
		CatchupWindow:      max(every, 10*time.Second),
		TriggerImmediately: true,
		Note:               "Looks at what the policy's observed targets serve, and begins a finding for what nothing on record explains.",
	}
}
