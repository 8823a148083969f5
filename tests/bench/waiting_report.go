package main

import (
	"fmt"
	"io"
)

// figures are those that waiting changes are held to. Nothing was measured of a nil.
func (t *waiting) figures(add add) {
	if t == nil {
		return
	}
	with := fmt.Sprintf(" with %d waiting", t.N)
	add(t.Steady.Lost == 0 && t.Steady.N > 0 && t.Steady.Late.P99 <= 2000, fmt.Sprintf("waking later than due, %d due a second", t.PerSec)+with, "p99 ≤ 2 s",
		"p99 %.0f ms (the implementer called p99 %.0f ms)", t.Steady.Late.P99, t.Steady.Called.P99)
	add(t.Herd.Lost == 0 && t.Herd.Events >= .7*t.Bare.Events, fmt.Sprintf("a herd of %d due in one second, events a second as a share of the engine's", t.Herd.N), "≥ 0.7",
		"%.2f (%.0f and %.0f)", t.Herd.Events/t.Bare.Events, t.Herd.Events, t.Bare.Events)
	add(t.Steady.Lost+t.Herd.Lost == 0, "waiting changes lost", "0", "%d of %d", t.Steady.Lost+t.Herd.Lost, t.Steady.N+t.Herd.N)
	add(t.Page.P50 <= 200, fmt.Sprintf("a page of %d for one approver", t.PageRows)+with, "≤ 200 ms", "p50 %.0f ms, most %.0f ms", t.Page.P50, t.Page.Max)
	add(t.Worker <= 300, "most memory of the worker"+with, "≤ 300 MB", "%d MB", t.Worker)
}

func (t *waiting) write(w io.Writer) {
	if t == nil {
		return
	}
	fmt.Fprintf(w, "\n# Waiting changes\n\n%d changes, the first %.0f s to begin them; others used %.0f %%. Most memory: worker %d MB, engine %d MB\n\n",
		t.N, t.Begun, 100*t.Foreign, t.Worker, t.Engine)
	table(w, func(row func(...any)) {
		row("", "due", "late p50", "p99", "max, ms", "called p50", "p99", "max, ms", "through after", "runs/s", "events/s")
		for _, one := range []struct {
			name string
			woken
		}{{fmt.Sprintf("%d a second", t.PerSec), t.Steady}, {"in one second", t.Herd}} {
			row(one.name, one.N, f(one.Late.P50), f(one.Late.P99), f(one.Late.Max), f(one.Called.P50), f(one.Called.P99), f(one.Called.Max),
				fmt.Sprintf("%.1f s", one.Seconds), f(one.PerSecond), f(one.Events))
		}
		row("bare, in one second", t.Herd.N, "", "", "", "", "", "", fmt.Sprintf("%.1f s", t.Bare.Seconds), f(t.Bare.PerSecond), f(t.Bare.Events))
	})
	fmt.Fprintf(w, "\nA page of %d for one approver, the whole command: p50 %.0f ms, p90 %.0f ms, most %.0f ms\n", t.PageRows, t.Page.P50, t.Page.P90, t.Page.Max)
}
