package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

// wake is what a history says of one waking.
type wake struct {
	decided time.Time // the first decision after the timer
	called  time.Time // the last step after it was over
	events  int       // from the timer on
}

// wakeIn reads a history from its last timer that fired on.
func wakeIn(h *historypb.History) (out wake, after *historypb.History, err error) {
	fired := -1
	for i, e := range h.GetEvents() {
		if e.GetEventType() == enumspb.EVENT_TYPE_TIMER_FIRED {
			fired = i
		}
	}
	if fired < 0 {
		return out, nil, errors.New("no timer fired")
	}
	after = &historypb.History{Events: h.GetEvents()[fired+1:]}
	for _, e := range after.Events {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			if out.decided.IsZero() {
				out.decided = e.GetEventTime().AsTime()
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
			out.called = e.GetEventTime().AsTime()
		}
	}
	out.events = len(after.Events) + 1
	if out.decided.IsZero() || out.called.IsZero() {
		return out, nil, fmt.Errorf("nothing followed from its timer in %d events", out.events)
	}
	return out, after, nil
}

// wakes reads how changes woke.
func (w *world) wakes(ctx context.Context, seed *seeding, from, n int, due func(int) time.Time) (out woken, err error) {
	var late, called []time.Duration
	var last time.Time
	events := 0
	for i := range n {
		id := seed.subject(from + i)
		if err := w.settled(ctx, id); err != nil {
			return out, err
		}
		h, err := w.history(ctx, id)
		if err != nil {
			return out, err
		}
		one, _, err := wakeIn(h)
		if err != nil {
			return out, fmt.Errorf("%s: %w", id, err)
		}
		at := due(i)
		late, called = append(late, one.decided.Sub(at)), append(called, one.called.Sub(at))
		if one.called.After(last) {
			last = one.called
		}
		events += one.events
	}
	out.N, out.Late, out.Called, out.drained = n, spreadOf(late), spreadOf(called), drain(n, events, last.Sub(due(0)))
	return out, nil
}

func drain(n, events int, took time.Duration) drained {
	return drained{Seconds: took.Seconds(), PerSecond: float64(n) / took.Seconds(), Events: float64(events) / took.Seconds()}
}

// bareHerd lets as many bare workflows fall due at once, each of which does then
// what a change of the herd before did after its timer: what the engine can do at most.
func (w *world) bareHerd(ctx context.Context, seed *seeding, n int, lead time.Duration) (out drained, err error) {
	s, err := w.wakeShape(ctx, seed, n)
	if err != nil {
		return out, err
	}
	if err := w.startBare(s); err != nil {
		return out, err
	}
	due := time.Now().Add(lead + 20*time.Second).Truncate(time.Second)
	if err := w.beginBare(ctx, n, due); err != nil {
		return out, err
	}
	var last time.Time
	events := 0
	for i := range n {
		id := bareWaiting(i)
		if err := w.over(ctx, &run{id: id}); err != nil {
			return out, fmt.Errorf("%s: %w", id, err)
		}
		h, err := w.history(ctx, id)
		if err != nil {
			return out, err
		}
		one, _, err := wakeIn(h)
		if err != nil {
			return out, fmt.Errorf("%s: %w", id, err)
		}
		if one.called.After(last) {
			last = one.called
		}
		events += one.events
	}
	return drain(n, events, last.Sub(due)), nil
}

// wakeShape is what one of the last n changes did when it woke, the first of them that
// did it undisturbed: where a thousand wake in one second, a task may wait so long
// for its worker that the engine gives it to another, which is in its history.
func (w *world) wakeShape(ctx context.Context, seed *seeding, n int) (s shape, err error) {
	var disturbed error
	for i := range n {
		h, err := w.history(ctx, seed.subject(seed.next-n+i))
		if err != nil {
			return s, err
		}
		_, after, err := wakeIn(h)
		if err != nil {
			return s, err
		}
		if s, disturbed = derive(after); disturbed == nil {
			return s, nil
		}
	}
	return s, fmt.Errorf("none of %d changes woke undisturbed: %w", n, disturbed)
}

func bareWaiting(i int) string { return fmt.Sprintf("bare-waiting/%06d", i) }

func (w *world) beginBare(ctx context.Context, n int, due time.Time) error {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	for range beginners {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				_, err := w.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: bareWaiting(i), TaskQueue: barePrefix + "workflows"}, bareWaitingType, due)
				if err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
	if late := time.Since(due); late > 0 {
		errs = append(errs, fmt.Errorf("the bare workflows were begun %v after they were due", late))
	}
	return errors.Join(errs...)
}
