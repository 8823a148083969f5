package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// vendorRefs is what a vendor may refer to.
type vendorRefs struct {
	persons, systems, classes names
	approvers                 map[string][]string // class → groups that grant a grace
	members                   map[string][]compliance.PersonID
}

// check says everything that is wrong with a vendor.
func (r vendorRefs) check(v vendorEntry) []fault {
	var out []fault
	refer := func(at, name string, to names) {
		if !to.has(name) {
			out = append(out, fault{at, fmt.Sprintf("there is no %s %q", to.what, name), meant(name, to.list, to.what)})
		}
	}
	refer("/owner", string(v.Owner), r.persons)
	refer("/sponsor", string(v.Sponsor), r.persons)
	for i, s := range v.Systems {
		refer(fmt.Sprintf("/systems/%d", i), s, r.systems)
	}
	for i, contact := range v.Contacts {
		if contact.Email == "" && contact.URL == "" {
			out = append(out, fault{fmt.Sprintf("/contacts/%d", i), fmt.Sprintf("the contact %q cannot be reached", contact.Name), "give an email, a url, or both"})
		}
	}
	seen := map[string]bool{}
	for i, a := range v.Artefacts {
		at := fmt.Sprintf("/artefacts/%d", i)
		if seen[a.ID] {
			out = append(out, fault{at + "/id", fmt.Sprintf("the artefact %q is defined twice", a.ID), "an id is unique within its vendor; rename or remove one"})
		}
		seen[a.ID] = true
		refer(at+"/class", a.Class, r.classes)
		if a.NeededBy != "" {
			if _, err := certification.ParseDate(a.NeededBy); err != nil {
				out = append(out, fault{at + "/needed_by", err.Error(), `write a day such as "2027-03-31"`})
			}
		}
		if f := r.grace(v.Owner, a); f != nil && !slices.ContainsFunc(v.Artefacts[:i], func(b artefactEntry) bool { return b.Class == a.Class }) {
			out = append(out, fault{at + "/class", f.text, f.hint})
		}
	}
	return out
}

// grace finds artefacts for which nobody could decide on a grace, because
// nobody grants one to themselves (A8). An unknown or empty group is reported
// where it stands.
func (r vendorRefs) grace(owner compliance.PersonID, a artefactEntry) *fault {
	groups, known := r.approvers[a.Class]
	if !known || !r.persons.known {
		return nil
	}
	for _, g := range groups {
		members := r.members[g]
		if len(members) == 0 || slices.ContainsFunc(members, func(p compliance.PersonID) bool { return p != owner }) {
			return nil
		}
	}
	return &fault{"", fmt.Sprintf("nobody but the owner %s could grant a grace", owner), "name another group in grace_approvers: " + strings.Join(groups, ", ") + " holds nobody else"}
}
