package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
)

// Gate is the pre-deployment gate that a change has to pass.
type Gate struct {
	Suite gate.Suite
	Terms []inspect.Terms // of its checks, in the same order
}

// gates is a compiled file of kind gate.
type gates struct {
	entry      gateEntry
	terms      [][]inspect.Terms // of each gate
	conditions []*condition
}

func compileGates(e gateEntry, schemas map[string]json.RawMessage) (*gates, error) {
	out := &gates{entry: e}
	for _, rule := range e.Gates {
		compiled, err := compileCondition(rule.When.Expression)
		if err != nil {
			return nil, fmt.Errorf("gate %s: %w", rule.Name, err)
		}
		out.conditions = append(out.conditions, compiled)
		var terms []inspect.Terms
		for _, c := range rule.Checks {
			t := inspect.Terms{
				Required: gate.Required{Check: c.Check}, Schema: schemas[c.Schema], Elements: c.Elements,
				Least: c.Least, Must: c.Must, Hits: c.Hits, Sensitive: c.Sensitive, Threshold: c.Threshold,
				Packages: dependency.Rules{Packages: c.Packages, Sources: c.Sources},
			}
			if c.MaxAge != "" {
				if t.MaxAge, err = parseDuration(c.MaxAge); err != nil {
					return nil, fmt.Errorf("gate %s, check %s: %w", rule.Name, c.Check, err)
				}
			}
			terms = append(terms, t)
		}
		out.terms = append(out.terms, terms)
	}
	return out, nil
}

// Gate returns the gate of a change; false where the policy has none for it. The
// error says which gate's expression has no answer: nobody can say then that the
// change has none, so it must not be taken for one without.
func (r *Rules) Gate(c Case) (Gate, bool, error) {
	if r.gates == nil {
		return Gate{}, false, nil
	}
	for i, rule := range r.gates.entry.Gates {
		if !rule.When.Matches(c.System, c.Environment, c.Risk) {
			continue
		}
		held, err := r.gates.conditions[i].holds(c, r.systems[c.System].Platform)
		if err != nil {
			return Gate{}, false, fmt.Errorf("the gate %q: %w", rule.Name, err)
		}
		if held {
			return r.gates.at(i), true, nil
		}
	}
	return Gate{}, false, nil
}

func (g *gates) at(i int) Gate {
	out := Gate{Suite: gate.Suite{Name: g.entry.Gates[i].Name, Senders: slices.Clone(g.entry.Senders)}, Terms: slices.Clone(g.terms[i])}
	for _, t := range out.Terms {
		out.Suite.Checks = append(out.Suite.Checks, t.Required)
	}
	return out
}

// Place says where a change of this system and environment goes, for its data.
func (r *Rules) Place(system, environment string) gate.Place {
	e, _ := r.systems[system].Environment(environment)
	p := gate.Place{Regions: slices.Clone(e.Regions), Classes: slices.Clone(e.DataClasses), Confined: map[string][]string{}}
	if r.gates != nil {
		for _, c := range r.gates.entry.DataClasses {
			p.Confined[c.Name] = slices.Clone(c.Regions)
		}
	}
	return p
}

// Limits is what is on paper about the limits of a system's platform.
func (r *Rules) Limits(system string) gate.Statement { return r.systems[system].Limits.statement() }
