package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// measure is everything that needs a deployment.
func measure(ctx context.Context, p programs, o options, codec bool) (m mode, err error) {
	m.Codec = codec
	progress("%s: starting", m.title())
	w, err := open(ctx, p, deployment{codec: codec, patience: o.patience})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	history, err := alone(ctx, w, product{w})
	if err != nil {
		return m, fmt.Errorf("the first change: %w\n%s", err, w.outputs())
	}
	s, err := derive(history)
	if err != nil {
		return m, err
	}
	if err := w.startBare(s); err != nil {
		return m, err
	}
	bareHistory, err := alone(ctx, w, raw{w, s})
	if err != nil {
		return m, fmt.Errorf("the first bare workflow: %w\n%s", err, w.outputs())
	}
	m.Product, m.Bare = sources(history), sources(bareHistory)
	if err := sameShape(history, bareHistory); err != nil {
		return m, err
	}
	sides := []side{product{w}, raw{w, s}}
	if err := m.throughput(ctx, w, sides, o); err != nil {
		return m, err
	}
	if err := m.latencies(ctx, w, sides, o); err != nil {
		return m, err
	}
	for _, one := range w.processes {
		m.RSS = append(m.RSS, residual{one.name, float64(one.usage().RSS) / 1e6})
	}
	return m, nil
}

func (m *mode) throughput(ctx context.Context, w *world, sides []side, o options) error {
	if o.rounds == 0 {
		return nil
	}
	for _, s := range sides { // caches, pollers and connections
		if _, err := drive(ctx, w, s, 2*o.clients, o.clients); err != nil {
			return err
		}
	}
	quiet := 0
	for n := 0; quiet < o.rounds && n < o.rounds+o.spare; n++ {
		var got [2]cell
		for _, i := range [][]int{{0, 1}, {1, 0}}[n%2] { // each goes first as often as the other
			var err error
			if got[i], err = drive(ctx, w, sides[i], o.runs, o.clients); err != nil {
				return err
			}
			progress("%s: %s %.2f/s, %.0f events/s, others used %.0f %%", m.title(), got[i].Side, got[i].PerSecond, got[i].Events, 100*got[i].Foreign)
		}
		one := pair{got[0], got[1]}
		if m.Cells = append(m.Cells, one); one.quiet() {
			quiet++
		}
	}
	return nil
}

func (m *mode) latencies(ctx context.Context, w *world, sides []side, o options) error {
	for _, b := range []struct{ runs, width, rounds int }{{o.alone, 1, 1}, {o.clicks, o.clicks, o.bursts}} {
		if b.runs == 0 || b.rounds == 0 {
			continue
		}
		bursts := [2]burst{{runs: b.runs, width: b.width}, {runs: b.runs, width: b.width}}
		for range b.rounds {
			for i := range sides {
				if err := bursts[i].measure(ctx, w, sides[i]); err != nil {
					return err
				}
			}
		}
		for i, s := range sides {
			l := bursts[i].result(s)
			progress("%s: %s, %d in flight: durable p50 %.0f ms, p99 %.0f ms", m.title(), l.Side, l.InFlight, l.Durable.P50, l.Durable.P99)
			m.Latency = append(m.Latency, l)
		}
	}
	return nil
}

// rest is what needs no deployment.
func rest(ctx context.Context, p programs, o options, r *report) error {
	for _, path := range []string{p.worker, p.gateway, p.starter} {
		s, err := inspect(path)
		if err != nil {
			return err
		}
		r.Programs = append(r.Programs, s)
	}
	var err error
	progress("starting the sandbox five times")
	if r.Start, err = startTimes(ctx, p, 5); err != nil || !o.evidence {
		return err
	}
	progress("evidence log")
	e, err := evidencetest.Bench(ctx, evidencetest.BenchOptions{})
	r.Evidence = &e
	return err
}

func thisMachine() machine {
	m := machine{
		CPUs: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, When: time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		Store: "the sandbox's embedded server, SQLite file in WAL mode, synchronous=FULL",
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscan(strings.Fields(string(load))[0], &m.Load)
	}
	return m
}

// progress goes to standard error: standard output is the result.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
