package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	rules "github.com/lowcodex/countersign/compliance/change"
)

// waiting is what was measured with many changes that wait: how late those wake
// that fall due, how fast a herd drains that falls due in one second, how long an
// approver's list takes, and what the worker has in memory.
type waiting struct {
	N        int     `json:"waiting"`
	Begun    float64 `json:"begun_after_s"`
	PerSec   int     `json:"due_per_second"`
	Steady   woken   `json:"steady"`
	Herd     woken   `json:"herd"`
	Bare     drained `json:"bare_herd"`
	Page     spread  `json:"page"` // of the whole command, from its start to its end
	PageRows int     `json:"page_rows"`
	// Worker and Engine are the most memory that they had up to then.
	Worker  int64   `json:"worker_mb"`
	Engine  int64   `json:"engine_mb"`
	Foreign float64 `json:"foreign_share"`
}

// woken is how changes woke that fell due.
type woken struct {
	N int `json:"n"`
	// Late is from the instant that was waited for to the decision, in history,
	// that followed; Called until the implementer was called.
	Late   spread `json:"late"`
	Called spread `json:"called"`
	Lost   int    `json:"lost"` // never called
	drained
}

// drained is how fast a herd was through.
type drained struct {
	Seconds   float64 `json:"seconds"` // from the instant all were due until the last was through
	PerSecond float64 `json:"runs_per_second"`
	Events    float64 `json:"events_per_second"`
}

const (
	// steadyFor is for how long changes fall due at a steady rate.
	steadyFor = time.Minute
	// inReview is one of how many waiting changes that is still in review, so that
	// an approver has a list.
	inReview = 10
	// farAway is when the rest falls due.
	farAway = 7 * 24 * time.Hour
)

// measureWaiting begins the changes and lets some of them fall due.
func measureWaiting(ctx context.Context, p programs, o options) (_ *waiting, err error) {
	progress("waiting: %d changes", o.waiting)
	w, err := open(ctx, p, deployment{patience: o.patience})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	out := &waiting{N: o.waiting, PerSec: o.due}
	steady := min(o.due*int(steadyFor.Seconds()), o.waiting/4)
	herd := min(o.herd, o.waiting/4)
	m, begun := w.meter(), time.Now()
	seed := seeding{w: w, from: begun.Add(farAway)}
	if err := seed.begin(ctx, o.waiting-steady-herd, func(int) time.Time { return seed.from }); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	out.Begun = time.Since(begun).Seconds()
	progress("waiting: %d after %.0f s", o.waiting-steady-herd, out.Begun)
	if err := out.page(ctx, w); err != nil {
		return nil, err
	}
	// The rate at which they could be begun says when the last of the next ones is.
	lead := time.Duration(float64(time.Second) * 1.4 * out.Begun * float64(steady+herd) / float64(max(o.waiting-steady-herd, 1)))
	first := time.Now().Add(lead + 20*time.Second).Truncate(time.Second)
	if out.Steady, err = w.fallDue(ctx, &seed, steady, func(i int) time.Time {
		return first.Add(time.Duration(i) * time.Second / time.Duration(o.due))
	}); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	progress("waiting: %d due, %d a second: p99 %.0f ms late", steady, o.due, out.Steady.Late.P99)
	together := time.Now().Add(lead + 20*time.Second).Truncate(time.Second)
	if out.Herd, err = w.fallDue(ctx, &seed, herd, func(int) time.Time { return together }); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	progress("waiting: a herd of %d through after %.1f s, %.0f events/s", herd, out.Herd.Seconds, out.Herd.Events)
	for _, process := range w.processes {
		switch process.name {
		case "worker":
			out.Worker = process.usage().RSS / 1e6
		case "engine":
			out.Engine = process.usage().RSS / 1e6
		}
	}
	progress("waiting: most memory up to now: worker %d MB, engine %d MB", out.Worker, out.Engine)
	if out.Bare, err = w.bareHerd(ctx, &seed, herd, lead); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	progress("waiting: a bare herd of %d through after %.1f s, %.0f events/s", herd, out.Bare.Seconds, out.Bare.Events)
	_, out.Foreign = m.read()
	return out, nil
}

// fallDue begins changes that are due at these instants, waits until the
// implementer of each was called, and reads from their histories when they woke.
func (w *world) fallDue(ctx context.Context, seed *seeding, n int, due func(int) time.Time) (out woken, err error) {
	from := seed.next
	if err := seed.begin(ctx, n, due); err != nil {
		return out, err
	}
	if late := time.Since(due(0)); late > 0 {
		return out, fmt.Errorf("the changes were begun %v after the first of them was due", late)
	}
	ctx, cancel := context.WithDeadline(ctx, due(n-1).Add(3*time.Minute))
	defer cancel()
	for i := from; i < from+n; i++ {
		if _, err := w.board.offered(ctx, seed.subject(i), rules.ActionStart, ""); err != nil {
			out.Lost++
		}
	}
	if out.Lost > 0 {
		return out, fmt.Errorf("%d of %d changes were never called to be started", out.Lost, n)
	}
	return w.wakes(ctx, seed, from, n, due)
}
