package activities

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/observation"
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
