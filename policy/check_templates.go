package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance/change"
)

// fieldTemplate is the field by which a ticket names its template.
const fieldTemplate = "template"

// templates checks the forms of standard changes. One that leaves a gap would let
// through under a short chain what nobody has looked at.
func (c *check) templates(k known, fields []Field) []change.Template {
	list := unique(c, entries[change.Template](c, kindTemplates, "templates"), "name", "template", func(t change.Template) string { return t.Name })
	mapped := slices.ContainsFunc(fields, func(f Field) bool { return f.Name == fieldTemplate }) || c.unsound[kindFields]
	if len(list) > 0 && !mapped {
		list[0].report(c, "", `the field "template" is not mapped, so no ticket can name one`, "map it in the file of kind fields, as text or choice, class material")
	}
	for _, e := range list {
		t := e.value
		refer(c, e, "/chain", t.Chain, k.chains)
		refer(c, e, "/approved_by", string(t.ApprovedBy), k.people.persons)
		for i, s := range t.Systems {
			refer(c, e, fmt.Sprintf("/systems/%d", i), s, k.systemNames)
		}
		environments := environmentsOf(k.systems, t.Systems)
		environments.known = k.systemNames.known
		for i, name := range t.Environments {
			refer(c, e, fmt.Sprintf("/environments/%d", i), name, environments)
		}
		if _, err := time.Parse(time.DateOnly, t.ValidUntil); err != nil {
			e.report(c, "/valid_until", fmt.Sprintf("%q is no day", t.ValidUntil), `write a day such as "2027-03-31"`)
		}
		c.templateFields(e)
	}
	return values(list)
}

// templateFields checks that every bound field is either fixed or the requester's
// where a change needs it, and that what is to be approved once is fixed.
func (c *check) templateFields(e entry[change.Template]) {
	t, content := e.value, contentFields()
	for _, name := range sortedKeys(t.Fixed) {
		if !slices.Contains(change.Fixable(), name) {
			e.report(c, "/fixed/"+escapePointer(name), fmt.Sprintf("a template cannot fix %q", name), meant(name, change.Fixable(), "field"))
		}
	}
	for _, p := range t.FixedProblems() {
		e.report(c, "/fixed/"+escapePointer(p.Field), p.Text, "it is read as if it stood in a ticket")
	}
	for i, name := range t.Fills {
		at := fmt.Sprintf("/fills/%d", i)
		if _, fixed := t.Fixed[name]; fixed {
			e.report(c, at, fmt.Sprintf("%s is fixed and the requester's at once", name), "remove it from one of the two")
		} else if !slices.Contains(change.Fixable(), name) {
			e.report(c, at, fmt.Sprintf("%q is no field to fill in by a template", name), meant(name, change.Fixable(), "field"))
		}
	}
	for _, name := range change.Fixable() {
		_, fixed := t.Fixed[name]
		switch {
		case fixed:
		case slices.Contains([]string{"risk", "plan", "test_plan", "rollback"}, name):
			e.report(c, "/fixed", fmt.Sprintf("the template does not fix %s", name), "write it here: it is what is approved once for all changes by the template")
		case content[name].mandatory && !slices.Contains(t.Fills, name):
			e.report(c, "", fmt.Sprintf("every change must state %s, and the template neither fixes it nor leaves it to the requester", name), "name it under fixed or under fills")
		}
	}
}
