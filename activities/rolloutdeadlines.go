package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

// deadlines sets a clock for each vulnerability on each target (P13, P14).
func deadlines(rules *policy.Rules, route patch.Route, list []patch.Vulnerability, now time.Time) []patch.Deadline {
	all, _ := rules.Patching()
	class, _ := rules.PatchClass(route.Class)
	var out []patch.Deadline
	for _, v := range list {
		start, unused, reason := patch.Earliest(v.Evidence, class.Evidence, now)
		for _, t := range route.Targets {
			target, ok := rules.PatchTarget(t.ID)
			if !ok {
				continue // taken out of the policy since
			}
			ruling := all.Table.Decide(target.Inputs(v.Exploited, v.Automatable, v.Impact))
			out = append(out, patch.Deadline{Clock: patch.NewClock(v.ID, t.ID, start, ruling, v.Feed), Unused: unused, Reason: reason})
		}
	}
	return out
}

// ReckonDeadlinesInput is what became known of vulnerabilities of a rollout.
type ReckonDeadlinesInput struct {
	RulesHash       string                `json:"rules_hash"`
	Class           string                `json:"class"`
	Targets         []patch.RouteTarget   `json:"targets"`
	Vulnerabilities []patch.Vulnerability `json:"vulnerabilities"`
}

// ReckonedDeadlines are the clocks as the rules of the rollout set them now.
type ReckonedDeadlines struct {
	Deadlines []patch.Deadline `json:"deadlines,omitempty"`
}

// ReckonDeadlines sets clocks again from new facts, by the rules that the
// rollout is pinned to, wherever its policy is now (P15).
func (r *Rollouts) ReckonDeadlines(ctx context.Context, in ReckonDeadlinesInput) (ReckonedDeadlines, error) {
	op := "reckon deadlines"
	data, err := r.Blobs.Get(ctx, "sha256:"+in.RulesHash)
	if err != nil {
		return ReckonedDeadlines{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the pinned rules cannot be read", Err: err})
	}
	rules, err := policy.Restore(data)
	if err != nil {
		return ReckonedDeadlines{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "the pinned rules cannot be used", Err: err})
	}
	route := patch.Route{Class: in.Class, Targets: in.Targets}
	return ReckonedDeadlines{Deadlines: deadlines(rules, route, in.Vulnerabilities, r.Now())}, nil
}
