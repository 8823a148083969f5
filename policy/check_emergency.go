package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// emergency checks the way of changes that cannot wait: whom it calls and who
// reviews it afterwards must be there, for it is only looked at in the night.
func (c *check) emergency(organisation *organisationEntry, escalation *escalationEntry, k known) {
	if organisation.Emergency == nil || len(c.byKind[kindOrganisation]) == 0 {
		return
	}
	silent := organisation.Emergency.ReviewWithin
	*organisation.Emergency = organisation.Emergency.complete() // what is pinned has its defaults written out
	at := entry[emergencyEntry]{value: *organisation.Emergency, tree: c.byKind[kindOrganisation][0], at: "/emergency"}
	at.value.rules(func(inside string, err error) { at.report(c, inside, err.Error(), durationHint) })
	refer(c, at, "/control_owner", string(at.value.ControlOwner), k.people.persons)
	refer(c, at, "/channel", at.value.Channel, k.channels)
	pool := map[compliance.PersonID]bool{}
	for i, g := range at.value.Reviewers {
		refer(c, at, fmt.Sprintf("/reviewers/%d", i), g, k.people.groups)
		for _, m := range k.people.members[g] {
			pool[m] = true
		}
	}
	if k.people.groups.known && k.people.persons.known && len(pool) < 2 {
		at.report(c, "/reviewers", fmt.Sprintf("the groups %s hold %s; whoever asked for or carried out the change may not review it", strings.Join(at.value.Reviewers, ", "), compliance.Count(len(pool), "person", "people")), "name groups with at least two people")
	}
	if at.value.ReviewBusinessDays > 0 && silent != "" {
		at.report(c, "/review_within", "the review is due by elapsed time or by business days, not both", "keep one of the two")
	}
	c.emergencyCalls(at, escalation)
}

// emergencyCalls checks what the file of escalations has to give.
func (c *check) emergencyCalls(at entry[emergencyEntry], escalation *escalationEntry) {
	switch {
	case escalation == nil && c.unsound[kindEscalation]:
		return
	case escalation == nil:
		at.report(c, "/on_call", "the policy has no file of kind escalation, so nobody is on call", "add rules/escalation.yaml, or leave emergency out")
		return
	}
	var names []string
	for _, r := range escalation.Rotations {
		names = append(names, r.Name)
	}
	for _, p := range escalation.Policies {
		names = append(names, p.Name)
	}
	if !slices.Contains(names, at.value.OnCall) {
		slices.Sort(names)
		at.report(c, "/on_call", fmt.Sprintf("there is no rotation or escalation policy %q", at.value.OnCall), meant(at.value.OnCall, names, "rotation"))
	}
	if at.value.ReviewBusinessDays > 0 && escalation.Business == nil {
		at.report(c, "/review_business_days", "the policy does not say which days are business days", "add business with zone, days and holidays to the file of kind escalation")
	}
}
