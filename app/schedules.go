package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/policy"
)

const (
	// lookAtRules is how often a worker looks whether an edit of the policy asks for
	// another schedule.
	lookAtRules = time.Minute
	// dailyCatchUp is how late a daily run may still be made after an outage of the
	// engine; the next one makes up for an earlier one that was missed.
	dailyCatchUp = 12 * time.Hour
)

// daily makes sure that there is a schedule, and that what it begins is begun at once.
// Several workers doing so at the same time make one schedule and one run, or as many
// as the schedule lets follow each other. The engine being slow stops nothing else.
func (a *App) daily(ctx context.Context, what string, options client.ScheduleOptions) error {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		engine, err := a.forWorkers(ctx)
		if err == nil {
			err = begin(ctx, engine.ScheduleClient(), options)
		}
		if err == nil || ctx.Err() != nil {
			return nil
		}
		a.log.Warn(what+" is not scheduled yet", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// begin begins what a schedule begins, and makes the schedule where there is none.
func begin(ctx context.Context, schedules client.ScheduleClient, options client.ScheduleOptions) error {
	options.Overlap = cmp.Or(options.Overlap, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP)
	options.CatchupWindow, options.TriggerImmediately = dailyCatchUp, true
	_, err := schedules.Create(ctx, options)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return trigger(ctx, schedules.GetHandle(ctx, options.ID), options.Overlap)
	}
	return err
}

// kept is a schedule that the policy asks for.
type kept struct {
	what string // in a log line
	id   string
	// every is how often the rules want it; zero: never.
	every   func(*policy.Rules) time.Duration
	options func(every time.Duration) client.ScheduleOptions
	// atStart has what it begins begun whenever this process starts.
	atStart bool
}

// keep makes a schedule what the policy wants, now and after every edit. Several
// workers doing so at the same time make one schedule. The engine being slow stops
// nothing else, and an edit that cannot be read changes nothing.
func (a *App) keep(ctx context.Context, f kept) error {
	every := f.every(a.rules)
	var applied *time.Duration
	for pause := time.Second; ; {
		if current, err := a.source.Rules(ctx); err == nil {
			every = f.every(current)
		}
		wait := lookAtRules
		if applied == nil || *applied != every {
			switch err := a.apply(ctx, f, every, f.atStart && applied == nil); {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				a.log.Warn(f.what+" is not scheduled yet", "error", err)
				wait, pause = pause, min(2*pause, time.Minute)
			default:
				if every > 0 {
					a.log.Info(f.what+" is scheduled", "every", every)
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

// apply makes the schedule what it should be. Its id is always the same, so that a
// changed policy changes the one there is; its action is never changed while a run is
// under way, and that run is waited for.
func (a *App) apply(ctx context.Context, f kept, every time.Duration, now bool) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	schedules := engine.ScheduleClient()
	handle := schedules.GetHandle(ctx, f.id)
	if every == 0 {
		err := handle.Delete(ctx)
		if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
			return nil
		}
		return err
	}
	options := f.options(every)
	options.ID, options.Overlap = f.id, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP
	options.TriggerImmediately = options.TriggerImmediately || now
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
	return trigger(ctx, handle, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP)
}

// trigger begins what a schedule begins; overlap says what becomes of it while one is
// under way.
func trigger(ctx context.Context, handle client.ScheduleHandle, overlap enumspb.ScheduleOverlapPolicy) error {
	return handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: overlap})
}
