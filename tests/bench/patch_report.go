package main

import (
	"fmt"
	"io"
)

// most is the largest value of the rollouts.
func (r *rollouts) most(of func(rollout) int64) int64 {
	var out int64
	for _, one := range r.Each {
		out = max(out, of(one))
	}
	return out
}

// figures are those that rollouts are held to. Nothing was measured of a nil.
func (r *rollouts) figures(add add) {
	if r == nil || len(r.Each) == 0 {
		return
	}
	after := func(what string, ms int64) {
		add(ms <= 2000, "a soak due while "+what+" was down goes on after its restart", "≤ 2 s", "%d ms at most, %d rollouts", ms, len(r.Each))
	}
	after("the worker", r.most(func(o rollout) int64 { return o.AfterWorker }))
	after("the engine", r.most(func(o rollout) int64 { return o.AfterEngine }))
	begun, over := r.most(func(o rollout) int64 { return o.Begun }), r.most(func(o rollout) int64 { return o.Over })
	add(begun <= 5000, "failed test to the first target being brought back", "≤ 5 s", "%d ms at most", begun)
	add(over <= 20_000, fmt.Sprintf("failed test to the last of 3 × %d targets verified", r.Targets), "≤ 20 s", "%d ms at most", over)
}

func (r *rollouts) write(w io.Writer) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "\n# Patch\n\nRollouts to 3 rings of %d targets that fail in the last ring; soak %s, in which worker and engine are killed, ms\n\n", r.Targets, r.Soak)
	table(w, func(row func(...any)) {
		row("rollout", "worker ready", "then soak on", "engine ready", "then soak on", "failed test to", "all tests over", "first restore", "last verified", "longest restore", "targets", "others used")
		for i, o := range r.Each {
			row(i+1, o.WorkerReady, o.AfterWorker, o.EngineReady, o.AfterEngine, "", o.Tested, o.Begun, o.Over, o.Longest, o.Restored, fmt.Sprintf("%.0f %%", 100*o.Foreign))
		}
	})
}
