package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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

// people finds who asks, who answers for it and who may act.
func (o *ResolvedRollout) people(rules *policy.Rules, dir *policy.Directory, of policy.Rollout, in ResolveRolloutInput, now time.Time) {
	class, _ := rules.PatchClass(of.Class)
	route := &o.Route
	route.Class, route.Chain, route.Site = of.Class, class.Chain, rules.Tickets().Site
	if !in.Requester.IsZero() {
		person, known := theOne(dir, in.Requester)
		switch {
		case !known:
			o.refuse("requester", "The directory does not name exactly one person for the account %s:%s. Ask its owner to link it.", in.Requester.Provider, in.Requester.ID)
		case !person.ActiveAt(now):
			o.refuse("requester", "%s is not active in the directory.", person.ID)
		}
		route.Requester = person.ID
	}
	chain, _ := rules.Chain(class.Chain) // a class without its chain does not load
	route.Wait = chain.Validity
	for _, l := range chain.Levels {
		for _, g := range l.Groups {
			if !slices.Contains(route.Groups, g) {
				route.Groups = append(route.Groups, g)
			}
		}
	}
	route.Audience = audienceOf(rules, dir, of, now)
	a := route.Audience
	for _, p := range []compliance.PersonID{route.Requester, a.Owner, a.Manager, a.Sponsor} {
		if p != "" && !slices.Contains(route.People, p) {
			route.People = append(route.People, p)
		}
	}
	providers := map[string]bool{}
	for _, id := range route.People {
		person, _ := dir.Person(id)
		for provider := range person.Accounts {
			providers[provider] = true
		}
	}
	route.Channels = append(slices.Sorted(maps.Keys(providers)), compliance.MailChannel)
	if owner, ok := dir.Person(a.Owner); ok {
		for _, provider := range slices.Sorted(maps.Keys(owner.Accounts)) {
			route.OwnerAccount = compliance.Account{Provider: provider, ID: owner.Accounts[provider]}
			break
		}
	}
	if all, ok := rules.Patching(); ok {
		route.Watch = all.Watch
	}
}

// audienceOf is who answers for the targets of a rollout; nobody where there are
// none of it any more.
func audienceOf(rules *policy.Rules, dir *policy.Directory, of policy.Rollout, now time.Time) patch.Audience {
	for _, t := range rules.PatchTargets() {
		if t.Class == of.Class && t.System == of.System {
			return rules.PatchAudience(t, dir, now)
		}
	}
	return patch.Audience{}
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

// ResolveAudienceInput names whose targets a deadline is about.
type ResolveAudienceInput struct {
	System string `json:"system"`
	Class  string `json:"class"`
}

// ResolvedAudience is who answers for them now; nobody where the rules have none
// of them any more.
type ResolvedAudience struct {
	Audience patch.Audience `json:"audience"`
}

// ResolveAudience says who a warning goes to at this moment: the owner by the rules
// in force now, whatever a rollout was planned by, with the manager and the sponsor
// as the live directory has them (P19).
func (r *Rollouts) ResolveAudience(ctx context.Context, in ResolveAudienceInput) (ResolvedAudience, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return ResolvedAudience{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ResolvedAudience{}, translate(err)
	}
	return ResolvedAudience{audienceOf(rules, dir, policy.Rollout{System: in.System, Class: in.Class}, r.Now())}, nil
}

// IdentifyInput asks who is behind an account and whether they may act.
type IdentifyInput struct {
	Account compliance.Account `json:"account"`
	Route   patch.Route        `json:"route"` // Groups and People only
}

// Identified is the person, nobody when the directory does not name exactly one.
type Identified struct {
	Person compliance.PersonID `json:"person,omitempty"`
	Reason patch.Reason        `json:"reason,omitempty"`
}

// IdentifyActor says who acts, for what must not wait for the log: the order of
// the way back. It reads the directory only.
func (r *Rollouts) IdentifyActor(ctx context.Context, in IdentifyInput) (Identified, error) {
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return Identified{}, translate(err)
	}
	person, _ := theOne(dir, in.Account)
	return Identified{Person: person.ID, Reason: in.Route.MayAct(person, r.Now())}, nil
}
