package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// report is everything that was measured.
type report struct {
	Machine  machine                   `json:"machine"`
	Modes    []mode                    `json:"modes"`
	Evidence *evidencetest.BenchResult `json:"evidence,omitempty"`
	Programs []shipped                 `json:"programs"`
	Start    spread                    `json:"engine_start"`
	Targets  []target                  `json:"targets"`
}

type machine struct {
	CPUs   int     `json:"cpus"`
	Go     string  `json:"go"`
	System string  `json:"system"`
	Load   float64 `json:"load_at_start"`
	Store  string  `json:"store"`
	When   string  `json:"when"`
}

// mode is one deployment, with or without the codec.
type mode struct {
	Codec   bool       `json:"codec"`
	Product []source   `json:"product_history"`
	Bare    []source   `json:"bare_history"`
	Cells   []pair     `json:"throughput"`
	Latency []latency  `json:"latency"`
	RSS     []residual `json:"memory"`
}

// pair is one measurement of each side, one right after the other.
type pair struct {
	Product cell `json:"product"`
	Bare    cell `json:"bare"`
}

func (p pair) ratio() float64 { return p.Product.PerSecond / p.Bare.PerSecond }

// thrift is the processor time of a bare run as a share of a product's: the
// ratio as it would be if nobody else used the machine.
func (p pair) thrift() float64 { return p.Bare.cpu() / p.Product.cpu() }
func (p pair) quiet() bool    { return max(p.Product.Foreign, p.Bare.Foreign) < quietShare }

type residual struct {
	Process string  `json:"process"`
	MB      float64 `json:"peak_mb"`
}

// shipped is a program as it is deployed.
type shipped struct {
	Name   string  `json:"name"`
	MB     float64 `json:"mb"`
	Server bool    `json:"links_server"`
}

// target is one figure the product is held to.
type target struct {
	What     string `json:"what"`
	Wanted   string `json:"wanted"`
	Measured string `json:"measured"`
	Met      bool   `json:"met"`
}

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

// judge compares what was measured with what is wanted.
func (r *report) judge() {
	add := func(met bool, what, wanted, format string, args ...any) {
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
		add(r.Start.P50 <= 2000, "start of the sandbox's engine to its first answer", "≤ 2 s", "%.2f s [–%.2f]", r.Start.P50/1000, r.Start.Max/1000)
	}
	if r.Evidence != nil {
		add(r.Evidence.Ratio >= .5, "evidence appends as a share of the log library's", "≥ 0.5", "%.2f", r.Evidence.Ratio)
	}
}

func (r *report) judgeLatency(m mode, add func(bool, string, string, string, ...any), in string) {
	for i := 0; i+1 < len(m.Latency); i += 2 {
		product, bare := m.Latency[i], m.Latency[i+1]
		with := fmt.Sprintf(", %d in flight%s", product.InFlight, in)
		add(product.Durable.P50 <= 3*bare.Answered.P50, "click to durable p50"+with, "≤ 3 × bare round trip",
			"%.0f ms against %.0f ms: %.2f ×", product.Durable.P50, bare.Answered.P50, product.Durable.P50/bare.Answered.P50)
		add(product.Durable.P99 <= 1000, "click to durable p99"+with, "≤ 1 s", "%.0f ms", product.Durable.P99)
	}
}

// write prints the report for people.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Machine: %d processors, %s, %s, load %.1f at the start, %s\n", r.Machine.CPUs, r.Machine.System, r.Machine.Go, r.Machine.Load, r.Machine.When)
	fmt.Fprintf(w, "Engine:  %s\n", r.Machine.Store)
	for _, m := range r.Modes {
		fmt.Fprintf(w, "\n# %s\n", strings.ToUpper(m.title()[:1])+m.title()[1:])
		m.writeSources(w)
		m.writeCells(w)
		m.writeLatency(w)
		m.writeMemory(w)
	}
	if r.Evidence != nil {
		fmt.Fprintf(w, "\n# Evidence appends\n\n%s", r.Evidence)
	}
	fmt.Fprint(w, "\n# Figures\n\n")
	table(w, func(row func(...any)) {
		row("", "figure", "wanted", "measured")
		for _, t := range r.Targets {
			mark := "met"
			if !t.Met {
				mark = "SHORT"
			}
			row(mark, t.What, t.Wanted, t.Measured)
		}
	})
}

