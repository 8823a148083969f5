package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

// Rollouts is the capability to ask the rules and the directory about rollouts.
type Rollouts struct {
	Source PolicySource
	Blobs  BlobStore
	Now    func() time.Time
}

// ResolveRolloutInput is what a rollout is resolved by.
type ResolveRolloutInput struct {
	System string `json:"system"`
	// Class may be empty where the system has rollouts of one class only.
	Class   string        `json:"class,omitempty"`
	Payload patch.Payload `json:"payload"`
	// Requester is who asks; zero for an advisory.
	Requester compliance.Account `json:"requester,omitzero"`
	// Vulnerabilities are what the rollout mends, with what is known of them.
	Vulnerabilities []patch.Vulnerability `json:"vulnerabilities,omitempty"`
	Risk            string                `json:"risk,omitempty"`
}

// ResolvedRollout is the route with its deadlines, or why there is none.
type ResolvedRollout struct {
	Route     patch.Route      `json:"route"`
	Deadlines []patch.Deadline `json:"deadlines,omitempty"`
	Reason    patch.Reason     `json:"reason,omitempty"`
	// Problems says each thing that stands in the way.
	Problems []patch.Problem `json:"problems,omitempty"`
}

// ResolveRollout reads once what a rollout does: its rings, targets, suites,
// people and deadlines. The rules and the suites are kept as blobs, so that a
// later edit of the policy changes nothing about it (P6).
func (r *Rollouts) ResolveRollout(ctx context.Context, in ResolveRolloutInput) (ResolvedRollout, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return ResolvedRollout{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ResolvedRollout{}, translate(err)
	}
	if _, err := r.Blobs.Put(ctx, rules.Canonical()); err != nil {
		return ResolvedRollout{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err})
	}
	out := ResolvedRollout{Route: patch.Route{RulesVersion: rules.Version, RulesHash: rules.Hash, DirectoryVersion: dir.Version, System: in.System}}
	of, ok := rolloutOf(rules, in, &out)
	if !ok {
		return out, nil
	}
	out.people(rules, dir, of, in, r.Now())
	out.targets(rules, of, in)
	if err := r.suites(ctx, rules, &out.Route); err != nil {
		return ResolvedRollout{}, translate(err)
	}
	out.Deadlines = deadlines(rules, out.Route, in.Vulnerabilities, r.Now())
	return out, nil
}

// rolloutOf finds which rollout is meant.
func rolloutOf(rules *policy.Rules, in ResolveRolloutInput, out *ResolvedRollout) (policy.Rollout, bool) {
	var fits []policy.Rollout
	var systems, classes []string
	for _, of := range rules.Rollouts() {
		if !slices.Contains(systems, of.System) {
			systems = append(systems, of.System)
		}
		if of.System == in.System {
			classes = append(classes, of.Class)
			if in.Class == "" || of.Class == in.Class {
				fits = append(fits, of)
			}
		}
	}
	slices.Sort(systems)
	slices.Sort(classes)
	switch {
	case len(fits) == 1:
		return fits[0], true
	case len(classes) == 0:
		out.refuse("system", "The policy has no targets in the system %q. It has some in: %s.", in.System, strings.Join(systems, ", "))
	case in.Class == "":
		out.refuse("class", "The system %q has targets of several classes. Say which one: %s.", in.System, strings.Join(classes, ", "))
	default:
		out.refuse("class", "The system %q has no targets of the class %q. It has: %s.", in.System, in.Class, strings.Join(classes, ", "))
	}
	return policy.Rollout{}, false
}

func (o *ResolvedRollout) refuse(field, format string, args ...any) {
	o.Reason = patch.PlanRefused
	o.Problems = append(o.Problems, patch.Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// targets puts the plan together with how its targets are reached.
func (o *ResolvedRollout) targets(rules *policy.Rules, of policy.Rollout, in ResolveRolloutInput) {
	route := &o.Route
	route.Plan, _ = rules.PatchPlan(of, in.Payload)
	for i, ring := range route.Plan.Rings {
		for _, id := range ring.Targets {
			t, _ := rules.PatchTarget(id)
			route.Targets = append(route.Targets, patch.RouteTarget{Target: t.Target(), Ring: i, Environment: t.Environment})
		}
	}
	route.Environment = route.EnvironmentOf(0)
	if places := rules.PatchPlaces(of, policy.PlaceScratch); len(places) > 0 {
		route.Scratch = &patch.RouteTarget{Target: places[0].Place(), Ring: -1}
	}
	risk := in.Risk
	if risk == "" {
		risk = "medium"
	}
	rule, err := rules.Route(policy.Case{System: of.System, Environment: route.Environment, Risk: risk})
	if err != nil {
		o.refuse("risk", "No routing rule of the policy matches %s, %s and risk %s, so there is no channel for its card and no way for its change.", of.System, route.Environment, risk)
	}
	route.Channel = rule.Channel
}

// suites keeps the definitions of the suites that the rings name.
func (r *Rollouts) suites(ctx context.Context, rules *policy.Rules, route *patch.Route) error {
	for _, ring := range route.Plan.Rings {
		for _, name := range ring.Suites {
			if route.Suite(name) != "" {
				continue
			}
			suite, _ := rules.Suite(name) // a ring's suite exists
			data, err := json.Marshal(suite)
			if err != nil {
				return &compliance.Failure{Class: compliance.Invalid, Op: "encode suite " + name, Err: err}
			}
			digest, err := r.Blobs.Put(ctx, data)
			if err != nil {
				return &compliance.Failure{Class: compliance.Unavailable, Op: "store suite " + name, Err: err}
			}
			route.Suites = append(route.Suites, patch.RouteSuite{Name: name, Digest: digest})
		}
	}
	return nil
}
