package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// pageable is what the checks of escalations know of who can be reached.
type pageable struct {
	known
	channels  channelOrder
	persons   map[compliance.PersonID]personEntry
	rotations map[string]entry[rotationEntry]
	contacts  names
}

// escalation checks who is paged, in which order and for which alerts. A page
// that reaches nobody is found here or in the night it is needed.
func (c *check) escalation(k known) *escalationEntry {
	e, ok := document[escalationEntry](c, kindEscalation)
	if !ok {
		return nil
	}
	needs(c, e, k, compliance.TicketIncident, compliance.TicketAction)
	contacts := unique(c, parts(e, "contacts", e.value.Contacts), "name", "contact", func(f FixedContact) string { return f.Name })
	rotations := unique(c, parts(e, "rotations", e.value.Rotations), "name", "rotation", func(r rotationEntry) string { return r.Name })
	policies := unique(c, parts(e, "policies", e.value.Policies), "name", "escalation policy", func(p escalationRules) string { return p.Name })
	p := pageable{
		known: k, channels: e.value.Channels, persons: map[compliance.PersonID]personEntry{}, rotations: map[string]entry[rotationEntry]{},
		contacts: localNames("contact", contacts, func(f FixedContact) string { return f.Name }),
	}
	for _, person := range k.people.document.People {
		p.persons[person.ID] = person
	}
	for _, r := range rotations {
		p.rotations[r.value.Name] = r
	}
	for _, id := range sortedKeys(e.value.Channels.People) {
		at := "/channels/people/" + escapePointer(string(id))
		if refer(c, e, at, string(id), k.people.persons) && !p.reachable(id) {
			e.report(c, at, fmt.Sprintf("%s has no account at %s", id, strings.Join(e.value.Channels.People[id], ", ")), "add an account to the directory, or another channel here")
		}
	}
	for _, r := range rotations {
		c.rotation(r, p)
	}
	business := e.value.Business != nil
	if business {
		c.business(part(e, "/business", *e.value.Business))
	}
	for _, one := range policies {
		c.escalationPolicy(one, p, business)
	}
	for i, g := range e.value.Powers.ApproveRollback {
		refer(c, e, fmt.Sprintf("/powers/approve_rollback/%d", i), g, k.people.groups)
	}
	for i, g := range e.value.Powers.Close {
		refer(c, e, fmt.Sprintf("/powers/close/%d", i), g, k.people.groups)
	}
	c.alerts(e, k, localNames("escalation policy", policies, func(p escalationRules) string { return p.Name }))
	for i := range e.value.Policies {
		e.value.Policies[i] = e.value.Policies[i].complete()
	}
	return &e.value
}

// reachable reports whether somebody has an account at one of their channels.
// Whoever the directory does not know is reported elsewhere.
func (p pageable) reachable(id compliance.PersonID) bool {
	person, ok := p.persons[id]
	return !ok || len(p.channels.reach(id, person.Accounts, person.Email)) > 0
}

// paged reports a person who is unknown, or known and not to be reached. An
// order of their own that reaches them nowhere is reported where it stands.
func paged[T any](c *check, e entry[T], at string, id compliance.PersonID, p pageable) {
	_, own := p.channels.People[id]
	if refer(c, e, at, string(id), p.people.persons) && !own && !p.reachable(id) {
		e.report(c, at, fmt.Sprintf("%s cannot be paged: no account at %s", id, strings.Join(p.channels.Default, ", ")), "add an account to the directory, or an order of channels for them")
	}
}

func (c *check) escalationPolicy(e entry[escalationRules], p pageable, business bool) {
	written := e.value.complete().policy(func(at string, err error) { e.report(c, at, err.Error(), durationHint) })
	for _, wrong := range written.Check() {
		e.report(c, pointerOf(wrong.Place, 1), wrong.Text, "")
	}
	c.target(e, "/fallback", e.value.Fallback, p)
	for i, s := range e.value.Steps {
		at := fmt.Sprintf("/steps/%d", i)
		managers := 0
		for j, t := range s.Targets {
			c.target(e, fmt.Sprintf("%s/targets/%d", at, j), t, p)
			if t.Kind == incident.TargetManager {
				managers++
			}
			if slices.Contains(s.Targets[:j], t) {
				e.report(c, fmt.Sprintf("%s/targets/%d", at, j), "the target stands twice in this step", "remove one; everybody is paged once")
			}
		}
		if i == 0 && managers == len(s.Targets) && managers > 0 {
			e.report(c, at+"/targets", "the first step reaches nobody: the manager is that of whoever was paged before", "name a rotation, a person, a group or a contact first")
		}
	}
	for i, s := range e.value.Severities {
		at := fmt.Sprintf("/severities/%d", i)
		if s.ReviewBusinessDays > 0 && !business {
			e.report(c, at+"/review_business_days", "the policy does not say which days are business days", "add business with zone, days and holidays")
		}
		if s.ReviewBusinessDays > 0 && s.ReviewWithin != "" {
			e.report(c, at+"/review_within", "the review is due by elapsed time or by business days, not both", "keep one of the two")
		}
	}
}

// target checks that a target exists and can be reached.
func (c *check) target(e entry[escalationRules], at string, t incident.Target, p pageable) {
	switch t.Kind {
	case incident.TargetManager:
		if t.Name != "" {
			e.report(c, at+"/name", "a manager has no name here", "it is the manager of whoever was paged last; leave the name out")
		}
	case incident.TargetPerson:
		if t.Name != "" {
			paged(c, e, at+"/name", compliance.PersonID(t.Name), p)
		}
	case incident.TargetContact:
		if t.Name != "" {
			refer(c, e, at+"/name", t.Name, p.contacts)
		}
	case incident.TargetRotation:
		if _, ok := p.rotations[t.Name]; !ok && t.Name != "" {
			list := sortedKeys(p.rotations)
			e.report(c, at+"/name", fmt.Sprintf("there is no rotation %q", t.Name), meant(t.Name, list, "rotation"))
		}
	case incident.TargetGroup:
		if t.Name == "" || !refer(c, e, at+"/name", t.Name, p.people.groups) {
			return
		}
		members := p.people.members[t.Name]
		if len(members) > 0 && !slices.ContainsFunc(members, p.reachable) {
			e.report(c, at+"/name", fmt.Sprintf("nobody in the group %s can be paged", t.Name), "add accounts at the channels to the directory, or name others")
		}
	}
}
