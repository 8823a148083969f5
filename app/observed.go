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
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/observation"
)

// lookAtObserved keeps the schedule by which targets are looked at as the policy
// wants it. Several workers doing so at the same time make one schedule. The engine
// being slow stops nothing else.
func (a *App) lookAtObserved(ctx context.Context) error {
	every := everyLook(a.rules)
	var applied *time.Duration
	for pause := time.Second; ; {
		if current, err := a.source.Rules(ctx); err == nil { // an edit that cannot be read changes nothing
			every = everyLook(current)
		}
		wait := lookAtRules
		if applied == nil || *applied != every {
			switch err := a.scheduleLooks(ctx, every); {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				a.log.Warn("looks at targets are not scheduled yet", "error", err)
				wait, pause = pause, min(2*pause, time.Minute)
			default:
				if every > 0 {
					a.log.Info("targets are looked at by schedule", "every", every)
				}
				now := every
				applied, pause = &now, time.Second
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
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

// scheduleLooks makes the schedule what it should be. Its id is always the same, so
// that a changed policy changes the one there is.
func (a *App) scheduleLooks(ctx context.Context, every time.Duration) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	schedules := engine.ScheduleClient()
	handle := schedules.GetHandle(ctx, observation.ScheduleID)
	if every == 0 {
		err := handle.Delete(ctx)
		if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
			return nil
		}
		return err
	}
	options := lookSchedule(every)
	_, err = schedules.Create(ctx, options)
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		if spec := s.Spec; spec != nil && len(spec.Intervals) == 1 && spec.Intervals[0].Every == every {
			return nil, temporal.ErrSkipScheduleUpdate
		}
		s.Spec, s.Policy.CatchupWindow = &options.Spec, options.CatchupWindow
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}})
}

// lookSchedule looks at intervals, and at once when the schedule is made: that look
// says what later ones are compared with. While a look is under way none begins.
func lookSchedule(every time.Duration) client.ScheduleOptions {
	return client.ScheduleOptions{
		ID:   observation.ScheduleID,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
		Action: &client.ScheduleWorkflowAction{
			ID: observation.ScheduleID, Workflow: observation.LookType, TaskQueue: compliance.QueueWorkflows, Args: []any{observation.LookInput{}},
		},
		Overlap:            enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow:      max(every, 10*time.Second),
		TriggerImmediately: true,
		Note:               "Looks at what the policy's observed targets serve, and begins a finding for what nothing on record explains.",
	}
}
