package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// judge compares what the provider has with what the source was answered and
// with what is on record.
func (i *incidents) judge(ctx context.Context, w *world, answered map[string]time.Time, pages map[string]*paged) error {
	log, err := evidence.OpenReader(ctx, w.env["COUNTERSIGN_EVIDENCE"])
	if err != nil {
		return err
	}
	defer log.Close()
	var first, late []time.Duration
	var events []int
	for title, at := range answered {
		p, ok := pages[title]
		if !ok {
			i.Lost += 2
			continue
		}
		for _, times := range p.levels {
			i.Pages += len(times)
		}
		for _, times := range p.keys {
			i.Doubled += times - 1
		}
		if len(p.levels[1]) == 0 || len(p.levels[2]) == 0 {
			i.Lost++
			continue
		}
		// It may have been sent before the source had read the answer.
		first = append(first, max(0, p.levels[1][0].Sub(at)))
		due, err := secondDue(ctx, log, p.subject)
		if err != nil {
			return err
		}
		late = append(late, max(0, p.levels[2][0].Sub(due)))
		n, err := w.eventsUpToSend(ctx, p.subject)
		if err != nil {
			return err
		}
		events = append(events, n)
	}
	i.FirstSend, i.Late = spreadOf(first), spreadOf(late)
	if slices.Sort(events); len(events) > 0 {
		i.EventsMedian, i.EventsMost = events[len(events)/2], events[len(events)-1]
	}
	return nil
}

// secondDue is when the second page of an incident was due, by the record, which
// may follow the page.
func secondDue(ctx context.Context, log *evidence.Reader, subject string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		entries, err := log.Records(ctx, subject)
		if err != nil {
			return time.Time{}, err
		}
		for _, e := range entries {
			var facts rules.PageFacts
			if e.Record.Type != rules.EventPaging {
				continue
			}
			if err := json.Unmarshal(e.Record.Facts, &facts); err != nil {
				return time.Time{}, err
			}

			if facts.Page == 2 {
				return facts.Due, nil
			}
		}
		select {
		case <-every.C: // a record announces itself to nobody
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("the second page of %s is not on record: %w", subject, ctx.Err())
		}
	}
}

// eventsUpToSend counts the history of an incident until its first page is
// handed to a worker, and that of its alert until the incident had begun.
func (w *world) eventsUpToSend(ctx context.Context, subject string) (int, error) {
	h, err := w.history(ctx, subject)
	if err != nil {
		return 0, err
	}
	n := slices.IndexFunc(h.Events, func(e *event) bool {
		return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == "SendPage"
	})
	alert, err := w.history(ctx, h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetParentWorkflowExecution().GetWorkflowId())
	if err != nil {
		return 0, err
	}
	before := slices.IndexFunc(alert.Events, func(e *event) bool {
		return e.GetEventType() == enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED
	})
	return n + 1 + before + 1, nil
}
