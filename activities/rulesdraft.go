package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/policy"
)

// Proposals is the capability to read rules that somebody asks for, and to say what
// they come to.
type Proposals struct {
	Blobs BlobStore
}

// DraftRulesInput are rules as they were sent, and what is in force by the record.
type DraftRulesInput struct {
	Content  []byte         `json:"content"` // canonical, as policy.Rules.Canonical gives it
	Standing rules.Standing `json:"standing"`
	// Base is the digest that the sender compared with; empty takes what is in force.
	Base string `json:"base,omitempty"`
	// Override is set where no change is asked for.
	Override bool `json:"override,omitempty"`
}

// DraftedRules is a proposal as a change holds it, or why there is none.
type DraftedRules struct {
	Reason rules.Reason `json:"reason,omitempty"`
	Detail string       `json:"detail,omitempty"`
	Rules  string       `json:"rules,omitempty"` // digest
	Base   string       `json:"base,omitempty"`
	// Of the change, by the rules in force.
	Site        string        `json:"site,omitempty"`
	System      string        `json:"system,omitempty"`
	Environment string        `json:"environment,omitempty"`
	Risk        string        `json:"risk,omitempty"`
	Lasts       time.Duration `json:"lasts,omitempty"`
	// Plan binds the change to the digest, and says what differs.
	Plan        string `json:"plan,omitempty"`
	Differences int    `json:"differences,omitempty"`
}

// mostShown bounds the differences in a ticket, in bytes: the trackers we know cut a
// text field at 32,767 characters. The record has all of them.
const mostShown = 24_000

// DraftRules stores rules and says what they say differently. What was in force
// before is read back as well: it is the way back. A crash after they were stored
// leaves an unreferenced blob.
func (p *Proposals) DraftRules(ctx context.Context, in DraftRulesInput) (DraftedRules, error) {
	wanted, err := policy.Restore(in.Content)
	if err != nil {
		return DraftedRules{Reason: rules.Unreadable, Detail: err.Error()}, nil
	}
	out := DraftedRules{Rules: wanted.Hash, Base: in.Base}
	if out.Base == "" {
		out.Base = in.Standing.Rules
	}
	if _, err := p.Blobs.Put(ctx, wanted.Canonical()); err != nil {
		return out, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err})
	}
	if out.Reason = in.Standing.JudgeProposal(out.Base, wanted.Hash); out.Reason != rules.OK {
		return out, nil
	}
	inForce, err := restored(ctx, p.Blobs, in.Standing.Rules)
	if err != nil {
		return out, translate(err)
	}
	found, err := differences(inForce, wanted)
	if err != nil {
		return out, translate(err)
	}
	of := inForce.Organisation().Rules
	out.Site, out.System, out.Environment, out.Risk, out.Lasts = inForce.Tickets().Site, of.System, of.Environment, of.Risk, policy.RulesChangeLasts
	out.Differences, out.Plan = len(found), plan(inForce, wanted, found)
	if _, err := inForce.Route(of.Case()); err != nil && !in.Override {
		out.Reason, out.Detail = rules.NoRoute, err.Error()
	}
	return out, nil
}

// plan is what the approvers of a change of the rules agree to.
func plan(before, after *policy.Rules, found []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Bring the rules with the digest %s into force, in the place of %s.\n\n%s:\n", after.Hash, before.Hash, compliance.Count(len(found), "difference", "differences"))
	for i, line := range found {
		if b.Len()+len(line) > mostShown {
			fmt.Fprintf(&b, "… and %d more; the record has all of them.\n", len(found)-i)
			break
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// ReadRulesInput names rules by their digest.
type ReadRulesInput struct {
	Rules string `json:"rules"`
}

// RulesContent are rules as they are kept.
type RulesContent struct {
	Content []byte `json:"content"`
}

// ReadRules reads rules that are kept, for a process that has no store of its own.
func (p *Proposals) ReadRules(ctx context.Context, in ReadRulesInput) (RulesContent, error) {
	r, err := restored(ctx, p.Blobs, in.Rules)
	if err != nil {
		return RulesContent{}, translate(err)
	}
	return RulesContent{Content: r.Canonical()}, nil
}
