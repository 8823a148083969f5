package policy

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// FixedContact is a last resort that needs no directory, such as a control room (I4).
type FixedContact struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Accounts says where it is reached: channel → account.
	Accounts map[string]string `json:"accounts"`
}

// IncidentPowers names the groups whose members decide on an incident. Who is a
// member is the live directory's to say.
type IncidentPowers struct {
	ApproveRollback []string `json:"approve_rollback,omitempty"`
	Close           []string `json:"close,omitempty"`
}

// IncidentPowers says who decides on incidents; nobody without a file of kind
// escalation, or where it is silent.
func (r *Rules) IncidentPowers() IncidentPowers {
	if r.escalation == nil {
		return IncidentPowers{}
	}
	p := r.escalation.powers
	return IncidentPowers{ApproveRollback: slices.Clone(p.ApproveRollback), Close: slices.Clone(p.Close)}
}

// AlertSource is one system that sends alerts, and how its words are read.
type AlertSource struct {
	Name string `json:"name"`
	// Severities maps the source's own words, in lower case, to severities;
	// Otherwise is what any other word counts as.
	Severities map[string]incident.Severity `json:"severities"`
	Otherwise  incident.Severity            `json:"otherwise"`
	// SystemLabel is the label that names the system where the event itself does
	// not; its value is an id of the rules. Empty when no label does.
	SystemLabel string `json:"system_label,omitempty"`
}

// AlertRule sends the alerts it matches to an escalation policy. Rules are
// ordered: the first that matches decides; the last one matches everything. An
// incident's ticket is of the kind compliance.TicketIncident, which Rules.Tickets
// then has.
type AlertRule struct {
	Name    string    `json:"name"`
	When    AlertWhen `json:"when,omitzero"`
	Policy  string    `json:"policy"`
	Channel string    `json:"channel"` // logical channel for the incident's card
}

// AlertWhen is a condition. An empty list matches everything; several lists,
// and every label, must match.
type AlertWhen struct {
	Sources    []string            `json:"sources,omitempty"`
	Systems    []string            `json:"systems,omitempty"`
	Severities []incident.Severity `json:"severities,omitempty"`
	Labels     map[string]string   `json:"labels,omitempty"`
}

// RoutedAlert is the rules' answer for an alert.
type RoutedAlert struct {
	Rule     AlertRule
	Severity incident.Severity
	System   string // id, empty when none is known
	// Policy is pinned in the run when the incident opens (I7); it passes Check.
	Policy incident.Policy
}

// RouteAlert says who handles an alert, and how bad it is. False means that the
// policy has no file of kind escalation; every alert has a route otherwise.
func (r *Rules) RouteAlert(a compliance.AlertEvent) (RoutedAlert, bool) {
	if r.escalation == nil {
		return RoutedAlert{}, false
	}
	out := RoutedAlert{Severity: r.AlertSeverity(a.Source, a.Severity), System: r.alertSystem(a)}
	for _, rule := range r.escalation.rules {
		if rule.When.matches(a, out.System, out.Severity) {
			out.Rule = rule.clone()
			out.Policy, _ = r.EscalationPolicy(rule.Policy)
			return out, true
		}
	}
	return RoutedAlert{}, false
}

// AlertSeverity reads a source's own word for a severity. A source that the
// rules do not name must write one of ours, and counts as the worst when it
// does not: not knowing how bad it is is no reason to take longer.
func (r *Rules) AlertSeverity(source, word string) incident.Severity {
	if r.escalation != nil {
		if s, known := r.escalation.sources[source]; known {
			return cmp.Or(s.Severities[lower(word)], s.Otherwise)
		}
	}
	if s, err := incident.ParseSeverity(word); err == nil {
		return s
	}
	return incident.Sev1
}

// alertSystem is the system an alert names, in itself or by its source's label;
// empty when the rules know no such system.
func (r *Rules) alertSystem(a compliance.AlertEvent) string {
	for _, name := range []string{a.System, a.Label(r.escalation.sources[a.Source].SystemLabel)} {
		if _, known := r.systems[name]; known {
			return name
		}
	}
	return ""
}

// EscalationPolicy returns an escalation policy by name; it passes its Check.
func (r *Rules) EscalationPolicy(name string) (incident.Policy, bool) {
	if r.escalation == nil {
		return incident.Policy{}, false
	}
	p, ok := r.escalation.policies[name]
	p.Steps, p.Severities = slices.Clone(p.Steps), slices.Clone(p.Severities)
	for i := range p.Steps {
		p.Steps[i].Targets = slices.Clone(p.Steps[i].Targets)
	}
	return p, ok
}

// EscalationPolicies lists the names of the escalation policies, sorted.
func (r *Rules) EscalationPolicies() []string {
	if r.escalation == nil {
		return nil
	}
	return sortedKeys(r.escalation.policies)
}

// Contact returns a fixed contact by name. Every contact that a policy names exists.
func (r *Rules) Contact(name string) (FixedContact, bool) {
	if r.escalation == nil {
		return FixedContact{}, false
	}
	c, ok := r.escalation.contacts[name]
	c.Accounts = maps.Clone(c.Accounts)
	return c, ok
}
