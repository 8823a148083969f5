package policy

import (
	"errors"
	"fmt"

	"github.com/lowcodex/countersign/compliance/incident"
)

// escalation is a compiled file of kind escalation.
type escalation struct {
	channels  channelOrder
	contacts  map[string]FixedContact
	rotations map[string]rotation
	policies  map[string]incident.Policy
	sources   map[string]AlertSource
	rules     []AlertRule
	business  *business
	powers    IncidentPowers
}

func compileEscalation(e escalationEntry, zones zoneCache) (*escalation, error) {
	out := &escalation{
		channels: e.Channels, contacts: map[string]FixedContact{}, rotations: map[string]rotation{},
		policies: map[string]incident.Policy{}, sources: map[string]AlertSource{}, rules: e.Alerts, powers: e.Powers,
	}
	for _, c := range e.Contacts {
		out.contacts[c.Name] = c
	}
	for _, s := range e.Sources {
		read := AlertSource{Name: s.Name, Otherwise: s.Otherwise, SystemLabel: s.SystemLabel, Severities: map[string]incident.Severity{}}
		for word, severity := range s.Severities {
			read.Severities[lower(word)] = severity
		}
		out.sources[s.Name] = read
	}
	var errs []error
	for _, p := range e.Policies {
		out.policies[p.Name] = p.policy(func(at string, err error) { errs = append(errs, fmt.Errorf("policy %s%s: %w", p.Name, at, err)) })
	}
	for _, r := range e.Rotations {
		compiled, err := compileRotation(r, zones)
		errs = append(errs, err)
		out.rotations[r.Name] = compiled
	}
	if e.Business != nil {
		var err error
		out.business, err = compileBusiness(*e.Business, zones)
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}
