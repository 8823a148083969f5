package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// CheckVendor says everything that is wrong with a vendor that somebody adds at
// run time, by the same rules as the file: its shape, the people of the
// directory, and the systems and classes of the rules. The problems name places
// such as "artefacts[0].class", and no file. Whether the id is taken by another
// vendor that was added is for the caller to know; one of the rules is a problem.
func (r *Rules) CheckVendor(v Vendor, d *Directory) Problems {
	if r.artefacts == nil {
		return Problems{{Text: "the policy says nothing about artefacts", Hint: "add rules/artefacts.yaml first"}}
	}
	t := &tree{file: "vendor " + v.ID, lines: map[string]int{}}
	data, err := json.Marshal(entryOf(v))
	if err == nil {
		err = json.Unmarshal(data, &t.root)
	}
	if err != nil {
		return Problems{{File: t.file, Text: "cannot be read: " + err.Error(), Hint: "check the values"}}
	}
	schema := schemas().byKind[kindArtefacts].Properties["vendors"].Items2020
	if problems := schemas().judge(t, schema); len(problems) > 0 {
		for i := range problems {
			problems[i].Line = 0 // there is no file
		}
		return problems.sorted()
	}
	var faults []fault
	if _, taken := r.Vendor(v.ID); taken {
		faults = append(faults, fault{"/id", fmt.Sprintf("the vendor %q is in the rules already", v.ID), "change it there, or choose another id"})
	}
	faults = append(faults, r.vendorRefs(d).check(entryOf(v))...)
	out := make(Problems, 0, len(faults))
	for _, f := range faults {
		out = append(out, Problem{File: t.file, Path: display(f.at), Text: f.text, Hint: f.hint})
	}
	return out.sorted()
}

// vendorRefs is what may be referred to when the rules are in force.
func (r *Rules) vendorRefs(d *Directory) vendorRefs {
	refs := vendorRefs{
		persons: names{known: true, what: "person"}, systems: names{known: true, what: "system", list: sortedKeys(r.systems)},
		classes:   names{known: true, what: "class", list: r.ArtefactClasses()},
		approvers: map[string][]string{}, members: map[string][]compliance.PersonID{},
	}
	for _, p := range d.People() {
		refs.persons.list = append(refs.persons.list, string(p.ID))
	}
	slices.Sort(refs.persons.list)
	for _, g := range d.Groups() {
		for _, m := range d.Members([]string{g}) {
			refs.members[g] = append(refs.members[g], m.Person.ID)
		}
	}
	for name, class := range r.artefacts.classes {
		refs.approvers[name] = class.GraceApprovers
	}
	return refs
}
