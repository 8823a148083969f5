package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
)

// downFor is how long after the end of a soak the killed program is started again.
const downFor = 2 * time.Second

// outage kills a program while a ring soaks and starts it again when the soak has
// been due for a while. It returns how long the program took until it was ready,
// and how long after that the rollout's next step was in history; in ms.
func (w *world) outage(ctx context.Context, subject string, ring int, name string) (ready, after int64, err error) {
	due, err := w.soaking(ctx, subject, ring)
	if err != nil {
		return 0, 0, err
	}
	if err := w.kill(name); err != nil {
		return 0, 0, err
	}
	select {
	case <-time.After(time.Until(due.Add(downFor))): // the outage that is measured
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	begun := time.Now()
	if name == "engine" {
		err = w.startEngine(ctx)
	} else {
		err = w.restartWorker(ctx)
	}
	if err != nil {
		return 0, 0, err
	}
	up := time.Now()
	var next time.Time
	err = w.follow(ctx, subject, func(e *event) bool {
		at := e.GetEventTime().AsTime()
		if e.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED && !at.Before(due) {
			next = at
		}
		return !next.IsZero()
	})
	// It may have gone on before the program said that it was ready.
	return up.Sub(begun).Milliseconds(), max(0, next.Sub(up).Milliseconds()), err
}

// kill ends a program as a failure of the machine would.
func (w *world) kill(name string) error {
	i := slices.IndexFunc(w.processes, func(p *process) bool { return p.name == name })
	if i < 0 {
		return fmt.Errorf("no process is named %s", name)
	}
	w.processes[i].kill()
	w.processes = slices.Delete(w.processes, i, i+1)
	return nil
}

// restartWorker starts the worker again and returns when it says that it runs.
func (w *world) restartWorker(ctx context.Context) error {
	if err := w.startWorker(); err != nil {
		return err
	}
	worker := w.processes[len(w.processes)-1]
	return worker.await(ctx, worker.errors.says(`"msg":"running"`))
}

// follow calls f for each event of a run, from the first on and as they come,
// until it returns true. An engine that is away for a while is waited for.
func (w *world) follow(ctx context.Context, id string, f func(*event) bool) error {
	for {
		var err error
		for it := w.engine.GetWorkflowHistory(ctx, id, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); err == nil && it.HasNext(); {
			var e *event
			if e, err = it.Next(); err == nil && f(e) {
				return nil
			}
		}
		if err == nil {
			return fmt.Errorf("%s ended before what was waited for", id)
		}
		select {
		case <-time.After(20 * time.Millisecond): // the engine is asked again
		case <-ctx.Done():
			return fmt.Errorf("%s never got to what was waited for: %w", id, err)
		}
	}
}

// wayBack is how a rollout went back, in ms from the end of the first test that failed.
type wayBack struct {
	Restored int   `json:"restored"`
	Tested   int64 `json:"tests_over_ms"` // when the other tests under way in the ring were over
	Begun    int64 `json:"begun_ms"`      // when the first target was being brought back
	Over     int64 `json:"over_ms"`       // when the last target was verified
	Longest  int64 `json:"longest_ms"`    // the longest step of it
	failed   time.Time
}

// wayBack follows a rollout until every target is back.
func (w *world) wayBack(ctx context.Context, subject string, targets int) (out wayBack, err error) {
	var tested, begun, over time.Time
	kinds, started := map[int64]string{}, map[int64]time.Time{}
	missed := ""
	err = w.follow(ctx, subject, func(e *event) bool {
		at := e.GetEventTime().AsTime()
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			kinds[e.GetEventId()] = a.GetActivityType().GetName()
		}
		if a := e.GetActivityTaskStartedEventAttributes(); a != nil {
			started[a.GetScheduledEventId()] = at
		}
		a := e.GetActivityTaskCompletedEventAttributes()
		if a == nil {
			return false
		}
		switch kinds[a.GetScheduledEventId()] {
		case "RunSuite", "ProbeWrite":
			var r compliance.CheckReport
			if err := converter.GetDefaultDataConverter().FromPayloads(a.GetResult(), &r); err != nil {
				missed = err.Error()
			}
			if r.Outcome == compliance.CheckFail && out.failed.IsZero() {
				out.failed = at
			}
			tested = at
		case "RestoreTarget":
			var r struct{ Verified bool }
			if err := converter.GetDefaultDataConverter().FromPayloads(a.GetResult(), &r); err != nil || !r.Verified {
				missed = fmt.Sprintf("a target was not brought back: %v", err)
			}
			from := started[a.GetScheduledEventId()]
			if begun.IsZero() {
				begun = from
			}
			out.Longest = max(out.Longest, at.Sub(from).Milliseconds())
			out.Restored++
			over = at
		}
		return out.Restored == targets || missed != ""
	})
	if err == nil && missed != "" {
		err = fmt.Errorf("the way back of %s: %s", subject, missed)
	}
	out.Tested, out.Begun, out.Over = tested.Sub(out.failed).Milliseconds(), begun.Sub(out.failed).Milliseconds(), over.Sub(out.failed).Milliseconds()
	return out, err
}
