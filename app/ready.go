package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

const (
	// lookWithin bounds one look at all parts, which are looked at side by side.
	lookWithin = 2 * time.Second
	// lookEvery is how long an answer is given again: whoever asks often costs nothing.
	lookEvery = time.Second
)

var errNoAnswer = errors.New("no answer in time")

// readiness is whether this process can do its work now: each part that a role
// rests on looks at itself. None of them asks a vendor.
type readiness struct {
	log  *slog.Logger
	look map[string]func(ctx context.Context) error // by part; fixed once the process runs

	mu    sync.Mutex // one look at a time
	at    time.Time
	last  map[string]error
	hangs map[string]bool // looks that have not come back, each one goroutine
	done  chan answered
}

type answered struct {
	part string
	err  error
}

func newReadiness(log *slog.Logger) *readiness {
	return &readiness{log: log, look: map[string]func(context.Context) error{}, last: map[string]error{}, hangs: map[string]bool{}, done: make(chan answered)}
}

// rests says what a role rests on.
func (r *readiness) rests(part string, look func(ctx context.Context) error) { r.look[part] = look }

// reaches is the look at the engine.
func reaches(engine client.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := engine.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}
}

// now looks at every part, or gives the answer of a moment ago. A part that does
// not come back, such as a file system that hangs, is not asked again until it has.
func (r *readiness) now(ctx context.Context) map[string]error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < lookEvery {
		return maps.Clone(r.last)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
	defer cancel()
	for part, look := range r.look {
		if !r.hangs[part] {
			r.hangs[part] = true
			go func() { r.done <- answered{part, look(ctx)} }()
		}
	}
	found := map[string]error{}
	for len(found) < len(r.look) {
		select {
		case l := <-r.done:
			r.hangs[l.part] = false
			found[l.part] = l.err
			continue
		case <-ctx.Done():
		}
		for part := range r.look {
			if _, ok := found[part]; !ok {
				found[part] = errNoAnswer
			}
		}
	}
	r.tell(found)
	r.at, r.last = time.Now(), found
	return maps.Clone(found)
}

// tell writes down what has changed: the reasons stand in the log only.
func (r *readiness) tell(found map[string]error) {
	for _, part := range slices.Sorted(maps.Keys(found)) {
		switch was, is := r.last[part], found[part]; {
		case is != nil && was == nil:
			r.log.Warn("not ready", "part", part, "error", is)
		case is == nil && was != nil:
			r.log.Info("ready again", "part", part)
		}
	}
}

// lacking names the parts that are not ready, sorted; empty when all are.
func lacking(found map[string]error) string {
	var parts []string
	for _, part := range slices.Sorted(maps.Keys(found)) {
		if found[part] != nil {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// Describe satisfies Prometheus.
func (r *readiness) Describe(out chan<- *prometheus.Desc) { out <- readyDesc() }

// Collect satisfies Prometheus.
func (r *readiness) Collect(out chan<- prometheus.Metric) {
	for part, err := range r.now(context.Background()) {
		value := 1.0
		if err != nil {
			value = 0
		}
		out <- prometheus.MustNewConstMetric(readyDesc(), prometheus.GaugeValue, value, part)
	}
}

func readyDesc() *prometheus.Desc {
	return prometheus.NewDesc("countersign_ready", "Whether a part that this process rests on is ready (1) or not (0).", []string{"part"}, nil)
}