func (m mode) writeSources(w io.Writer) {
	fmt.Fprint(w, "\nWhere the events of one change come from, beside the bare workflow's\n\n")
	bare := map[string]source{}
	for _, s := range m.Bare {
		bare[s.Name] = s
	}
	table(w, func(row func(...any)) {
		row("cause", "times", "events", "bytes", "bare times", "bare events", "bare bytes")
		for _, s := range m.Product {
			b := bare[s.Name]
			if strings.HasPrefix(s.Name, "signal ") {
				b = bare["signal "+bareSignal]
			}
			row(s.Name, s.Times, s.Events, s.Bytes, b.Times, b.Events, b.Bytes)
		}
		n, bytes := m.totals(m.Product)
		bn, bbytes := m.totals(m.Bare)
		row("all", "", n, bytes, "", bn, bbytes)
	})
}

func (m mode) writeCells(w io.Writer) {
	if len(m.Cells) == 0 {
		return
	}
	first := m.Cells[0].Product
	fmt.Fprintf(w, "\nThroughput: %d runs from start to end with %d clients, product and bare in turn\n\n", first.Runs, first.Clients)
	table(w, func(row func(...any)) {
		row("round", "product /s", "bare /s", "ratio", "product events/s", "bare events/s", "others used", "")
		for i, p := range m.Cells {
			remark := ""
			if !p.quiet() {
				remark = "disturbed"
			}
			row(i+1, f(p.Product.PerSecond), f(p.Bare.PerSecond), f(p.ratio()), f(p.Product.Events), f(p.Bare.Events),
				fmt.Sprintf("%.0f %%, %.0f %%", 100*p.Product.Foreign, 100*p.Bare.Foreign), remark)
		}
	})
	pairs := m.counted()
	fmt.Fprintf(w, "\nmedian of %d rounds: product %s/s, bare %s/s, ratio %s\n", len(pairs),
		middleOf(pairs, func(p pair) float64 { return p.Product.PerSecond }),
		middleOf(pairs, func(p pair) float64 { return p.Bare.PerSecond }), middleOf(pairs, pair.ratio))
	fmt.Fprintf(w, "processor time of a bare run as a share of a product's: %s\n", middleOf(pairs, pair.thrift))
	fmt.Fprint(w, "\nProcessor time per run, ms (the stand-ins and the clients are in \"bench\")\n\n")
	table(w, func(row func(...any)) {
		row("process", "product", "bare")
		for _, name := range []string{"engine", "worker", "evidence", "gateway", "bare worker", "bare evidence", "bench"} {
			row(name, f(middleOf(pairs, func(p pair) float64 { return p.Product.CPUEach[name] }).median),
				f(middleOf(pairs, func(p pair) float64 { return p.Bare.CPUEach[name] }).median))
		}
		row("all", f(middleOf(pairs, func(p pair) float64 { return p.Product.cpu() }).median),
			f(middleOf(pairs, func(p pair) float64 { return p.Bare.cpu() }).median))
		row("events per second of it", f(middleOf(pairs, func(p pair) float64 { return p.Product.EventsPerCPU }).median),
			f(middleOf(pairs, func(p pair) float64 { return p.Bare.EventsPerCPU }).median))
		row("events per run", f(middleOf(pairs, func(p pair) float64 { return p.Product.EventsEach }).median),
			f(middleOf(pairs, func(p pair) float64 { return p.Bare.EventsEach }).median))
	})
}

func (m mode) writeLatency(w io.Writer) {
	fmt.Fprint(w, "\nLatency of a click (bare: of an update), ms\n\n")
	table(w, func(row func(...any)) {
		row("", "in flight", "clicks", "durable p50", "p90", "p99", "max", "answered p50", "p99", "as signal", "outcome pending", "repeated", "others used")
		for _, l := range m.Latency {
			row(l.Side, l.InFlight, l.Durable.N, f(l.Durable.P50), f(l.Durable.P90), f(l.Durable.P99), f(l.Durable.Max),
				f(l.Answered.P50), f(l.Answered.P99), l.Signals, l.Pending, l.Repeats, fmt.Sprintf("%.0f %%", 100*l.Foreign))
		}
	})
}

func (m mode) writeMemory(w io.Writer) {
	fmt.Fprint(w, "\nMost resident memory, MB:")
	for _, p := range m.RSS {
		fmt.Fprintf(w, " %s %.0f", p.Process, p.MB)
	}
	fmt.Fprintln(w)
}

// table aligns rows into columns.
func table(w io.Writer, fill func(row func(...any))) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fill(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = fmt.Sprint(c)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(texts, "\t"), "\t"))
	})
	_ = t.Flush() // the writer's own error shows at its next use
}

func f(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func yes(b bool) string {
	if b {
		return "linked"
	}
	return "not linked"
}
