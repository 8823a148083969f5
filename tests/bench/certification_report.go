package main

import (
	"fmt"
	"io"
)

// Bounds that idle trackers are held to: of all of the product's processes
// together, and of the engine. Both hold caches that fill and then stay.
const (
	productBoundMB = 600
	engineBoundMB  = 1000
)

// figures are those that trackers are held to. Nothing was measured of a nil.
func (t *trackers) figures(add add) {
	if t == nil {
		return
	}
	add(t.Quiet <= 200, "history events of a tracker in a quiet year", "≤ 200", "%d", t.Quiet)
	add(t.Unanswered <= 200, "history events of a tracker in a year of cover in which nobody answers, with its expiry", "≤ 200", "%d", t.Unanswered)
	if len(t.Idle) == 0 {
		return
	}
	last := t.Idle[len(t.Idle)-1]
	with := fmt.Sprintf(" with %d idle trackers", last.Trackers)
	add(last.product() <= productBoundMB, "resident memory of the product"+with, fmt.Sprintf("≤ %d MB", productBoundMB), "%d MB", last.product())
	add(last.MB["engine"] <= engineBoundMB, "resident memory of the engine"+with, fmt.Sprintf("≤ %d MB", engineBoundMB), "%d MB", last.MB["engine"])
}

// product is the memory of all its processes.
func (i idle) product() int64 { return i.MB["worker"] + i.MB["evidence"] + i.MB["gateway"] }

func (t *trackers) write(w io.Writer) {
	if t == nil {
		return
	}
	fmt.Fprintf(w, "\n# Certification\n\nHistory events of a year without a renewal: %d when nothing is due, %d when a document expires and nobody answers, %.1f for each week after that\n", t.Quiet, t.Unanswered, t.Weekly)
	if len(t.Idle) == 0 {
		return
	}
	fmt.Fprintf(w, "\nResident memory with idle trackers, MB; others used %.0f %%\n\n", 100*t.Foreign)
	table(w, func(row func(...any)) {
		row("trackers", "begun after", "worker", "evidence", "gateway", "engine")
		for _, i := range t.Idle {
			row(i.Trackers, fmt.Sprintf("%.0f s", i.Seconds), i.MB["worker"], i.MB["evidence"], i.MB["gateway"], i.MB["engine"])
		}
	})
}
