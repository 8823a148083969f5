package connect

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// lookForRun is how often a schedule is asked whether it has begun a run.
const lookForRun = 200 * time.Millisecond

// RunNow has a schedule begin a run now with this input, which its later runs get as
// well, and gives that run once it has begun. A run that is under way is waited for,
// because what it did already was done before anybody asked. The error is the engine's:
// a serviceerror.NotFound where there is no such schedule, and that of ctx when it ends first.
func RunNow(ctx context.Context, schedules client.ScheduleClient, id string, input any) (client.ScheduleWorkflowExecution, error) {
	var none client.ScheduleWorkflowExecution
	handle := schedules.GetHandle(ctx, id)
	err := handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		action, ok := s.Action.(*client.ScheduleWorkflowAction)
		if !ok {
			return nil, fmt.Errorf("the schedule %s begins no workflow", id)
		}
		action.Args = []any{input}
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}})
	if err != nil {
		return none, err
	}
	before, err := handle.Describe(ctx)
	if err != nil {
		return none, err
	}
	if err := handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}); err != nil {
		return none, err
	}
	ticks := time.NewTicker(lookForRun)
	defer ticks.Stop()
	for {
		now, err := handle.Describe(ctx)
		if err != nil {
			return none, err
		}
		if now.Info.NumActions > before.Info.NumActions {
			for _, a := range slices.Backward(now.Info.RecentActions) {
				if a.StartWorkflowResult != nil {
					return *a.StartWorkflowResult, nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-ticks.C:
		}
	}
}
