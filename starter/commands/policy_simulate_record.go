package commands

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// recollection reads from the evidence log what a policy can be asked again.
type recollection struct {
	reader    *evidence.Reader
	snapshots map[string]*policy.Rules // by digest; nil where there is none to be had
}

// versions are those of one change that were submitted at or after since, as
// they were routed and decided; skipped counts those that a policy does not decide.
func (r recollection) versions(ctx context.Context, of evidence.Standing, since time.Time) (out []policy.Recorded, skipped int, err error) {
	entries, err := r.reader.Records(ctx, of.Subject)
	if err != nil {
		return nil, 0, err
	}
	open := false // the last version collects votes until it is decided
	var lost rules.LostEligibility
	for _, e := range entries {
		switch e.Record.Type {
		case rules.EventSubmitted, rules.EventNotSubmitted:
			var facts rules.SubmittedFacts
			open = false
			if json.Unmarshal(e.Record.Facts, &facts) != nil || e.Record.At.Before(since) {
				continue // facts that cannot be read are for evidence verify to tell
			}
			if facts.Reason == rules.IncompleteContent {
				skipped++
				continue
			}
			version := r.submitted(ctx, e.Record, facts)
			version.Number = of.Number
			out, open = append(out, version), true
			lost = r.onLost(ctx, e.Record, facts.Chain)
		case rules.EventDecided:
			var facts rules.ActFacts
			if open && json.Unmarshal(e.Record.Facts, &facts) == nil && e.Record.Actor != nil {
				out[len(out)-1].Votes = rules.Recast(out[len(out)-1].Votes, rules.Vote{ // a changed vote is its voter's last (C24)
					Person: compliance.PersonID(e.Record.Actor.Person), Level: facts.Level, Verdict: facts.Verdict, At: e.Record.At, Index: e.Index,
					For: facts.For, Delegation: facts.Delegation,
				})
			}
		case rules.EventResumed:
			// As the process does: whoever lost the right to decide while it was on hold
			// counts no more, as the chain of then says (C3, C5).
			var facts rules.ActFacts
			if open && json.Unmarshal(e.Record.Facts, &facts) == nil {
				last := &out[len(out)-1]
				last.Votes, _ = rules.AfterHold(rules.Route{OnLost: lost}, last.Votes, facts.Lost, 0)
			}
		case rules.EventApproved, rules.EventRejected, rules.EventExpired, rules.EventVoided:
			if open {
				out[len(out)-1].Then.Result = decidedAs(e.Record.Type)
			}
			open = false
		}
	}
	for i := range out {
		count(&out[i])
	}
	return out, skipped, nil
}

func decidedAs(event string) policy.Result {
	switch event {
	case rules.EventApproved:
		return policy.ResultApproved
	case rules.EventRejected:
		return policy.ResultRejected
	}
	return policy.ResultUndecided // expired, or replaced by an edit
}

// submitted is a version as its record has it.
func (r recollection) submitted(ctx context.Context, record evidence.Record, facts rules.SubmittedFacts) policy.Recorded {
	v := policy.Recorded{
		Subject: record.Subject, Version: facts.Version, At: record.At,
		Request: policy.Request{
			Case:      policy.Case{System: facts.System, Environment: facts.Environment, Risk: facts.Risk, Duration: facts.Duration},
			Requester: facts.Requester, Implementer: facts.Implementer, PlannedStart: facts.PlannedStart,
		},
		Then: policy.Outcome{Rule: facts.Rule, Chain: facts.Chain, Reason: facts.Reason, Result: policy.ResultUndecided},
	}
	if facts.Reason != rules.OK {
		v.Then.Result = policy.ResultRefused
	}
	for _, a := range facts.AskedBy {
		v.Request.Asked = append(v.Request.Asked, rules.Asker{Person: a.Person, As: a.Reason})
	}
	for _, l := range facts.Levels {
		v.Then.Levels = append(v.Then.Levels, policy.OutcomeLevel{Name: l.Name, Required: l.Required, Eligible: l.Eligible})
		v.Request.External = v.Request.External || l.UsesExternal
	}
	var content rules.Content
	if data := r.blob(ctx, record, "content"); json.Unmarshal(data, &content) == nil {
		// Whole, with what no fact repeats; also where nobody had to stand in.
		if snapshot, err := rules.Snap(content, compliance.Account{}); err == nil {
			v.Request.Case = policy.CaseOf(snapshot)
		}
	}
	// A process that carries the change out named the chain, where the rule of
	// then had another one.
	if then := r.rules(ctx, record); then != nil {
		if rule, err := then.Route(v.Request.Case); err == nil && facts.Chain != "" && rule.Chain != facts.Chain {
			v.Request.Chain = facts.Chain
		}
	}
	return v
}

// blob is the record's blob of that role; nil when it has none or it was erased.
func (r recollection) blob(ctx context.Context, record evidence.Record, role string) []byte {
	i := slices.IndexFunc(record.Blobs, func(b evidence.BlobRef) bool { return b.Role == role })
	if i < 0 {
		return nil
	}
	data, _ := r.reader.Blobs().Get(ctx, record.Blobs[i].Digest) // what is missing is left to evidence verify
	return data
}

// rules are those that the version was routed by.
func (r recollection) rules(ctx context.Context, record evidence.Record) *policy.Rules {
	if record.Rules == nil {
		return nil
	}
	known, ok := r.snapshots[record.Rules.Hash]
	if !ok {
		known, _ = policy.Restore(r.blob(ctx, record, "rules")) // nil when it cannot be read
		r.snapshots[record.Rules.Hash] = known
	}
	return known
}

// onLost is what the chain of then said of votes whose voter lost the right to decide.
// Where the rules of then cannot be read they are void, as without a word on it.
func (r recollection) onLost(ctx context.Context, record evidence.Record, chain string) rules.LostEligibility {
	if then := r.rules(ctx, record); then != nil {
		if c, ok := then.Chain(chain); ok {
			return c.OnLost
		}
	}
	return rules.VoidVote
}

// count says how many voted at each level.
func count(v *policy.Recorded) {
	for i := range v.Then.Levels {
		l := &v.Then.Levels[i]
		t := rules.Tally(i+1, rules.ResolvedLevel{Required: l.Required, Eligible: l.Eligible}, v.Votes)
		l.Approvals, l.Denials = t.Approvals, t.Denials
	}
}
