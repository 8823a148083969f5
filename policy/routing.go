package policy

import "slices"

// RouteRule sends the changes it matches to a chain. Rules are ordered: the
// first one that matches decides, and no match is a refusal (no-route).
type RouteRule struct {
	Name    string `json:"name"`
	When    When   `json:"when"`
	Chain   string `json:"chain"`
	Channel string `json:"channel"` // logical channel name for the card
}

// When is a condition. An empty list matches everything; several lists must
// all match.
type When struct {
	Systems      []string `json:"systems,omitempty"`
	Environments []string `json:"environments,omitempty"`
	Risks        []string `json:"risks,omitempty"` // "low", "medium", "high"
	// Expression is a condition of the Common Expression Language over what Case
	// has; empty matches everything.
	Expression string `json:"expression,omitempty"`
}

// Matches reports whether a change of this system, environment and risk meets
// the lists; the expression is for Rules to judge.
func (w When) Matches(system, environment, risk string) bool {
	return allows(w.Systems, system) && allows(w.Environments, environment) && allows(w.Risks, risk)
}

func allows(list []string, value string) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

// covers reports whether every change that meets the other condition meets
// this one too, so that a rule with the other one, standing later, never acts.
func (w When) covers(other When) bool {
	return (w.Expression == "" || w.Expression == other.Expression) &&
		within(w.Systems, other.Systems) && within(w.Environments, other.Environments) && within(w.Risks, other.Risks)
}
