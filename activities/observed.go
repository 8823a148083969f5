package activities

import (
	"context"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// ResolveObservedInput asks which targets are observed as the rules have it now.
type ResolveObservedInput struct{}

// ResolvedObserved is what is observed.
type ResolvedObserved struct {
	Rules   evidence.Rules   `json:"rules"`
	Targets []ObservedTarget `json:"targets,omitempty"` // in the order of the rules
}

// ObservedTarget is a target that is observed, and whom a finding about it concerns.
type ObservedTarget struct {
	Target      compliance.Target   `json:"target"`
	System      string              `json:"system"`
	Environment string              `json:"environment"`
	Title       string              `json:"title"` // what the system is called
	Every       time.Duration       `json:"every"`
	Channel     string              `json:"channel,omitempty"` // of the system's changes
	Owner       compliance.PersonID `json:"owner,omitempty"`   // who answers for the target
	// Approvers are the groups that decide on rollouts there, Deciders their active members.
	Approvers []string              `json:"approvers,omitempty"`
	Deciders  []compliance.PersonID `json:"deciders,omitempty"`
}

// ResolveObserved reads which targets are observed and whom that concerns. The rules
// are kept as a blob, so that a record made by them can be explained.
func (r *Rollouts) ResolveObserved(ctx context.Context, _ ResolveObservedInput) (ResolvedObserved, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return ResolvedObserved{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ResolvedObserved{}, translate(err)
	}
	out := ResolvedObserved{Rules: evidence.Rules{Version: rules.Version, Hash: rules.Hash, Directory: dir.Version}}
	for _, t := range rules.Observed() {
		out.Targets = append(out.Targets, observed(rules, dir, t, r.Now()))
	}
	if len(out.Targets) == 0 {
		return out, nil
	}
	if _, err := r.Blobs.Put(ctx, rules.Canonical()); err != nil {
		return ResolvedObserved{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err})
	}
	return out, nil
}

func observed(rules *policy.Rules, dir *policy.Directory, t policy.Observed, now time.Time) ObservedTarget {
	out := ObservedTarget{
		Target: t.Target(), System: t.System, Environment: t.Environment, Title: t.System, Every: t.Every,
		Owner: rules.PatchAudience(t.PatchTarget, dir, now).Owner, Approvers: explainers(rules, t.Class),
	}
	if s, ok := rules.System(t.System); ok {
		out.Title = s.Name
	}
	if rule, err := rules.Route(policy.Case{System: t.System, Environment: t.Environment, Risk: "medium"}); err == nil {
		out.Channel = rule.Channel
	}
	for _, m := range dir.Members(out.Approvers) {
		if m.Person.ActiveAt(now) && !slices.Contains(out.Deciders, m.Person.ID) {
			out.Deciders = append(out.Deciders, m.Person.ID)
		}
	}
	return out
}

// explainers are the groups that decide on rollouts to a class of targets.
func explainers(rules *policy.Rules, class string) []string {
	var groups []string
	c, _ := rules.PatchClass(class)
	chain, _ := rules.Chain(c.Chain)
	for _, l := range chain.Levels {
		for _, g := range l.Groups {
			if !slices.Contains(groups, g) {
				groups = append(groups, g)
			}
		}
	}
	return groups
}
