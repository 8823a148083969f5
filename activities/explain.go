package activities

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeExplanationInput is what somebody did about a finding, and how it stands.
type JudgeExplanationInput struct {
	Head    Head               `json:"head"`
	Inbound compliance.Inbound `json:"inbound"`
	Found   observation.Found  `json:"found"`
	State   observation.State  `json:"state"`
	// Approvers are the groups known last: they decide where the policy has the
	// target no more.
	Approvers []string `json:"approvers,omitempty"`
}

// JudgedExplanation is what came of it.
type JudgedExplanation struct {
	Person compliance.PersonID `json:"person,omitempty"`
	By     string              `json:"by,omitempty"`
	Reason observation.Reason  `json:"reason,omitempty"`
	Field  string              `json:"field,omitempty"`
	Index  uint64              `json:"index"`
}

// JudgeExplanation judges an act by the policy, the directory and the record as they
// are now and puts it on record, counted or refused. It answers a repetition from the record.
func (j *Judgement) JudgeExplanation(ctx context.Context, in JudgeExplanationInput) (JudgedExplanation, error) {
	act, read, field := observation.ParseAct(in.Inbound)
	rules, err := j.Source.Rules(ctx)
	if err != nil {
		return JudgedExplanation{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	named := observation.Named{}
	if read == observation.OK {
		if named, err = j.named(ctx, act.By); err != nil {
			return JudgedExplanation{}, translate(err)
		}
	}
	recalled := func(e evidence.Entry) (JudgedExplanation, error) {
		f, err := recall[observation.ActFacts](e)
		return JudgedExplanation{Person: compliance.PersonID(e.Record.Actor.Person), By: f.By, Reason: f.Reason, Field: f.Field}, err
	}
	in.Head.Rules = evidence.Rules{Version: rules.Version, Hash: rules.Hash}
	out, index, err := judged(ctx, j, in.Head, observation.ActKey(in.Head.owner(), in.Inbound.Delivery), in.Inbound, recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedExplanation], error) {
			who := observation.Actor{Approver: known && member(dir, person.ID, in.approvers(rules))}
			switch {
			case !known:
				who.Reason = observation.UnknownPerson
			case !person.ActiveAt(in.Inbound.Received):
				who.Reason = observation.Inactive
			}
			state := in.State
			if head.over { // the engine's databases are older than the log
				state = observation.Explained
			}
			out := JudgedExplanation{Person: person.ID, By: act.By, Reason: read, Field: field}
			if reason, at := observation.Explain(state, head.Number, in.Found.System, act, who, named); read == observation.OK || who.Reason != observation.OK || !who.Approver {
				out.Reason, out.Field = reason, at
			}
			ev := head.Event(observation.ActKey(head.owner(), in.Inbound.Delivery), observation.EventRefused, in.Inbound.Received)
			if out.Reason == observation.OK {
				ev = head.Event(ev.Key, observation.EventExplained, in.Inbound.Received)
				ev.State, ev.Final = string(observation.Explained), true
			}
			return verdict[JudgedExplanation]{Event: ev, Result: out, Reason: string(out.Reason), Facts: observation.ActFacts{
				Action: in.Inbound.Action, Delivery: in.Inbound.Delivery, Surface: in.Inbound.Surface, Message: in.Inbound.Message,
				Received: in.Inbound.Received.UTC(), Ref: in.Inbound.Ref, By: out.By, Reason: out.Reason, Field: out.Field, Stood: in.State,
			}}, nil
		})
	out.Index = index
	return out, err
}

// approvers are the groups that explain findings about the target now.
func (in JudgeExplanationInput) approvers(rules *policy.Rules) []string {
	if t, ok := rules.PatchTarget(in.Found.Target); ok {
		return explainers(rules, t.Class)
	}
	return in.Approvers
}

// named is what the record knows under a number.
func (j *Judgement) named(ctx context.Context, number string) (observation.Named, error) {
	st, err := j.Log.ByNumber(ctx, number)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return observation.Named{}, nil
	case err != nil:
		return observation.Named{}, recordFailure(err)
	}
	entries, err := j.Log.Records(ctx, st.Subject)
	if err != nil {
		return observation.Named{}, recordFailure(err)
	}
	kind, _, _ := strings.Cut(st.Subject, "/")
	out := observation.Named{Kind: kind}
	if kind == "change" {
		system, _, carried := executions(entries)
		out.Systems, out.Executed = []string{system}, len(carried) > 0
		return out, nil
	}
	for _, e := range entries { // whichever of its records say it
		var f struct {
			System  string   `json:"system"`
			Systems []string `json:"systems"`
		}
		if json.Unmarshal(e.Record.Facts, &f) == nil {
			out.Systems = append(append(out.Systems, f.Systems...), f.System)
		}
	}
	return out, nil
}
