package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// spread is how durations of one kind are distributed, in milliseconds.
type spread struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50_ms"`
	P90 float64 `json:"p90_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

func spreadOf(d []time.Duration) spread {
	if len(d) == 0 {
		return spread{}
	}
	slices.Sort(d)
	at := func(q float64) float64 {
		i := min(int(q*float64(len(d))), len(d)-1)
		return float64(d[i].Microseconds()) / 1000
	}
	return spread{N: len(d), P50: at(.5), P90: at(.9), P99: at(.99), Max: at(1)}
}

// latency is how long clicks took with some of them in flight at once.
type latency struct {
	Side     string `json:"side"`
	InFlight int    `json:"in_flight"`
	// Durable is from the first byte of the signed request (bare: the call) to the
	// instant that the engine noted for the update's acceptance in history.
	Durable spread `json:"durable"`
	// Answered is until the whole answer, with the outcome, was back.
	Answered spread  `json:"answered"`
	Signals  int     `json:"signals"` // acts that went the second way, as a signal
	Pending  int     `json:"pending"`
	Repeats  int     `json:"repeats"` // answers that nothing was recorded
	Foreign  float64 `json:"foreign_share"`
}

// burst makes many runs and then, five times, one act on each of them: all at
// the same moment, each time after everything has come to rest. With width 1 it
// is one act at a time.
type burst struct {
	runs, width int
	durable     []time.Duration
	answered    []time.Duration
	signals     int
	pending     int
	repeats     int
	foreign     []float64
}

// measure adds one round to the burst.
func (b *burst) measure(ctx context.Context, w *world, s side) error {
	runs := make([]*run, b.runs)
	clicks := make([][]click, b.runs)
	if err := each(runs, 8, func(i int) (err error) { // eight: a burst of starts is not what is measured
		runs[i], err = s.begin(ctx)
		return err
	}); err != nil {
		return err
	}
	for n := range acts() {
		rest, cancel := context.WithTimeout(ctx, runWithin)
		err := each(runs, 8, func(i int) error {
			if err := s.ready(rest, runs[i], n); err != nil {
				return err
			}
			return w.settled(rest, runs[i].id)
		})
		cancel()
		if err != nil {
			return err
		}
		if b.width > 1 {
			w.quiet(ctx)
		}
		m := w.meter()
		err = each(runs, b.width, func(i int) error {
			c, err := s.act(ctx, runs[i], n)
			clicks[i] = append(clicks[i], c)
			if b.width == 1 && err == nil {
				err = w.settled(ctx, runs[i].id)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", s.name(), err, w.outputs())
		}
		_, foreign := m.read()
		b.foreign = append(b.foreign, foreign)
	}
	for i, r := range runs {
		if err := w.over(ctx, r); err != nil {
			return err
		}
		if err := b.read(ctx, w, r, clicks[i]); err != nil {
			return err
		}
	}
	return nil
}

// read finds in a run's history when each click was accepted.
func (b *burst) read(ctx context.Context, w *world, r *run, clicks []click) error {
	h, err := w.history(ctx, r.id)
	if err != nil {
		return err
	}
	for _, c := range clicks {
		b.answered = append(b.answered, c.answered.Sub(c.sent))
		if b.repeats += c.repeats; c.pending {
			b.pending++
		}
		accepted := time.Time{}
		for _, e := range h.GetEvents() {
			a := e.GetWorkflowExecutionUpdateAcceptedEventAttributes()
			if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED &&
				strings.Contains(a.GetAcceptedRequest().GetMeta().GetUpdateId(), c.mark) {
				accepted = e.GetEventTime().AsTime()
			}
		}
		if accepted.IsZero() { // durable as a signal, at the latest when it was answered
			b.signals++
			accepted = c.answered
		}
		b.durable = append(b.durable, accepted.Sub(c.sent))
	}
	return nil
}

func (b *burst) result(s side) latency {
	slices.Sort(b.foreign)
	l := latency{Side: s.name(), InFlight: b.width, Durable: spreadOf(b.durable), Answered: spreadOf(b.answered), Signals: b.signals, Pending: b.pending, Repeats: b.repeats}
	if len(b.foreign) > 0 {
		l.Foreign = b.foreign[len(b.foreign)/2]
	}
	return l
}

// each calls f for every index, at most width at once, and starts all that fit
// at the same moment.
func each(runs []*run, width int, f func(i int) error) error {
	errs := make([]error, len(runs))
	places := make(chan struct{}, width)
	gate := make(chan struct{})
	var group sync.WaitGroup
	for i := range runs {
		group.Go(func() {
			<-gate
			places <- struct{}{}
			defer func() { <-places }()
			errs[i] = f(i)
		})
	}
	close(gate)
	group.Wait()
	return errors.Join(errs...)
}
