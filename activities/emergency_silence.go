package activities

import (
	"context"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
)

// RecordSilenceInput is an emergency that nobody on call answered in time.
type RecordSilenceInput struct {
	Head      Head             `json:"head"`
	Key       string           `json:"key"` // of the record
	Emergency change.Emergency `json:"emergency"`
	Gate      *gate.Question   `json:"gate,omitempty"` // nil where there is none
	State     change.State     `json:"state"`
	Version   int              `json:"version"`
	Hash      string           `json:"hash"`
	Now       time.Time        `json:"now"`
}

// RecordSilence puts on record that nobody answered, and begins the execution
// without approval; Reason is ReviewOpen when another emergency of the invoker
// began in the meantime. A repetition is answered from the record.
func (j *Judgement) RecordSilence(ctx context.Context, in RecordSilenceInput) (JudgedEmergency, error) {
	j.emergencies.Lock()
	defer j.emergencies.Unlock()
	entry, err := j.Log.Lookup(ctx, in.Key)
	if err == nil {
		facts, err := recall[change.MovedFacts](entry)
		return JudgedEmergency{Reason: facts.Reason, To: change.State(facts.To), Emergency: facts.Emergency, Index: entry.Index}, translate(err)
	}
	if !errors.Is(err, evidence.ErrNotFound) {
		return JudgedEmergency{}, translate(recordFailure(err))
	}
	rules, err := j.Source.Rules(ctx)
	if err != nil {
		return JudgedEmergency{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	g := glass{Judgement: j, in: JudgeEmergencyInput{Head: in.Head, State: in.State, Gate: in.Gate, Now: in.Now}, rules: rules}
	e := in.Emergency
	e.Answer, e.AnsweredAt = change.Unanswered, in.Now.UTC()
	out := JudgedEmergency{Emergency: &e}
	if err := g.enter(ctx, &e, &out); err != nil {
		return JudgedEmergency{}, translate(err)
	}
	ev := in.Head.Event(in.Key, change.EventUnanswered, in.Now)
	ev.State = string(out.To)
	ev.Facts = encoded(change.MovedFacts{Version: in.Version, From: string(in.State), To: string(out.To), Reason: out.Reason, Hash: in.Hash, Emergency: &e})
	receipts, err := j.Log.Append(ctx, []evidence.Event{ev})
	if err != nil {
		return JudgedEmergency{}, translate(recordFailure(err))
	}
	out.Index = receipts[0].Index
	return out, nil
}
