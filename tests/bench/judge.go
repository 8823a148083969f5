package main

import (
	"fmt"
	"slices"
)

// counted are the pairs that figures are taken from: the quiet ones, or all
// when fewer than three were.
func (m mode) counted() []pair {
	var quiet []pair
	for _, p := range m.Cells {
		if p.quiet() {
			quiet = append(quiet, p)
		}
	}
	if len(quiet) >= min(3, len(m.Cells)) {
		return quiet
	}
	return m.Cells
}

// middle is the median with the least and the most.
type middle struct{ median, least, most float64 }

func (m middle) String() string { return fmt.Sprintf("%.2f [%.2f–%.2f]", m.median, m.least, m.most) }

func middleOf(pairs []pair, of func(pair) float64) middle {
	var v []float64
	for _, p := range pairs {
		v = append(v, of(p))
	}
	if len(v) == 0 {
		return middle{}
	}
	slices.Sort(v)
	median := v[len(v)/2]
	if len(v)%2 == 0 {
		median = (v[len(v)/2-1] + median) / 2
	}
	return middle{median, v[0], v[len(v)-1]}
}

func (m mode) title() string {
	if m.Codec {
		return "payloads encrypted"
	}
	return "no codec"
}

func (m mode) totals(list []source) (events, bytes int) {
	for _, s := range list {
		events += s.Events
		bytes += s.Bytes
	}
	return events, bytes
}

// add notes a figure and whether it is met.
type add func(met bool, what, wanted, format string, args ...any)

// judge compares what was measured with what is wanted.
func (r *report) judge() {
	var add add = func(met bool, what, wanted, format string, args ...any) {
		r.Targets = append(r.Targets, target{what, wanted, fmt.Sprintf(format, args...), met})
	}
	for _, m := range r.Modes {
		in := " (" + m.title() + ")"
		pairs := m.counted()
		ratio := middleOf(pairs, pair.ratio)
		add(ratio.median >= .5, "throughput as a share of the bare workflow's"+in, "≥ 0.5", "%s", ratio)
		events := middleOf(pairs, func(p pair) float64 { return p.Product.Events })
		add(events.median >= 450, "history events per second"+in, "≥ 450", "%.0f [%.0f–%.0f]", events.median, events.least, events.most)
		n, bytes := m.totals(m.Product)
		add(n <= 220, "history events of a change"+in, "≤ 220", "%d", n)
		add(bytes <= 80_000, "history of a change"+in, "≤ 80 kB", "%.1f kB", float64(bytes)/1000)
		r.judgeLatency(m, add, in)
	}
	for _, p := range r.Programs {
		add(p.MB < 60 && !p.Server, "size of "+p.Name, "< 60 MB, no server", "%.1f MB, server %s", p.MB, yes(p.Server))
	}
	if r.Start.N > 0 {
		add(r.Start.P50 <= 2000, "start of the sandbox until everything answers", "≤ 2 s", "median %.2f s, most %.2f s", r.Start.P50/1000, r.Start.Max/1000)
	}
	if r.Evidence != nil {
		add(r.Evidence.Ratio >= .5, "evidence appends as a share of the log library's", "≥ 0.5", "%.2f", r.Evidence.Ratio)
	}
	r.Incidents.figures(add)
	r.Patch.figures(add)
	r.Trackers.figures(add)
	r.Waiting.figures(add)
}

func (r *report) judgeLatency(m mode, add add, in string) {
	for i := 0; i+1 < len(m.Latency); i += 2 {
		product, bare := m.Latency[i], m.Latency[i+1]
		with := fmt.Sprintf(", %d in flight%s", product.InFlight, in)
		add(product.Durable.P50 <= 3*bare.Durable.P50, "click to durable p50"+with, "≤ 3 × the bare update's",
			"%.0f ms against %.0f ms: %.2f ×", product.Durable.P50, bare.Durable.P50, product.Durable.P50/bare.Durable.P50)
		add(product.Durable.P99 <= 1000, "click to durable p99"+with, "≤ 1 s", "%.0f ms", product.Durable.P99)
	}
}
