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
// The other parts measure what the product promises of incidents (pages in time,
// none lost or doubled), of rollouts (soaks over an outage, the way back) and of
// trackers (history of a year, memory of idle ones), and of many changes that wait
// (how late they wake, how fast a herd drains). -part names what to measure.
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
	"slices"
	"strings"
	"syscall"
	"time"
)

// options size a measurement.
type options struct {
	part                         string
	seconds, rate                int // of the incidents
	targets, rollouts            int // in each ring of a rollout, and how many of them
	soak                         time.Duration
	trackers                     int
	waiting, due, herd           int
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
	flag.StringVar(&o.part, "part", "all", "what to measure: "+strings.Join(parts(), ", ")+", or several with commas between them")
	flag.IntVar(&o.seconds, "seconds", 60, "incident: how long new incidents are reported")
	flag.IntVar(&o.rate, "rate", 5, "incident: new ones a second")
	flag.IntVar(&o.targets, "targets", 10, "patch: targets in each of three rings")
	flag.IntVar(&o.rollouts, "rollouts", 3, "patch: rollouts, each out to three rings and back")
	flag.DurationVar(&o.soak, "soak", 15*time.Second, "patch: how long a ring soaks")
	flag.IntVar(&o.trackers, "trackers", 4000, "certification: idle trackers")
	flag.IntVar(&o.waiting, "waiting", 10_000, "waiting: changes that wait")
	flag.IntVar(&o.due, "due", 20, "waiting: how many fall due in each second of a minute")
	flag.IntVar(&o.herd, "herd", 1000, "waiting: how many fall due in one second, together")
	flag.IntVar(&o.runs, "runs", 60, "change: changes in each measurement of throughput")
	flag.IntVar(&o.clients, "clients", 16, "change: under way at once")
	flag.IntVar(&o.rounds, "rounds", 5, "change: measurements of each side, in turn")
	flag.IntVar(&o.spare, "spare", 3, "change: rounds added when other programs disturbed some")
	flag.IntVar(&o.clicks, "clicks", 50, "change: clicks in flight at once, each on another change")
	flag.IntVar(&o.bursts, "bursts", 2, "change: rounds of five such bursts for each side")
	flag.IntVar(&o.alone, "alone", 10, "change: changes whose five clicks are made one at a time; 0 leaves it out")
	flag.StringVar(&o.codec, "codec", "both", "change: off, on, or both: whether payloads are encrypted")
	flag.BoolVar(&o.evidence, "evidence", true, "change: measure the evidence log beside its library")
	flag.StringVar(&o.output, "output", "text", "text or json")
	flag.StringVar(&o.programs, "programs", "", "folder with built worker, gateway, starter and sandbox, e.g. bin after make build; empty builds them")
	flag.BoolVar(&o.check, "check", false, "end with an error when a figure falls short")
	flag.DurationVar(&o.patience, "patience", time.Minute, "how long, in all, to wait in each mode for other programs to be quiet")
	flag.DurationVar(&o.within, "within", 90*time.Minute, "give up after this time")
	flag.Parse()
	return o
}

// bench measures everything and prints it.
func bench() error {
	o := read()
	modes := map[string][]bool{"off": {false}, "on": {true}, "both": {false, true}}[o.codec]
	wanted, err := o.parts()
	if err != nil {
		return err
	}
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
	for _, part := range wanted {
		if err := r.measure(ctx, p, o, part, modes); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
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
