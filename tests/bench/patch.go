package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/workflows/patch"
)

// rollouts is what was measured of rollouts that fail in their last ring.
type rollouts struct {
	Targets int       `json:"targets_per_ring"`
	Soak    string    `json:"soak"`
	Each    []rollout `json:"rollouts"`
}

// rollout is one of them; a worker is killed in the soak of its first ring and the
// engine in that of the second, and both are started again after it was due.
type rollout struct {
	WorkerReady int64 `json:"worker_ready_ms"` // from the start of its program to its saying that it runs
	// AfterWorker and AfterEngine are from when the restarted program was ready to
	// the next step of the rollout in history.
	AfterWorker int64 `json:"soak_after_worker_ms"`
	EngineReady int64 `json:"engine_ready_ms"`
	AfterEngine int64 `json:"soak_after_engine_ms"`
	wayBack
	OutTook int64   `json:"out_ms"` // from the approval to the failed check, soaks included
	Foreign float64 `json:"foreign_share"`
}

// measurePatch rolls payloads out that fail in the last of three rings.
func measurePatch(ctx context.Context, p programs, o options) (_ *rollouts, err error) {
	progress("patch: starting")
	dir, err := os.MkdirTemp("", "countersign-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fleet, err := startFleet(ctx, dir, o.targets)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, fleet.Close()) }()
	w, err := open(ctx, p, deployment{patience: o.patience, policy: rolledOut(o.targets, o.soak), env: fleet.Environment()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	out := &rollouts{Targets: o.targets, Soak: o.soak.String()}
	for n := range o.rollouts {
		one, err := w.rollout(ctx, fleet, n)
		if err != nil {
			return nil, fmt.Errorf("rollout %d: %w\n%s", n+1, err, w.outputs())
		}
		out.Each = append(out.Each, one)
		progress("patch: soak %d ms after the worker, %d ms after the engine; way back begun after %d ms, over after %d ms", one.AfterWorker, one.AfterEngine, one.Begun, one.Over)
	}
	return out, nil
}

// rollout takes one payload out and back.
func (w *world) rollout(ctx context.Context, fleet *noderedtest.Fleet, n int) (out rollout, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	word := fmt.Sprintf("new%d", n)
	if err := save(fleet, word); err != nil {
		return out, err
	}
	subject, err := w.roll(ctx, word)
	if err != nil {
		return out, err
	}
	if err := w.approve(ctx, subject); err != nil {
		return out, err
	}
	approved := time.Now()
	m := w.meter()
	if out.WorkerReady, out.AfterWorker, err = w.outage(ctx, subject, 0, "worker"); err != nil {
		return out, err
	}
	if out.EngineReady, out.AfterEngine, err = w.outage(ctx, subject, 1, "engine"); err != nil {
		return out, err
	}
	if out.wayBack, err = w.wayBack(ctx, subject, len(fleet.Instances)-2); err != nil {
		return out, err
	}
	_, out.Foreign = m.read()
	out.OutTook = out.failed.Sub(approved).Milliseconds()
	if left := serving(fleet, word); left > 0 {
		return out, fmt.Errorf("%d targets keep the payload after the way back", left)
	}
	return out, nil
}

// roll asks for a rollout of what the source has, as the command line does.
func (w *world) roll(ctx context.Context, version string) (subject string, err error) {
	run, err := w.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: patch.PayloadID(uuid.NewString()), TaskQueue: compliance.QueueWorkflows},
		patch.PayloadType, patch.PayloadInput{From: sourcePlace})
	if err != nil {
		return "", err
	}
	var stored patch.PayloadResult
	if err := run.Get(ctx, &stored); err != nil {
		return "", err
	}
	subject = patch.WorkflowID(uuid.NewString())
	_, err = w.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows}, patch.Type, patch.Input{Asked: patch.Asked{
		System: "yard-flows", Actor: compliance.Account{Provider: "cli", ID: "jonas"},
		Payload: &patch.Stored{Title: "Yard flows", Version: version, Blob: stored.Blob},
	}})
	return subject, err
}

// approve has the rollout's change approved by those of its two levels, with the
// forms that they are shown.
func (w *world) approve(ctx context.Context, subject string) error {
	change := ""
	err := w.follow(ctx, subject, func(e *event) bool {
		change = e.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowId()
		return change != ""
	})
	if err != nil {
		return err
	}
	side, r := product{w}, &run{id: change}
	for n := range 3 {
		if err := side.ready(ctx, r, n); err != nil {
			return err
		}
		if _, err := side.act(ctx, r, n); err != nil {
			return err
		}
	}
	return nil
}

// soaking waits until a ring soaks and says when that is over.
func (w *world) soaking(ctx context.Context, subject string, ring int) (time.Time, error) {
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		var s patch.Standing
		answer, err := w.engine.QueryWorkflow(ctx, subject, "", patch.QueryStanding)
		if err == nil {
			err = answer.Get(&s)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return time.Time{}, err
		case len(s.Rings) > ring && s.Rings[ring].State == rules.Soaking:
			return s.Rings[ring].SoakEnds, nil
		case s.State == rules.Held || s.State == rules.Withdrawn || s.State == rules.Rejected || s.State == rules.RolledBack:
			return time.Time{}, fmt.Errorf("the rollout is %s (%s: %s) before ring %d soaks", s.State, s.Reason, s.Detail, ring+1)
		}
		select {
		case <-every.C: // a query is asked again: a standing announces itself to nobody
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("ring %d never soaked; the rollout is %s (%s)", ring+1, s.State, s.Reason)
		}
	}
}
