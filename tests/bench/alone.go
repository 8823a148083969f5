package main

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
)

// lengths sums the history lengths and sizes that the engine reports.
func (w *world) lengths(ctx context.Context, ids []string) (events, bytes int64, err error) {
	for _, id := range ids {
		d, err := w.engine.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return 0, 0, err
		}
		events += d.GetWorkflowExecutionInfo().GetHistoryLength()
		bytes += d.GetWorkflowExecutionInfo().GetHistorySizeBytes()
	}
	return events, bytes, nil
}

// settled waits until the engine has nothing under way for a run, so that what
// is measured next meets an idle workflow.
func (w *world) settled(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for idle := 0; idle < 2; {
		d, err := w.engine.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return fmt.Errorf("%s never came to rest: %w", id, err)
		}
		if idle++; len(d.GetPendingActivities()) > 0 || d.GetPendingWorkflowTask() != nil {
			idle = 0
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("%s never came to rest: %w", id, ctx.Err())
		}
	}
	return nil
}

// alone makes one run with nothing else going on and a rest before each act,
// and returns its history.
func alone(ctx context.Context, w *world, s side) (*historypb.History, error) {
	r, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	for n := range acts() {
		if err := s.ready(ctx, r, n); err != nil {
			return nil, err
		}
		if err := w.settled(ctx, r.id); err != nil {
			return nil, err
		}
		if _, err := s.act(ctx, r, n); err != nil {
			return nil, err
		}
	}
	if err := w.over(ctx, r); err != nil {
		return nil, err
	}
	return w.history(ctx, r.id)
}

func (w *world) history(ctx context.Context, id string) (*historypb.History, error) {
	h := &historypb.History{}
	for it := w.engine.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		e, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("the history of %s: %w", id, err)
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

// event is one event of a history.
type event = historypb.HistoryEvent

func size(m proto.Message) int { return proto.Size(m) }
