package policy

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Rules is the half of a policy that is pinned: what was in force when a
// change was submitted stays in force for it. A Rules never changes and may be
// used from several goroutines; what its methods return is the caller's own.
type Rules struct {
	// Version is the first 12 hex digits of Hash, for people.
	Version string
	// Hash is the SHA-256 (hex) of Canonical.
	Hash string

	canonical    []byte
	organisation Organisation
	systems      map[string]System
	chains       map[string]Chain
	calendars    map[string]calendar
	routing      []RouteRule
	conditions   []*condition // of the routing rules, in their order; nil for none
	fields       []Field
	// Each is nil when the policy has no file of its kind.
	artefacts  *artefacts
	escalation *escalation
	patching   *patching
	exceptions *exceptionsEntry
}

// Canonical returns the rules as canonical JSON (RFC 8785), free of comments
// and of how they were spread over files. It is what a content-addressed store
// keeps; Restore reads it back.
func (r *Rules) Canonical() []byte { return bytes.Clone(r.canonical) }

// Organisation returns what holds for every process.
func (r *Rules) Organisation() Organisation {
	o := r.organisation
	o.Tickets = r.Tickets()
	o.Channels = maps.Clone(o.Channels)
	return o
}

// Tickets says how the ticket tracker is used.
func (r *Rules) Tickets() Tickets {
	t := r.organisation.Tickets
	t.Statuses = maps.Clone(t.Statuses)
	t.Kinds = maps.Clone(t.Kinds)
	for kind, k := range t.Kinds {
		k.Statuses, k.Fields = maps.Clone(k.Statuses), maps.Clone(k.Fields)
		k.Done, k.WontDo = slices.Clone(k.Done), slices.Clone(k.WontDo)
		if len(k.Done) == 0 {
			k.Done = []string{DefaultDone}
		}
		t.Kinds[kind] = k
	}
	return t
}

// Channel returns the message surface's id of a logical channel; false when
// the policy does not define it.
func (r *Rules) Channel(logical string) (string, bool) {
	id, ok := r.organisation.Channels[logical]
	return id, ok
}

// Fields returns the mapping of fields, sorted by name.
func (r *Rules) Fields() []Field { return slices.Clone(r.fields) }

// Chain returns the approval chain of that name. Every chain that a routing
// rule names exists.
func (r *Rules) Chain(name string) (Chain, bool) {
	c, ok := r.chains[name]
	c.Levels = slices.Clone(c.Levels)
	for i := range c.Levels {
		c.Levels[i] = cloned(c.Levels[i])
	}
	return c, ok
}

// StepUp names every level of every chain that needs a fresh sign-in, as
// "chain high-risk, level Security", sorted; empty means that none does.
func (r *Rules) StepUp() []string {
	var out []string
	for _, name := range sortedKeys(r.chains) {
		for _, l := range r.chains[name].Levels {
			if l.StepUp {
				out = append(out, "chain "+name+", level "+l.Name)
			}
		}
	}
	return out
}

// ErrNoRoute says that no routing rule takes a change.
var ErrNoRoute = errors.New("no routing rule takes it")

// Route returns the first rule that takes the change. The error is ErrNoRoute,
// or says which rule's expression has no answer for it; that rule is returned.
// Either way the policy has no answer: the change is refused (no-route), since
// passing over a rule that may have been meant for it could route it past its
// approvers. Whether the system has that environment is for the caller to ask
// System: a rule without a condition matches any words.
func (r *Rules) Route(c Case) (RouteRule, error) {
	for i, rule := range r.routing {
		held, err := r.takes(i, c)
		if held || err != nil {
			return rule.clone(), err
		}
	}
	return RouteRule{}, ErrNoRoute
}

// takes judges the rule at a place in the order.
func (r *Rules) takes(i int, c Case) (bool, error) {
	rule := r.routing[i]
	if !rule.When.Matches(c.System, c.Environment, c.Risk) {
		return false, nil
	}
	held, err := r.conditions[i].holds(c, r.systems[c.System].Platform)
	if err != nil {
		return false, fmt.Errorf("the routing rule %q: %w", rule.Name, err)
	}
	return held, nil
}

// System returns the system with this id.
func (r *Rules) System(id string) (System, bool) {
	s, ok := r.systems[id]
	s.Environments = slices.Clone(s.Environments)
	return s, ok
}

// Systems returns all systems, by id.
func (r *Rules) Systems() []System {
	out := make([]System, 0, len(r.systems))
	for _, id := range sortedKeys(r.systems) {
		s, _ := r.System(id)
		out = append(out, s)
	}
	return out
}

func (r RouteRule) clone() RouteRule {
	r.When.Systems = slices.Clone(r.When.Systems)
	r.When.Environments = slices.Clone(r.When.Environments)
	r.When.Risks = slices.Clone(r.When.Risks)
	return r
}
