package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// Runs says whether a process runs. Errors are *compliance.Failure.
type Runs interface {
	Running(ctx context.Context, subject string) (bool, error)
}

// Taking is a rollout that is about to begin a ring, with every target of its plan.
type Taking struct {
	Subject string   `json:"subject"` // workflow id
	Targets []string `json:"targets"`
	// Passed are the numbers of rollouts at rest beside which a person said to go on.
	Passed []string `json:"passed,omitempty"`
}

// others lists the rollouts that are in the way. The log is asked and not the
// engine's list: that lags, and two that begin in the same second would both find
// nobody. A rollout that is not over and was ended from outside would hold every
// later one for ever, so the engine is asked whether each that was found runs.
func others(ctx context.Context, log EvidenceLog, runs Runs, t Taking) ([]patch.Other, error) {
	standings, err := log.Standings(ctx, seriesOfRollouts)
	if err != nil {
		return nil, recordFailure(err)
	}
	var all []patch.Course
	for _, st := range standings {
		if st.Subject == t.Subject || !patch.UnderWay(patch.State(st.State)) {
			continue
		}
		c, err := course(ctx, log, st)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	var out []patch.Other
	for _, o := range patch.InTheWay(t.Subject, t.Targets, all, t.Passed) {
		running := true
		if runs != nil {
			if running, err = runs.Running(ctx, o.Subject); err != nil {
				return nil, err
			}
		}
		if running {
			out = append(out, o)
		}
	}
	return out, nil
}

// course reads from the record what a rollout has taken. One that was planned
// anew, after an earlier run of it was ended from outside, has begun nothing yet.
func course(ctx context.Context, log EvidenceLog, st evidence.Standing) (patch.Course, error) {
	c := patch.Course{Number: st.Number, Subject: st.Subject, State: patch.State(st.State)}
	entries, err := log.Records(ctx, st.Subject)
	if err != nil {
		return c, recordFailure(err)
	}
	for _, e := range entries {
		switch e.Record.Type {
		case patch.EventPlanned:
			facts, err := recall[patch.PlannedFacts](e)
			if err != nil {
				return c, err
			}
			c.Begun, c.Targets = false, nil
			for _, r := range facts.Plan.Rings {
				c.Targets = append(c.Targets, r.Targets...)
			}
		case patch.EventRingStarted:
			c.Begun = true
		}
	}
	return c, nil
}

// recordIfFree puts events on record unless another rollout is in the way; both
// happen with nobody in between, since one process holds the log. Of two rollouts
// that begin in the same second the first one's record keeps the second from its
// own. What comes past this, such as an edit by hand, meets the platform's
// compare-and-swap.
func (e *Evidence) recordIfFree(ctx context.Context, in RecordEventsInput) ([]evidence.Receipt, []patch.Other, error) {
	if in.OnlyFree != nil {
		e.taking.Lock()
		defer e.taking.Unlock()
		found, err := others(ctx, e.Log, e.Runs, *in.OnlyFree)
		if err != nil || len(found) > 0 {
			return nil, found, err
		}
	}
	receipts, err := e.Log.Append(ctx, in.Events)
	if err != nil {
		return nil, nil, recordFailure(err)
	}
	return receipts, nil, nil
}
