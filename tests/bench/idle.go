package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/certification"
)

// idle is what some idle trackers take.
type idle struct {
	Trackers int64            `json:"trackers"`
	Seconds  float64          `json:"begun_after_s"`
	MB       map[string]int64 `json:"resident_mb"` // by process
}

// idle begins as many trackers as were asked for, none of which has anything to
// do for a year, and notes what the processes have in memory on the way.
func (t *trackers) idle(ctx context.Context, p programs, o options) (err error) {
	progress("certification: %d idle trackers", o.trackers)
	w, err := open(ctx, p, deployment{patience: o.patience, policy: owed(many(o.trackers))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	m, begun := w.meter(), time.Now()
	every := time.NewTicker(2 * time.Second)
	defer every.Stop()
	for next := int64(0); ; {
		count, err := w.engine.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowType = '" + certification.Type + "' AND Stage = '" + string(rules.Missing) + "'",
		})
		if err != nil {
			return fmt.Errorf("%w\n%s", err, w.outputs())
		}
		if n := count.GetCount(); n >= next || n >= int64(o.trackers) {
			t.Idle = append(t.Idle, w.idle(n, begun))
			next = n - n%stride(o.trackers) + stride(o.trackers)
			if n >= int64(o.trackers) {
				break
			}
		}
		select {
		case <-every.C: // a list announces itself to nobody
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	_, t.Foreign = m.read()
	return nil
}

// stride is how many trackers lie between two rows of the table.
func stride(n int) int64 { return max(int64(n)/8, 1) }

func (w *world) idle(n int64, begun time.Time) idle {
	out := idle{Trackers: n, Seconds: time.Since(begun).Seconds(), MB: map[string]int64{}}
	for _, p := range w.processes {
		out.MB[p.name] = resident(p.cmd.Process.Pid) / 1e6
	}
	progress("certification: %d trackers after %.0f s: %v MB", n, out.Seconds, out.MB)
	return out
}

// resident is the memory that a process has now, in bytes; 0 where the system does not say.
func resident(pid int) int64 {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// many are vendors with n documents that are needed in more than a year.
func many(n int) string {
	var b strings.Builder
	by := rules.DateOf(time.Now().UTC()).Add(500)
	for v := 0; v*100 < n; v++ {
		fmt.Fprintf(&b, "  - {id: v%d, name: Vendor %d, owner: p-bruno, sponsor: p-dana, systems: [], contacts: [{name: Desk, url: 'https://v.example/'}], artefacts: [", v, v)
		for i := range min(100, n-v*100) {
			fmt.Fprintf(&b, "{id: a%d, class: soc2, title: Report %d, needed_by: '%s'}, ", i, i, by)
		}
		b.WriteString("]}\n")
	}
	return b.String()
}
