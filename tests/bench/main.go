// Command bench measures the product beside the engine it stands on. It builds
// the programs as they ship, runs them as a deployment does (engine, worker,
// evidence and gateway as processes of their own, stand-ins for the vendors
// behind real HTTP), and takes whole changes through signed webhooks and signed
// forms. In turn with that it runs bare workflows of the same shape: the same
// activities on the same queues, updates, timers and upserts, read off the
// history of a real change, with activities that do nothing, driven by the SDK
// alone.
//
// Everything shares one machine: what is compared is processor time per change,
// and that of the stand-ins and clients is part of it. Activities of the product
// call the stand-ins over HTTP and sync the evidence log to disk; the bare ones
// return at once, so the ratio says what the product costs beyond the engine.
//
// Run it from inside the module, on a machine that has nothing else to do:
//
//	go run ./tests/bench
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// options size a measurement.
type options struct {
	runs, clients, rounds, spare int
	clicks, bursts, alone        int
	codec, output, programs      string
	evidence, check              bool
	patience, within             time.Duration
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == bareCommand {
		exit(serveBare(os.Args[2], os.Args[3]))
	}
	exit(bench())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func read() options {
	var o options
	flag.IntVar(&o.runs, "runs", 60, "changes in each measurement of throughput")
	flag.IntVar(&o.clients, "clients", 16, "changes under way at once")
	flag.IntVar(&o.rounds, "rounds", 5, "measurements of each side, in turn")
	flag.IntVar(&o.spare, "spare", 3, "rounds added when other programs disturbed some")
	flag.IntVar(&o.clicks, "clicks", 50, "clicks in flight at once, each on another change")
	flag.IntVar(&o.bursts, "bursts", 2, "rounds of five such bursts for each side")
	flag.IntVar(&o.alone, "alone", 10, "changes whose five clicks are made one at a time; 0 leaves it out")
	flag.StringVar(&o.codec, "codec", "both", "off, on, or both: whether payloads are encrypted")
	flag.BoolVar(&o.evidence, "evidence", true, "measure the evidence log beside its library")
	flag.StringVar(&o.output, "output", "text", "text or json")
	flag.StringVar(&o.programs, "programs", "", "folder with built worker, gateway, starter and sandbox, e.g. bin after make build; empty builds them")
	flag.BoolVar(&o.check, "check", false, "end with an error when a figure falls short")
	flag.DurationVar(&o.patience, "patience", time.Minute, "how long, in all, to wait in each mode for other programs to be quiet")
	flag.DurationVar(&o.within, "within", 45*time.Minute, "give up after this time")
	flag.Parse()
	return o
}

// bench measures everything and prints it.
func bench() error {
	o := read()
	modes := map[string][]bool{"off": {false}, "on": {true}, "both": {false, true}}[o.codec]
	if modes == nil || !slices.Contains([]string{"text", "json"}, o.output) || flag.NArg() > 0 {
		return errors.New("unknown argument; see -h")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.within)
	defer cancel()
	progress("building the programs")
	p, err := build(ctx, o.programs)
	if err != nil {
		return err
	}
	r := report{Machine: thisMachine()}
	for _, codec := range modes {
		m, err := measure(ctx, p, o, codec)
		if err != nil {
			return err
		}
		r.Modes = append(r.Modes, m)
	}
	if err := rest(ctx, p, o, &r); err != nil {
		return err
	}
	r.judge()
	if o.output == "json" {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(r)
	} else {
		r.write(os.Stdout)
	}
	if o.check {
		for _, t := range r.Targets {
			if !t.Met {
				err = errors.Join(err, fmt.Errorf("%s: %s, wanted %s", t.What, t.Measured, t.Wanted))
			}
		}
	}
	return err
}

// measure is everything that needs a deployment.
func measure(ctx context.Context, p programs, o options, codec bool) (m mode, err error) {
	m.Codec = codec
	progress("%s: starting", m.title())
	w, err := open(ctx, p, codec, o.patience)
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
	progress("starting the engine five times")
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
