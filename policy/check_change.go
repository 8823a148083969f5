package policy

import (
	"cmp"
	"fmt"
)

// rulesChange checks the change by which rules come into force. Whether a routing
// rule takes it is looked at when all rules stand: see unrouted.
func (c *check) rulesChange(e *rulesChangeEntry, systems []entry[System]) {
	if e == nil || len(c.byKind[kindOrganisation]) == 0 {
		return
	}
	e.Risk = cmp.Or(e.Risk, defaultRulesRisk) // what is pinned has its defaults written out
	at := entry[rulesChangeEntry]{value: *e, tree: c.byKind[kindOrganisation][0], at: "/rules"}
	known := namesOf(c, kindSystems, "system", systems, func(s System) string { return s.ID })
	if !refer(c, at, "/system", e.System, known) || !known.known {
		return
	}
	environments := environmentsOf(systems, []string{e.System})
	environments.known = true
	refer(c, at, "/environment", e.Environment, environments)
}

// unrouted reports whether rules that can be changed only by a change have nobody
// who decides on it: once in force, nothing would replace them but an override.
func (c *check) unrouted(r *Rules) bool {
	of := r.organisation.Rules
	if !of.Required {
		return false
	}
	_, err := r.Route(of.Case())
	if err == nil {
		return false
	}
	at := entry[rulesChangeEntry]{tree: c.byKind[kindOrganisation][0], at: "/rules"}
	at.report(c, "", fmt.Sprintf("nobody would decide on a change of the rules (%s, %s, risk %s): %s", of.System, of.Environment, of.Risk, err),
		"add a routing rule that takes it, or choose another system, environment or risk")
	return true
}
