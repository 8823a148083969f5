package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// report is everything that was measured.
type report struct {
	Machine   machine                   `json:"machine"`
	Modes     []mode                    `json:"modes,omitempty"`
	Evidence  *evidencetest.BenchResult `json:"evidence,omitempty"`
	Programs  []shipped                 `json:"programs,omitempty"`
	Start     spread                    `json:"sandbox_start"`
	Incidents *incidents                `json:"incidents,omitempty"`
	Patch     *rollouts                 `json:"patch,omitempty"`
	Trackers  *trackers                 `json:"certification,omitempty"`
	Waiting   *waiting                  `json:"waiting,omitempty"`
	Targets   []target                  `json:"targets"`
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
func (p pair) quiet() bool     { return max(p.Product.Foreign, p.Bare.Foreign) < quietShare }

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

// write prints the report for people.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Machine: %d processors, %s, %s, load %.1f at the start, %s\n", r.Machine.CPUs, r.Machine.System, r.Machine.Go, r.Machine.Load, r.Machine.When)
	fmt.Fprintf(w, "Engine:  %s\n", r.Machine.Store)
	for _, m := range r.Modes {
		fmt.Fprintf(w, "\n# %s\n", strings.ToUpper(m.title()[:1])+m.title()[1:])
		m.writeSources(w)
		m.writeCells(w)
		m.writeLatency(w)
		writeMemory(w, m.RSS)
	}
	if r.Evidence != nil {
		fmt.Fprintf(w, "\n# Evidence appends\n\n%s", r.Evidence)
	}
	r.Incidents.write(w)
	r.Patch.write(w)
	r.Trackers.write(w)
	r.Waiting.write(w)
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

func writeMemory(w io.Writer, processes []residual) {
	fmt.Fprint(w, "\nMost resident memory, MB:")
	for _, p := range processes {
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
