package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// secondLevelAfter is when the second level of the escalation is due.
const secondLevelAfter = 20 * time.Second

// incidents is what was measured of a stretch of new incidents: for each of them
// the first level is paged at once, and the second when nobody acknowledges.
type incidents struct {
	N       int     `json:"incidents"`
	Rate    int     `json:"per_second"`
	Seconds float64 `json:"seconds"` // from the first alert to the last
	Refused int     `json:"refused"` // answers to the source that it has to repeat
	// FirstSend is from the end of the answer to the source until the provider has
	// taken the first page.
	FirstSend spread `json:"first_send"`
	// Late is how much later than due, by the record, the provider has taken the
	// first page of the second level.
	Late    spread `json:"second_level_late"`
	Pages   int    `json:"pages"`
	Lost    int    `json:"lost"`    // levels of which no page was taken
	Doubled int    `json:"doubled"` // pages taken more than once
	// EventsFirst are the history events of alert and incident together up to the
	// first send.
	EventsMedian int                `json:"events_up_to_first_send"`
	EventsMost   int                `json:"most_events_up_to_first_send"`
	CPU          map[string]float64 `json:"cpu_seconds"` // by process
	Foreign      float64            `json:"foreign_share"`
	RSS          []residual         `json:"memory"`
}

// measureIncidents has a source report new incidents at a steady rate.
func measureIncidents(ctx context.Context, p programs, o options) (_ *incidents, err error) {
	progress("incidents: starting")
	w, err := open(ctx, p, deployment{patience: o.patience, policy: onCall})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	out := &incidents{N: o.seconds * o.rate, Rate: o.rate, CPU: map[string]float64{}}
	// Caches, pollers and connections; told apart by its title.
	if _, err := w.report(ctx, "warm-up", 5, o.rate); err != nil {
		return nil, err
	}
	if _, err := w.awaitPages(ctx, "warm-up", 5, 1); err != nil {
		return nil, err
	}
	w.quiet(ctx)
	m := w.meter()
	progress("incidents: %d, %d a second", out.N, o.rate)
	sent, err := w.report(ctx, "figure", out.N, o.rate)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	out.Seconds, out.Refused = sent.took.Seconds(), sent.refused
	pages, err := w.awaitPages(ctx, "figure", out.N, 2)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, w.outputs())
	}
	own, foreign := m.read()
	for name, cpu := range own {
		out.CPU[name] = cpu.Seconds()
	}
	out.Foreign = foreign
	if err := out.judge(ctx, w, sent.answered, pages); err != nil {
		return nil, err
	}
	for _, one := range w.processes {
		out.RSS = append(out.RSS, residual{one.name, float64(one.usage().RSS) / 1e6})
	}
	progress("incidents: first send p50 %.0f ms, p99 %.0f ms; second level late p99 %.0f ms", out.FirstSend.P50, out.FirstSend.P99, out.Late.P99)
	return out, nil
}

// onCall has one person on call around the clock, whatever day it is, reached
// through the message surface, and the second level due soon.
func onCall(dir string) error {
	file := filepath.Join("rules", "escalation.yaml")
	return errors.Join(
		edit(dir, file, "      - name: On call\n        targets: [{kind: rotation, name: follow-the-sun}]\n        delay: 5m\n",
			"      - name: On call\n        targets: [{kind: person, name: p-bruno}]\n        delay: "+secondLevelAfter.String()+"\n"),
		edit(dir, file, "    p-hana: [slack, mail]", "    p-hana: [slack, mail]\n    p-bruno: [slack, mail]"),
	)
}

// edit replaces something in a file of a policy; it must be there.
func edit(dir, file, from, to string) error {
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), from) {
		return fmt.Errorf("the example policy's %s has changed: it holds no %q", file, from)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600)
}
