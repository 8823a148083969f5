package activities

import (
	"context"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeGateInput is a handing over and everything it is judged by but the directory
// and the exceptions. Inspected is what InspectGate made of it.
type JudgeGateInput struct {
	Head        Head                `json:"head"`
	Inbound     compliance.Inbound  `json:"inbound"`
	State       change.State        `json:"state"`
	Version     int                 `json:"version"`
	Hash        string              `json:"hash"`
	Requester   compliance.PersonID `json:"requester"`
	Implementer compliance.PersonID `json:"implementer"`
	// Gate is nil where the version has none.
	Gate      *gate.Question `json:"gate,omitempty"`
	Inspected InspectedGate  `json:"inspected"`
	Now       time.Time      `json:"now"`
}

// JudgedGate is what came of it, and what counts since.
type JudgedGate struct {
	Person   compliance.PersonID `json:"person,omitempty"`
	Reason   change.Reason       `json:"reason,omitempty"`
	Field    string              `json:"field,omitempty"`
	Given    []gate.Given        `json:"given,omitempty"`
	Results  []gate.Result       `json:"results,omitempty"`
	Findings []gate.Finding      `json:"findings,omitempty"`
	Index    uint64              `json:"index"`
}

// JudgeGate checks who hands evidence over and puts it on record with what the
// checks came to, or the refusal. Like JudgeDecision it answers a repetition from
// the record: what counts is what stands there, not what a later attempt saw.
func (j *Judgement) JudgeGate(ctx context.Context, in JudgeGateInput) (JudgedGate, error) {
	key := change.ActKey(in.Head.owner(), in.Inbound.Delivery)
	out, index, err := judged(ctx, j, in.Head, key, in.Inbound, in.recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedGate], error) {
			in.Head = head
			out := in.judge(dir, person, known)
			ev := head.Event(key, change.EventRefused, in.Inbound.Received)
			if out.Reason != change.OK {
				facts := actFacts(in.Inbound, person)
				facts.Version, facts.Hash, facts.Reason, facts.Stood = in.Version, in.Hash, out.Reason, string(in.State)
				return verdict[JudgedGate]{Event: ev, Facts: facts, Result: out, Reason: string(out.Reason)}, nil
			}
			ev.Type, ev.Controls = change.EventGated, controls(change.EventGated)
			for _, g := range out.Given {
				if slices.Contains(in.Inspected.New, g.Part) && slices.Contains(gate.Files(), g.Part) {
					ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: string(g.Part), Digest: g.Digest})
				}
			}
			var err error
			out.Findings, err = j.findings(ctx, in.question(out.Results, out.Given), in.Now)
			return verdict[JudgedGate]{Event: ev, Facts: in.facts(out, person), Result: out}, err
		})
	if err != nil {
		return JudgedGate{}, err
	}
	if out.Reason == change.OK && len(out.Findings) == 0 { // recalled: the exceptions are looked up now
		if out.Findings, err = j.findings(ctx, in.question(out.Results, out.Given), in.Now); err != nil {
			return JudgedGate{}, err
		}
	}
	out.Index = index
	return out, nil
}

func (in JudgeGateInput) judge(dir *policy.Directory, person compliance.Person, known bool) JudgedGate {
	out := JudgedGate{Person: person.ID}
	handed, bad, field := change.ParseGate(in.Inbound)
	switch {
	case in.Head.over:
		out.Reason = change.AlreadyClosed
	case !known:
		out.Reason = change.UnknownPerson
	case !person.ActiveAt(in.Now):
		out.Reason = change.Inactive
	case bad != change.OK:
		out.Reason, out.Field = bad, field
	default:
		h := change.Handing{
			Number: in.Head.Number, State: in.State, Version: in.Version, Hash: in.Hash, Gated: in.Gate != nil,
			Requester: in.Requester, Implementer: in.Implementer,
		}
		if in.Gate != nil {
			h.Sends = member(dir, person.ID, in.Gate.Suite.Senders)
		}
		out.Reason = change.JudgeGate(h, handed.Binding, person.ID)
	}
	if out.Reason == change.OK && in.Inspected.Missing != "" {
		out.Reason, out.Field = change.FileMissing, string(in.Inspected.Missing)
	}
	if out.Reason == change.OK {
		out.Given, out.Results = in.Inspected.Given, in.Inspected.Results
	}
	return out
}

// question is the gate with these results.
func (in JudgeGateInput) question(results []gate.Result, given []gate.Given) *gate.Question {
	if in.Gate == nil {
		return nil
	}
	q := *in.Gate
	q.Results, q.Attached = results, gate.Attached(given)
	return &q
}

func (in JudgeGateInput) facts(out JudgedGate, person compliance.Person) change.GatedFacts {
	f := change.GatedFacts{
		Action: in.Inbound.Action, Delivery: in.Inbound.Delivery, Surface: in.Inbound.Surface, Message: in.Inbound.Message,
		Received: in.Inbound.Received.UTC(), Version: in.Version, Hash: in.Hash, Gate: in.Gate.Suite.Name, Groups: person.Groups,
		New: in.Inspected.New, Given: out.Given, Results: out.Results, Marks: gate.Marks(out.Findings),
	}
	if h, bad, _ := change.ParseGate(in.Inbound); bad == change.OK && h.Synthetic != nil {
		f.Stated = &change.Attested{Name: h.Synthetic.Name, Text: h.Synthetic.Shown, Answer: h.Synthetic.Value}
	}
	return f
}

// recalled rebuilds the answer from the record of an earlier attempt.
func (in JudgeGateInput) recalled(e evidence.Entry) (JudgedGate, error) {
	person := compliance.PersonID(e.Record.Actor.Person)
	if e.Record.Type == change.EventRefused {
		facts, err := recall[change.ActFacts](e)
		return JudgedGate{Person: person, Reason: facts.Reason}, err
	}
	facts, err := recall[change.GatedFacts](e)
	return JudgedGate{Person: person, Given: facts.Given, Results: facts.Results}, err
}

// findings judges a gate with the exceptions in force; none for a change without one.
// Exceptions are read only where a check has not passed by itself.
func (j *Judgement) findings(ctx context.Context, q *gate.Question, now time.Time) ([]gate.Finding, error) {
	if q == nil {
		return nil, nil
	}
	findings := gate.Judge(*q, nil, now)
	open := gate.Open(findings)
	if len(open) == 0 {
		return findings, nil
	}
	ask := ExceptionsInput{System: q.System, Environment: q.Environment, At: now}
	for _, f := range open {
		ask.Controls = append(ask.Controls, f.Check.Control())
	}
	waivers, err := j.ExceptionsInForce(ctx, ask)
	if err != nil {
		return nil, err
	}
	return gate.Judge(*q, func(c gate.Check) (gate.Waiver, bool) {
		for _, w := range waivers { // the one that lasts longest first
			if w.Covers(c.Control(), q.System, q.Environment, q.Number, now) {
				return gate.Waiver{Number: w.Number, Until: w.Until}, true
			}
		}
		return gate.Waiver{}, false
	}, now), nil
}
