package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/certification"
)

// trackers is what was measured of the trackers of vendors' documents.
type trackers struct {
	// Quiet and Unanswered are the history events of a year without a renewal: in
	// which nothing is due, and at whose end a document expires although everybody
	// was told. Weekly is what each week after that takes until somebody answers.
	Quiet      int64   `json:"events_quiet_year"`
	Unanswered int64   `json:"events_unanswered_year"`
	Weekly     float64 `json:"events_week_after"`
	Idle       []idle  `json:"idle"`
	Foreign    float64 `json:"foreign_share"` // while the idle ones were begun
}

// measureTrackers lets a year pass for two trackers, and counts what many idle
// ones take.
func measureTrackers(ctx context.Context, p programs, o options) (_ *trackers, err error) {
	progress("certification: a year of two trackers")
	out := &trackers{}
	if err := out.year(ctx, p, o); err != nil {
		return nil, err
	}
	progress("certification: %d events in a quiet year, %d in one in which nobody answers, %.1f each week after", out.Quiet, out.Unanswered, out.Weekly)
	if o.trackers > 0 {
		err = out.idle(ctx, p, o)
	}
	return out, err
}

const (
	quietTracker      = "certification/acme/quiet"
	unansweredTracker = "certification/acme/report"
	// aYear begins when a document was accepted, and ends just after its expiry.
	aDay       = 24 * time.Hour
	aYear      = 365 * aDay
	coverDays  = 363
	weeksAfter = 4
)

// year lets a year pass, with the clocks of the trackers skipping.
func (t *trackers) year(ctx context.Context, p programs, o options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	today := rules.DateOf(time.Now().UTC())
	w, err := open(ctx, p, deployment{patience: o.patience, policy: owed(fmt.Sprintf(
		"  - {id: acme, name: Acme, owner: p-bruno, sponsor: p-dana, systems: [sandbox], contacts: [{name: Desk, email: desk@acme.example}], artefacts: ["+
			"{id: quiet, class: soc2, title: Quiet report, needed_by: '%s'}, {id: report, class: soc2, title: SOC 2 report, needed_by: '%s'}]}\n",
		today.Add(500), today.Add(20)))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.supply(ctx, unansweredTracker, today.Add(-20), today.Add(coverDays)); err != nil {
		return fmt.Errorf("%w\n%s", err, w.outputs())
	}
	for _, one := range []struct {
		id  string
		out *int64
	}{{quietTracker, &t.Quiet}, {unansweredTracker, &t.Unanswered}} {
		if _, err := w.tracker(ctx, one.id, func(s certification.Standing) bool { return s.Number != "" }); err != nil {
			return err
		}
		if err := w.settled(ctx, one.id); err != nil {
			return err
		}
		if err := harness.FastForward(ctx, w.engine, "default", one.id, aYear); err != nil {
			return fmt.Errorf("a year of %s: %w", one.id, err)
		}
		if *one.out, err = w.lived(ctx, one.id); err != nil {
			return err
		}
	}
	s, err := w.tracker(ctx, unansweredTracker, func(certification.Standing) bool { return true })
	switch {
	case err != nil:
		return err
	case s.State != rules.Expired:
		return fmt.Errorf("%s is %s after a year in which nobody answered", unansweredTracker, s.State)
	}
	if err := harness.FastForward(ctx, w.engine, "default", unansweredTracker, weeksAfter*7*aDay); err != nil {
		return fmt.Errorf("the weeks after the year of %s: %w", unansweredTracker, err)
	}
	after, err := w.lived(ctx, unansweredTracker)
	t.Weekly = float64(after-t.Unanswered) / weeksAfter
	return err
}

// lived counts a tracker's history without the events by which its clock was moved.
func (w *world) lived(ctx context.Context, id string) (n int64, err error) {
	h, err := w.history(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, e := range h.Events {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
		default:
			n++
		}
	}
	return n, nil
}

// tracker waits until a tracker satisfies want, and is what it says then.
func (w *world) tracker(ctx context.Context, id string, want func(certification.Standing) bool) (s certification.Standing, err error) {
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		answer, err := w.engine.QueryWorkflow(ctx, id, "", certification.QueryStanding)
		s = certification.Standing{} // an answer leaves out what is empty
		if err == nil {
			err = answer.Get(&s)
		}
		if err == nil && want(s) {
			return s, nil
		}
		select {
		case <-every.C: // a query is asked again: a standing announces itself to nobody
		case <-ctx.Done():
			return s, fmt.Errorf("%s never stood as expected: %+v: %w", id, s, errors.Join(ctx.Err(), err))
		}
	}
}
