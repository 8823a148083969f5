package commands

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/workflows/feed"
)

func (p *program) readFeedsNow(ctx context.Context, e engine) error {
	within, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	run, err := beginReading(within, e)
	if err != nil {
		return late(ctx, within, err)
	}
	var s feed.State
	if err := e.GetWorkflow(within, run.WorkflowID, run.FirstExecutionRunID).Get(within, &s); err != nil {
		return late(ctx, within, err)
	}
	out := feed.Standing{Feeds: s.Feeds}
	return p.print(listed(out), func(w io.Writer) { p.writeFeeds(w, out.Feeds) })
}

// late says what it means that the time is over: nothing is lost by it.
func late(ctx, within context.Context, err error) error {
	if ctx.Err() == nil && within.Err() != nil {
		return unreachable("the reading is not over yet", "look with: starter feed list, or give it longer with --timeout", err)
	}
	return err
}

// lookForRun is how often the schedule is asked whether the run has begun.
const lookForRun = 200 * time.Millisecond

// beginReading has the schedule begin a run, unless one is under way, and gives it. Two
// that were begun within one second have one id, and are told apart by their runs.
func beginReading(ctx context.Context, e engine) (client.ScheduleWorkflowExecution, error) {
	var none client.ScheduleWorkflowExecution
	handle := e.ScheduleClient().GetHandle(ctx, feed.ScheduleID)
	before, err := describeFeeds(ctx, handle)
	if err != nil {
		return none, err
	}
	if running := before.Info.RunningWorkflows; len(running) > 0 {
		return running[len(running)-1], nil
	}
	if err := handle.Trigger(ctx, client.ScheduleTriggerOptions{}); err != nil {
		return none, err
	}
	ticks := time.NewTicker(lookForRun)
	defer ticks.Stop()
	for {
		now, err := describeFeeds(ctx, handle)
		if err != nil {
			return none, err
		}
		if now.Info.NumActions > before.Info.NumActions {
			return newestRun(now), nil
		}
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-ticks.C:
		}
	}
}

func describeFeeds(ctx context.Context, handle client.ScheduleHandle) (*client.ScheduleDescription, error) {
	d, err := handle.Describe(ctx)
	if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
		return nil, usage("no feeds are read here", "give a class of the policy's file patch its products, and start a worker")
	}
	return d, err
}

// newestRun is the run that the schedule began last; zero when there was none.
func newestRun(d *client.ScheduleDescription) client.ScheduleWorkflowExecution {
	for _, a := range slices.Backward(d.Info.RecentActions) {
		if a.StartWorkflowResult != nil {
			return *a.StartWorkflowResult
		}
	}
	return client.ScheduleWorkflowExecution{}
}

// feedStanding asks the last run; the schedule knows its id.
func (p *program) feedStanding(ctx context.Context, e engine) (feed.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	var s feed.Standing
	d, err := describeFeeds(ctx, e.ScheduleClient().GetHandle(ctx, feed.ScheduleID))
	if err != nil {
		return s, err
	}
	id := newestRun(d).WorkflowID
	if id == "" {
		return s, nil
	}
	value, err := e.QueryWorkflow(ctx, id, "", feed.QueryStanding)
	if err != nil {
		if noWorker(ctx, err) {
			return s, unreachable("nobody works on feeds at the moment", "start a worker (go run ./worker), then repeat", err)
		}
		return s, err
	}
	return s, value.Get(&s)
}
