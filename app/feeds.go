package app

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/feed"
)

// lookAtRules is how often a worker looks whether an edit of the policy asks for
// another schedule.
const lookAtRules = time.Minute

// readFeeds keeps the schedule by which feeds are read as the policy wants it, and
// has them read at once when this process starts. Several workers doing so at the
// same time make one schedule and one run. The engine being slow stops nothing else.
func (a *App) readFeeds(ctx context.Context) error {
	var applied *time.Duration
	for pause := time.Second; ; {
		every := a.feedInterval(ctx, applied)
		wait := lookAtRules
		if applied == nil || *applied != every {
			switch err := a.scheduleFeeds(ctx, every, applied == nil); {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				a.log.Warn("the reading of feeds is not scheduled yet", "error", err)
				wait, pause = pause, min(2*pause, time.Minute)
			default:
				a.log.Info("feeds are read by schedule", "every", every)
				applied, pause = &every, time.Second
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// feedInterval is how often the policy wants its feeds read; zero: never. An edit
// that cannot be read changes nothing.
func (a *App) feedInterval(ctx context.Context, applied *time.Duration) time.Duration {
	current, err := a.source.Rules(ctx)
	switch {
	case err == nil:
		return intervalOf(current)
	case applied != nil:
		return *applied
	}
	return intervalOf(a.rules)
}

// intervalOf goes by the feed that is stale first.
func intervalOf(r *policy.Rules) time.Duration {
	all, ok := r.Patching()
	if !ok || len(r.Installed()) == 0 {
		return 0 // nothing could follow from a reading
	}
	shortest := time.Duration(0)
	for _, f := range all.Feeds {
		if shortest == 0 || f.MaxAge < shortest {
			shortest = f.MaxAge
		}
	}
	return rules.FeedInterval(shortest)
}

// scheduleFeeds makes the schedule what it should be. Its id is always the same, so
// that a changed policy changes the one there is; its action is never changed while
// a run is under way, and that run is waited for.
func (a *App) scheduleFeeds(ctx context.Context, every time.Duration, now bool) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	schedules := engine.ScheduleClient()
	handle := schedules.GetHandle(ctx, feed.ScheduleID)
	if every == 0 {
		err := handle.Delete(ctx)
		if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
			return nil
		}
		return err
	}
	options := feedSchedule(every)
	options.TriggerImmediately = now
	_, err = schedules.Create(ctx, options)
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	if err := handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		if spec := s.Spec; spec != nil && len(spec.Intervals) == 1 && spec.Intervals[0].Every == every && spec.Jitter == options.Spec.Jitter {
			return nil, temporal.ErrSkipScheduleUpdate
		}
		s.Spec, s.Policy.CatchupWindow = &options.Spec, options.CatchupWindow
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}}); err != nil || !now {
		return err
	}
	return handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP})
}

// feedSchedule reads at intervals. A reading that was missed is made up for once,
// if the next one is not due yet; while one is under way none begins.
func feedSchedule(every time.Duration) client.ScheduleOptions {
	return client.ScheduleOptions{
		ID: feed.ScheduleID,
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: every}},
			// Installations do not all ask at the full hour.
			Jitter: min(every/10, 10*time.Minute),
		},
		Action: &client.ScheduleWorkflowAction{
			ID: feed.ScheduleID, Workflow: feed.Type, TaskQueue: compliance.QueueWorkflows, Args: []any{feed.Input{}},
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: every,
		Note:          "Reads the policy's feeds of advisories and opens or informs rollouts.",
	}
}
