package app

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/certification"
)

// track makes sure that the policy's artefacts are tracked: by a schedule that
// compares once a day, and by a pass at once. Several workers doing so at the
// same time are one pass. The engine being slow stops nothing else.
func (a *App) track(ctx context.Context) error {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := a.schedule(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		a.log.Warn("the daily look for untracked artefacts is not scheduled yet", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// trackCatchUp is how late a daily pass may still be made after an outage of
// the engine; the next one makes up for an earlier one that was missed.
const trackCatchUp = 12 * time.Hour

func (a *App) schedule(ctx context.Context) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	_, err = engine.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: certification.TrackID,
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: 24 * time.Hour, Offset: 3 * time.Hour}},
			Jitter:    10 * time.Minute,
		},
		Action: &client.ScheduleWorkflowAction{
			ID: certification.TrackID, Workflow: certification.TrackType, TaskQueue: compliance.QueueWorkflows,
			Args: []any{certification.TrackInput{}},
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: trackCatchUp,
		Note:          "Begins a tracker for every artefact that the policy names and nothing tracks.",
		// The pass at the start.
		TriggerImmediately: true,
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return engine.ScheduleClient().GetHandle(ctx, certification.TrackID).Trigger(ctx, client.ScheduleTriggerOptions{
			Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		})
	}
	return err
}
