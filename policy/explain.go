package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Request is a change as far as a policy is asked about it.
type Request struct {
	Case
	// Requester and Implementer are empty where the directory does not name
	// exactly one person.
	Requester   compliance.PersonID
	Implementer compliance.PersonID
	// Asked are those who had a part in asking, besides the requester (C5).
	Asked []change.Asker
	// Chain is the chain that a carrying process names; the rule's when empty.
	Chain        string
	PlannedStart time.Time
}

// Explanation says what a policy makes of a change at one instant. Its JSON
// names are a contract with scripts and only added to.
type Explanation struct {
	At               time.Time `json:"at"` // UTC
	RulesHash        string    `json:"rules_hash"`
	DirectoryVersion string    `json:"directory_version"`
	System           string    `json:"system"`
	Environment      string    `json:"environment"`
	Risk             string    `json:"risk"`
	// Rules are the routing rules in order, up to the one that decided.
	Rules []ConsideredRule `json:"rules"`
	Rule  string           `json:"rule,omitempty"`
	Chain string           `json:"chain,omitempty"`
	// Channel is the logical name of where the card appears.
	Channel     string              `json:"channel,omitempty"`
	Requester   compliance.PersonID `json:"requester,omitempty"`
	Implementer compliance.PersonID `json:"implementer,omitempty"`
	Levels      []ExplainedLevel    `json:"levels,omitempty"`
	// Deputies are those in force for anybody named here: they share the duties
	// of whom they act for, and decide in their place at the levels whose
	// delegations name them (C9).
	Deputies []Deputy `json:"deputies,omitempty"`
	// Validity is how long the approval stands, Resubmit how long a rejected
	// change waits for a new version; elapsed time.
	Validity time.Duration          `json:"validity,omitempty"`
	Resubmit time.Duration          `json:"resubmit,omitempty"`
	OnLost   change.LostEligibility `json:"on_lost_eligibility,omitempty"`
	Calendar *ExplainedCalendar     `json:"calendar,omitempty"`
	// Vendors are those the system rests on: a start also waits for what their
	// documents ask, which no policy says.
	Vendors []string `json:"vendors,omitempty"`
	// Reason is why the change would be refused at its submission, OK when it
	// would not; Missing says each thing that stands in the way.
	Reason  change.Reason `json:"reason,omitempty"`
	Missing []string      `json:"missing,omitempty"`
}

// ConsideredRule is a routing rule and whether it takes the change.
type ConsideredRule struct {
	Name    string `json:"name"`
	Matches bool   `json:"matches"`
	Why     string `json:"why"`
}

// ExplainedLevel is a level with its people.
type ExplainedLevel struct {
	Level int `json:"level"` // from 1
	change.ResolvedLevel
	// WithoutSignIn are those of the eligible who have no account to sign in
	// with, where the level needs that: their votes would be refused (C18).
	WithoutSignIn []compliance.PersonID `json:"without_sign_in,omitempty"`
}

// Explain says what the policy makes of a change that is submitted at the
// instant now: by which rule, who decides, who is left out and why, and when it
// may run. It decides nothing and asks nobody; a submission resolves the same by
// the same rules. The error is that of a level nobody can resolve, which a
// policy that loads does not have.
func Explain(r *Rules, d *Directory, q Request, now time.Time) (Explanation, error) {
	now = now.UTC()
	e := Explanation{
		At: now, RulesHash: r.Hash, DirectoryVersion: d.Version,
		System: q.System, Environment: q.Environment, Risk: q.Risk, Requester: q.Requester, Implementer: q.Implementer,
		Vendors: r.VendorsOf(q.System), Rules: []ConsideredRule{},
	}
	if q.Requester == "" {
		e.refuse(change.UnknownPerson, "The directory does not name exactly one person for the requester.")
	}
	if q.Implementer == "" {
		e.refuse(change.UnknownPerson, "The directory does not name exactly one person for the implementer.")
	}
	if s, ok := r.System(q.System); !ok {
		e.refuse(change.NoRoute, fmt.Sprintf("The policy knows no system %q: %s.", q.System, meant(q.System, sortedKeys(r.systems), "system")))
	} else if _, ok := s.Environment(q.Environment); !ok {
		e.refuse(change.NoRoute, fmt.Sprintf("The system %q has no environment %q: %s.", q.System, q.Environment, meant(q.Environment, environmentNames(s), "environment")))
	}
	rule, err := e.route(r, q.Case)
	switch {
	case errors.Is(err, ErrNoRoute):
		e.refuse(change.NoRoute, "No routing rule takes this change: see why each one does not.")
	case err != nil:
		e.refuse(change.NoRoute, "Nobody can say whether "+err.Error()+".")
	}
	if e.Reason != change.OK {
		return e, nil
	}
	chain, ok := r.Chain(cmp.Or(q.Chain, rule.Chain))
	if !ok {
		e.refuse(change.NoRoute, fmt.Sprintf("The policy has no chain %q: %s.", q.Chain, meant(q.Chain, sortedKeys(r.chains), "chain")))
		return e, nil
	}
	e.Chain, e.Validity, e.Resubmit, e.OnLost = chain.Name, chain.Validity, chain.Resubmit, chain.OnLost
	if err := e.decide(d, chain, q, now); err != nil {
		return Explanation{}, err
	}
	schedule, err := r.Schedule(q.System, q.Environment, now, now.Add(chain.Validity))
	if err != nil {
		return Explanation{}, err
	}
	e.Calendar = explainCalendar(r, q, schedule, now)
	return e, nil
}

// route notes every rule up to the one that decides, or has no answer.
func (e *Explanation) route(r *Rules, c Case) (RouteRule, error) {
	decides, err := r.Route(c)
	for i, rule := range r.routing {
		held, fails := r.takes(i, c)
		e.Rules = append(e.Rules, ConsideredRule{rule.Name, held, rule.When.why(c, held, fails)})
		if held {
			e.Rule, e.Channel = rule.Name, rule.Channel
		}
		if held || fails != nil {
			break
		}
	}
	return decides, err
}

// decide resolves the people of every level.
func (e *Explanation) decide(d *Directory, chain Chain, q Request, now time.Time) error {
	levels, err := d.Levels(chain, d.Duties(q.Requester, q.Implementer, q.Asked, now), q.External, now)
	if err != nil {
		return fmt.Errorf("chain %s: %w", chain.Name, err)
	}
	for _, short := range change.Unreachable(levels) {
		e.refuse(change.UnreachableQuorum, short.Text())
	}
	named := []compliance.PersonID{q.Requester, q.Implementer}
	for _, a := range d.Askers(q.Asked, q.Requester) {
		named = append(named, a.Person)
	}
	for i, l := range levels {
		out := ExplainedLevel{Level: i + 1, ResolvedLevel: l}
		for _, id := range l.Eligible {
			if p, _ := d.Person(id); l.StepUp && p.Accounts[ProviderSignIn] == "" {
				out.WithoutSignIn = append(out.WithoutSignIn, id)
			}
		}
		e.Levels = append(e.Levels, out)
		named = append(named, l.Eligible...)
	}
	slices.Sort(named)
	for _, id := range slices.Compact(named) {
		e.Deputies = append(e.Deputies, d.Deputies(id, now)...)
	}
	return nil
}

func (e *Explanation) refuse(reason change.Reason, text string) {
	e.Reason = cmp.Or(e.Reason, reason) // the first one gives the reason
	e.Missing = append(e.Missing, text)
}
