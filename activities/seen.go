package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// JudgeSeenInput is what targets were seen to serve.
type JudgeSeenInput struct {
	Look  string         `json:"look"` // workflow id of the look
	Run   string         `json:"run"`
	Rules evidence.Rules `json:"rules"`
	Seen  []SeenTarget   `json:"seen"`
}

// SeenTarget is one target as it was seen. LastLook is when it was last seen to serve
// what is explained; zero when nobody remembers, and then the record says it.
type SeenTarget struct {
	Target      string           `json:"target"`
	System      string           `json:"system"`
	Environment string           `json:"environment"`
	Seen        observation.Seen `json:"seen"`
	LastLook    time.Time        `json:"last_look,omitzero"`
}

// JudgedTarget says whether what was seen is explained. Finding is the workflow id
// of the finding, and Found what it is about, when it is not.
type JudgedTarget struct {
	Target  string              `json:"target"`
	Verdict observation.Verdict `json:"verdict"`
	Finding string              `json:"finding,omitempty"`
	Found   *observation.Found  `json:"found,omitempty"`
}

// JudgeSeen holds what targets serve against what is on record, and puts on record
// what is explained from now on. A repetition finds that record and says that nothing
// changed, which is true by then; nothing else is recorded here.
func (j *Judgement) JudgeSeen(ctx context.Context, in JudgeSeenInput) ([]JudgedTarget, error) {
	past := &history{log: j.Log, runs: j.Runs, records: map[string][]evidence.Entry{}}
	out := make([]JudgedTarget, 0, len(in.Seen))
	for _, s := range in.Seen {
		judged, err := j.seen(ctx, in, s, past)
		if err != nil {
			return nil, translate(err)
		}
		out = append(out, judged)
	}
	return out, nil
}

func (j *Judgement) seen(ctx context.Context, in JudgeSeenInput, s SeenTarget, past *history) (JudgedTarget, error) {
	k := observation.Known{LastLook: s.LastLook}
	subject := observation.TargetSubject(s.Target)
	own, err := j.Log.Records(ctx, subject)
	if err != nil {
		return JudgedTarget{}, recordFailure(err)
	}
	nth, since := 0, uint64(0)
	for _, e := range own {
		if e.Record.Type != observation.EventObserved {
			continue
		}
		facts, err := recall[observation.ObservedFacts](e)
		if err != nil {
			return JudgedTarget{}, err
		}
		nth, since, k.Last = nth+1, e.Index, &facts.Seen
	}
	if k.Last != nil && k.LastLook.Before(k.Last.At) {
		k.LastLook = k.Last.At
	}
	if k.Rollouts, err = past.rollouts(ctx, s.Target, since, k.Last != nil); err != nil {
		return JudgedTarget{}, err
	}
	finding := observation.SubjectID(s.Target, s.Seen.Content, nth)
	if k.Last != nil && k.Last.Content != s.Seen.Content {
		switch st, err := j.Log.Standing(ctx, finding); {
		case err == nil:
			k.Finding, k.Number = observation.State(st.State), st.Number
		case !errors.Is(err, evidence.ErrNotFound):
			return JudgedTarget{}, recordFailure(err)
		}
		if k.Finding == "" { // where one stands, changes say nothing about it
			if k.Changes, err = past.changes(ctx, s, k.LastLook); err != nil {
				return JudgedTarget{}, err
			}
		}
	}
	out := JudgedTarget{Target: s.Target, Verdict: observation.Judge(s.Seen, k)}
	switch {
	case out.Verdict.Outcome == observation.Unexplained:
		out.Finding = finding
		out.Found = &observation.Found{
			Target: s.Target, System: s.System, Environment: s.Environment, Before: *k.Last, LastLook: k.LastLook, Seen: s.Seen,
			Meanwhile: out.Verdict.Meanwhile,
		}
	case out.Verdict.Outcome.Explains():
		facts := observation.ObservedFacts{Target: s.Target, Seen: s.Seen, Before: k.Last, Outcome: out.Verdict.Outcome, By: out.Verdict.By}
		ev := Head{Subject: subject, Run: in.Run, Rules: in.Rules}.Event(observation.ObservedKey(s.Target, nth+1), observation.EventObserved, s.Seen.At)
		ev.WorkflowID = in.Look
		if ev.Facts, err = json.Marshal(facts); err != nil {
			return out, &compliance.Failure{Class: compliance.Invalid, Op: "encode " + ev.Type, Err: err}
		}
		if _, err := j.Log.Append(ctx, []evidence.Event{ev}); err != nil {
			return out, recordFailure(err)
		}
	}
	return out, nil
}

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
		if e.Record.Type == change.EventSubmitted {
			var f change.SubmittedFacts
			if json.Unmarshal(e.Record.Facts, &f) == nil && f.System != "" {
				system, environment, planned = f.System, f.Environment, f.Duration
			}
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

// surfaceProcess is the surface of what a process reports of a change that it carries out.
const surfaceProcess = "process"

// byProcess reports whether an execution was begun by a process's report and not by a person.
func byProcess(e evidence.Entry) bool {
	var f change.ActFacts
	return json.Unmarshal(e.Record.Facts, &f) == nil && f.Surface == surfaceProcess
}
