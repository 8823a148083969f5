package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Gate is what was handed over for the pre-deployment gate and what its checks came
// to. It outlives versions: evidence about an artefact that did not change goes on
// counting.
type Gate struct {
	Given   []gate.Given  `json:"given,omitempty"`
	Results []gate.Result `json:"results,omitempty"`
	// Findings are where the checks stood at the instant At, exceptions included.
	Findings []gate.Finding `json:"findings,omitempty"`
	At       time.Time      `json:"at,omitzero"`
}

// question is the gate of the version as it can be judged now; nil without one.
func (s *State) question() *gate.Question {
	if s.Version.Suite == nil {
		return nil
	}
	return &gate.Question{
		Suite: *s.Version.Suite, Attached: gate.Attached(s.Gate.Given), Results: s.Gate.Results,
		System: s.Version.Snapshot.System, Environment: s.Version.Snapshot.Environment, Number: s.Number,
	}
}

// gated takes over the gate of a new version with what its checks come to on what
// was handed over before; exceptions are asked for when somebody acts.
func (c *process) gated(ctx workflow.Context, next *Version, resolved *steps.ResolvedGate) {
	if resolved == nil {
		return
	}
	next.Suite = &resolved.Suite
	c.s.Gate.Results = resolved.Results
	now := workflow.Now(ctx)
	q := gate.Question{
		Suite: resolved.Suite, Attached: gate.Attached(c.s.Gate.Given), Results: resolved.Results,
		System: next.Snapshot.System, Environment: next.Snapshot.Environment, Number: c.s.Number,
	}
	c.seen(gate.Judge(q, nil, now), now)
}

// seen keeps where the checks stand, for people.
func (c *process) seen(findings []gate.Finding, at time.Time) {
	if len(findings) > 0 {
		c.s.Gate.Findings, c.s.Gate.At = findings, at
		c.Show()
	}
}

// handOver takes evidence for the gate: the checks run on it where files may be
// read, and it counts, with what they came to, once it is on record. A crash in
// between runs the checks again; what is on record by then is the answer.
func (c *process) handOver(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	var feeds []string
	last := c.s.Index
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedGate, error) {
		v := c.s.Version
		ask := steps.JudgeGateInput{
			Head: c.head(), Inbound: in, State: c.s.State, Version: v.N, Hash: v.Snapshot.Hash,
			Requester: v.Route.Requester, Implementer: v.Route.Implementer, Gate: c.s.question(), Now: workflow.Now(ctx),
		}
		if ask.Gate != nil {
			var err error
			ask.Inspected, err = steps.InspectGate(ctx, steps.InspectGateInput{
				Snapshot: v.Snapshot, RulesHash: v.Route.RulesHash, Inbound: in, Given: c.s.Gate.Given, Now: ask.Now,
			})
			if err != nil {
				return steps.JudgedGate{}, err
			}
			feeds = ask.Inspected.Feeds
		}
		return steps.JudgeGate(ctx, ask)
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	c.s.Index = max(last, j.Index)
	if j.Reason == rules.OK && j.Index <= last {
		return declined(rules.AlreadyRecorded, "", ""), nil // see followed
	}
	now := workflow.Now(ctx)
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact("hand over evidence", j.Person, j.Reason, now))
		return declined(j.Reason, "", j.Field), nil
	}
	was := len(gate.Open(c.s.Gate.Findings)) > 0
	c.s.Gate.Given, c.s.Gate.Results = j.Given, j.Results
	c.seen(j.Findings, now)
	c.s.Logged(compliance.Fact{Text: "Evidence for the gate (" + gate.Summary(j.Findings) + ") by", People: []compliance.PersonID{j.Person}, At: now})
	c.tellGate(j.Person, was)
	c.askPackages(ctx, in, feeds)
	return compliance.Reply{Outcome: compliance.Recorded, Text: c.s.Number + ": recorded. The gate is " + gate.Summary(j.Findings) + ".\n" + gate.Mend(j.Findings)}, nil
}

// tellGate calls whom the new standing of the gate concerns and who does not learn
// of it by their own act: the requester while something is to be mended, and those
// whose approvals count from now on.
func (c *process) tellGate(by compliance.PersonID, was bool) {
	v := c.s.Version
	c.s.Sequence++
	key := fmt.Sprintf("%s/v%d/gate/%d", c.s.Number, v.N, c.s.Sequence)
	mend := gate.Mend(c.s.Gate.Findings)
	switch level, open := v.level(); {
	case mend != "" && by != v.Route.Requester:
		c.Call(key, c.s.Number+": the gate is open.\n"+mend, v.Route.Requester)
	case mend == "" && was && open:
		c.Call(key, c.s.Number+": the gate is passed, so approvals count now.", rules.Tally(v.Level, level, v.Votes).Outstanding...)
	}
}

// gateFacts say on card and ticket what the gate wants and where it stands: its
// checks, what they came to, on what, and which exception excuses which.
func gateFacts(s State) []compliance.Fact {
	if s.Version.Suite == nil || s.State.Terminal() {
		return nil
	}
	facts := []compliance.Fact{{Label: "Gate, " + s.Version.Suite.Name, Text: gate.Summary(s.Gate.Findings)}}
	for _, f := range s.Gate.Findings {
		one := compliance.Fact{Label: "Check, " + f.Check.Name(), Text: f.Standing()}
		switch {
		case f.Waived != nil:
			one.Text += "; excused by " + f.Waived.Number + " until"
			one.At = f.Waived.Until
		case f.Reason == gate.OK && !f.Until.IsZero():
			one.Text += "; good until"
			one.At = f.Until
		}
		facts = append(facts, one)
	}
	return facts
}

// gateMend are the lines that say how to close the gate, for the ticket.
func gateMend(s State) []compliance.Fact {
	if s.Version.Suite == nil {
		return nil
	}
	var facts []compliance.Fact
	for _, f := range gate.Open(s.Gate.Findings) {
		facts = append(facts, compliance.Fact{Label: "Gate", Text: gate.Mend([]gate.Finding{f})})
	}
	if len(facts) > 0 {
		facts = append(facts, compliance.Fact{Text: "No approval counts while the gate is open. Hand evidence over with: starter change gate " + s.Number})
	}
	return facts
}

// submittedGate is the gate of a version for its record.
func submittedGate(s State) *rules.SubmittedGate {
	if s.Version.Suite == nil {
		return nil
	}
	return &rules.SubmittedGate{Name: s.Version.Suite.Name, Checks: s.Version.Suite.Checks, Results: s.Gate.Results}
}
