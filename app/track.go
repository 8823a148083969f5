package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/certification"
)

// track makes sure that the policy's artefacts are tracked: by a schedule that
// compares once a day, and by a pass at once. Passes at the same time are one.
func (a *App) track(ctx context.Context) error {
	return a.daily(ctx, "the daily look for untracked artefacts", client.ScheduleOptions{
		ID: certification.TrackID,
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: 24 * time.Hour, Offset: 3 * time.Hour}},
			Jitter:    10 * time.Minute,
		},
		Action: &client.ScheduleWorkflowAction{
			ID: certification.TrackID, Workflow: certification.TrackType, TaskQueue: compliance.QueueWorkflows,
			Args: []any{certification.TrackInput{}},
		},
		Note: "Begins a tracker for every artefact that the policy names and nothing tracks.",
	})
}
