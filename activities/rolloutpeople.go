package activities

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

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
