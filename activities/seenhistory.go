package activities

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// history reads from the record what was done, each subject once for all targets of a look.
type history struct {
	log      EvidenceLog
	runs     Runs
	standing map[string][]evidence.Standing // by series
	records  map[string][]evidence.Entry    // by subject
}

func (h *history) of(ctx context.Context, series string) ([]evidence.Standing, error) {
	if all, ok := h.standing[series]; ok {
		return all, nil
	}
	all, err := h.log.Standings(ctx, series)
	if err != nil {
		return nil, recordFailure(err)
	}
	if h.standing == nil {
		h.standing = map[string][]evidence.Standing{}
	}
	h.standing[series] = all
	return all, nil
}

func (h *history) entries(ctx context.Context, subject string) ([]evidence.Entry, error) {
	if found, ok := h.records[subject]; ok {
		return found, nil
	}
	found, err := h.log.Records(ctx, subject)
	h.records[subject] = found
	return found, recordFailure(err)
}

// rollouts are those that are under way on a target, and those that put something
// there since a record. Before the first look only the former matter.
func (h *history) rollouts(ctx context.Context, target string, since uint64, looked bool) ([]observation.Rollout, error) {
	all, err := h.of(ctx, seriesOfRollouts)
	if err != nil {
		return nil, err
	}
	var out []observation.Rollout
	for _, st := range all {
		under := patch.UnderWay(patch.State(st.State))
		if !under && (!looked || st.Index < since) {
			continue
		}
		entries, err := h.entries(ctx, st.Subject)
		if err != nil {
			return nil, err
		}
		r := observation.Rollout{Number: st.Number, Contents: putThere(entries, target, since)}
		if under {
			c, err := course(ctx, h.log, st)
			if err != nil {
				return nil, err
			}
			r.UnderWay = c.Begun && slices.Contains(c.Targets, target)
		}
		if r.UnderWay && h.runs != nil { // one that was ended from outside deploys nothing more
			if r.UnderWay, err = h.runs.Running(ctx, st.Subject); err != nil {
				return nil, err
			}
		}
		if r.UnderWay || len(r.Contents) > 0 {
			out = append(out, r)
		}
	}
	return out, nil
}

// putThere are the contents that a rollout is on record to have put on a target, or
// brought back, after a record. What it only found there is not its own.
func putThere(entries []evidence.Entry, target string, since uint64) []string {
	var out []string
	for _, e := range entries {
		if e.Index <= since || e.Record.Type != patch.EventDeployed && e.Record.Type != patch.EventRestored {
			continue
		}
		var f patch.TargetFacts
		if json.Unmarshal(e.Record.Facts, &f) == nil && f.Target == target && f.Reason == patch.OK && f.Digest != "" {
			out = append(out, f.Digest)
		}
	}
	return out
}

// changes are the executions of changes to the target's system and environment that
// were not over at the last look.
func (h *history) changes(ctx context.Context, s SeenTarget, last time.Time) ([]observation.Execution, error) {
	all, err := h.of(ctx, seriesOfChanges)
	if err != nil {
		return nil, err
	}
	var out []observation.Execution
	for _, st := range all {
		if st.At.Before(last) && !atWork(change.State(st.State)) {
			continue // it stands since before the last look as it does now
		}
		entries, err := h.entries(ctx, st.Subject)
		if err != nil {
			return nil, err
		}
		system, environment, carried := executions(entries)
		if system != s.System || environment != s.Environment {
			continue
		}
		for _, e := range carried {
			e.Number = st.Number
			if e.To.IsZero() || e.To.After(last) {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// atWork reports whether a change that stands so may be carried out.
func atWork(s change.State) bool {
	return s == change.Executing || s == change.ExecutingUnapproved || s == change.Held
}

// executions reads from a change's records what it is about and when it was carried
// out: from the record that it executes to the next one that moves it elsewhere, and
// how long that was to take by the version it was begun with. On hold meanwhile it is
// carried out still: half of it is there.
func executions(entries []evidence.Entry) (system, environment string, out []observation.Execution) {
	open, planned := false, time.Duration(0)
	for _, e := range entries {
		switch e.Record.Type {
		case change.EventSubmitted, change.EventNotSubmitted: // an emergency goes past what bars a version
			var f change.SubmittedFacts
			if json.Unmarshal(e.Record.Facts, &f) == nil && f.System != "" {
				system, environment, planned = f.System, f.Environment, f.Duration
			}
		case change.EventEdited:
			planned = editedDuration(e, planned)
		}
		switch change.State(e.Record.State) {
		case change.Executing, change.ExecutingUnapproved:
			if !open {
				open, out = true, append(out, observation.Execution{From: e.Record.At, Planned: planned, Process: byProcess(e)})
			}
		case "", change.Held:
		default:
			if open {
				open, out[len(out)-1].To = false, e.Record.At
			}
		}
	}
	return system, environment, out
}

// editedDuration is how long a change takes by an edit that left its votes standing.
func editedDuration(e evidence.Entry, planned time.Duration) time.Duration {
	var f change.EditedFacts
	if json.Unmarshal(e.Record.Facts, &f) != nil {
		return planned
	}
	for _, c := range f.Changes {
		if d, err := time.ParseDuration(c.To); err == nil && c.Name == "duration" {
			planned = d
		}
	}
	return planned
}

// surfaceProcess is the surface of what a process reports of a change that it carries out.
const surfaceProcess = "process"

// byProcess reports whether an execution was begun by a process's report and not by a person.
func byProcess(e evidence.Entry) bool {
	var f change.ActFacts
	return json.Unmarshal(e.Record.Facts, &f) == nil && f.Surface == surfaceProcess
}
