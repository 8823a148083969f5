package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// runWithin bounds one run from its start to its end under full load.
const runWithin = 2 * time.Minute

// cell is one measurement of throughput.
type cell struct {
	Side       string             `json:"side"`
	Runs       int                `json:"runs"`
	Clients    int                `json:"clients"`
	Seconds    float64            `json:"seconds"`
	PerSecond  float64            `json:"runs_per_second"`
	Events     float64            `json:"events_per_second"`
	EventsEach float64            `json:"events_per_run"`
	BytesEach  float64            `json:"bytes_per_run"`
	CPUEach    map[string]float64 `json:"cpu_ms_per_run"` // by process
	// EventsPerCPU is per second of processor time, of all processes here
	// together: on a machine that others use as well it moves far less than the rates.
	EventsPerCPU float64 `json:"events_per_cpu_second"`
	Pending      int     `json:"pending"`       // acts answered "received", the outcome to follow
	Repeats      int     `json:"repeats"`       // answers that nothing was recorded, so that the act was repeated
	Foreign      float64 `json:"foreign_share"` // of the machine, used by other programs meanwhile
}

// drive takes n runs from start to end with some clients at once, and returns
// when the last one has closed.
func drive(ctx context.Context, w *world, s side, n, clients int) (cell, error) {
	w.quiet(ctx)
	var (
		next    atomic.Int64
		group   sync.WaitGroup
		mu      sync.Mutex
		ids     []string
		errs    []error
		pending int
		repeats int
	)
	m, begun := w.meter(), time.Now()
	for range clients {
		group.Go(func() {
			for int(next.Add(1)) <= n {
				id, unusual, err := whole(ctx, w, s)
				mu.Lock()
				pending += unusual.pending
				repeats += unusual.repeats
				ids = append(ids, id)
				errs = append(errs, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
	took := time.Since(begun)
	own, foreign := m.read()
	if err := errors.Join(errs...); err != nil {
		return cell{}, fmt.Errorf("%s: %w\n%s", s.name(), err, w.outputs())
	}
	events, bytes, err := w.lengths(ctx, ids)
	if err != nil {
		return cell{}, err
	}
	c := cell{
		Side: s.name(), Runs: n, Clients: clients, Seconds: took.Seconds(), PerSecond: float64(n) / took.Seconds(),
		Events: float64(events) / took.Seconds(), EventsEach: float64(events) / float64(n), BytesEach: float64(bytes) / float64(n),
		CPUEach: map[string]float64{}, Pending: pending, Repeats: repeats, Foreign: foreign,
	}
	var used time.Duration
	for name, cpu := range own {
		c.CPUEach[name] = float64(cpu.Milliseconds()) / float64(n)
		used += cpu
	}
	if used > 0 {
		c.EventsPerCPU = float64(events) / used.Seconds()
	}
	return c, nil
}

// cpu is the processor time of one run in all processes, ms.
func (c cell) cpu() float64 {
	var sum float64
	for _, ms := range c.CPUEach {
		sum += ms
	}
	return sum
}

// unusual counts the acts that were not answered with their outcome at once.
type unusual struct{ pending, repeats int }

// whole is one run from its start to its end.
func whole(ctx context.Context, w *world, s side) (id string, u unusual, err error) {
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	r, err := s.begin(ctx)
	if err != nil {
		return "", u, err
	}
	for n := range acts() {
		if err := s.ready(ctx, r, n); err != nil {
			return r.id, u, err
		}
		c, err := s.act(ctx, r, n)
		if err != nil {
			return r.id, u, err
		}
		if u.repeats += c.repeats; c.pending {
			u.pending++
		}
	}
	if err := w.over(ctx, r); err != nil {
		return r.id, u, fmt.Errorf("the end of %s: %w", r.id, err)
	}
	return r.id, u, nil
}
