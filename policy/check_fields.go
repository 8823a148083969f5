package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
)

// contentField is what a change's content wants of a field of that name.
type contentField struct {
	kinds     []FieldKind
	mandatory bool
}

// contentFields lists the fields a change is read from. Mandatory ones must be
// mapped, because without them no change could ever leave draft.
func contentFields() map[string]contentField {
	text := []FieldKind{TextField, ChoiceField}
	return map[string]contentField{
		"title":              {[]FieldKind{TextField}, true},
		"purpose":            {[]FieldKind{TextField}, false},
		"data_class":         {text, false},
		"system":             {text, true},
		"environment":        {text, true},
		"risk":               {text, true},
		"plan":               {[]FieldKind{TextField}, true},
		"test_plan":          {[]FieldKind{TextField}, true},
		"test_results":       {[]FieldKind{TextField}, false},
		"rollback":           {[]FieldKind{TextField}, true},
		"rollback_owner":     {[]FieldKind{UserField}, true},
		"rollback_tested_on": {[]FieldKind{DateField}, true},
		"implementer":        {[]FieldKind{UserField}, true},
		"planned_start":      {[]FieldKind{DateTimeField}, false},
		"duration":           {[]FieldKind{TextField, NumberField}, true},
		"vendor_version":     {text, false},
		"external":           {[]FieldKind{CheckboxField, ChoiceField}, false},
		fieldTemplate:        {text, false},
		"supersedes":         {[]FieldKind{TextField}, false},
		"safe_points":        {[]FieldKind{TextField}, false},
	}
}

// fields checks the mapping of fields. The class must say what is true: what is
// executed, where, when, by whom and at which risk is material (C11, C12), and so is
// what routing reads; no field that approvals are not bound to can be, since an edit of it
// would not void anything.
func (c *check) fields() []Field {
	if len(c.byKind[kindFields]) == 0 {
		return nil
	}
	t := c.byKind[kindFields][0]
	mapping, _ := t.root.(map[string]any)["fields"].(map[string]any)
	content := contentFields()
	trackers := map[string]string{}
	var out []Field
	for _, name := range sortedKeys(mapping) {
		at := "/fields/" + escapePointer(name)
		e := entry[fieldEntry]{tree: t, at: at}
		if !decode(c, t, at, mapping[name], &e.value) {
			continue
		}
		if other, twice := trackers[e.value.ID]; twice {
			e.report(c, "/id", fmt.Sprintf("the tracker's field %q is mapped to %s already", e.value.ID, other), "each field has its own")
		}
		trackers[e.value.ID] = name
		if name == "attachments" {
			e.report(c, "", "attachments are no field", "remove it: what is attached to a ticket is read by itself, and approvals are bound to it")
			continue
		}
		c.class(e, name)
		if want, known := content[name]; known && !slices.Contains(want.kinds, e.value.Kind) {
			e.report(c, "/kind", fmt.Sprintf("%s cannot be of kind %s", name, e.value.Kind), "one of "+join(want.kinds))
		}
		out = append(out, Field{Name: name, ID: e.value.ID, Kind: e.value.Kind, Class: e.value.Class, Required: e.value.Required})
	}
	for _, name := range sortedKeys(content) {
		if _, mapped := mapping[name]; content[name].mandatory && !mapped {
			c.add(t.problem("/fields", fmt.Sprintf("the field %q is not mapped", name), "every change needs it; give the tracker's field id"))
		}
	}
	return out
}

func (c *check) class(e entry[fieldEntry], name string) {
	bound := slices.Contains(change.MaterialFields(), name)
	switch {
	case bound && e.value.Class != Material && !slices.Contains(change.Lowerable(), name):
		e.report(c, "/class", fmt.Sprintf("approvals are bound to %s, so its class cannot be %s", name, e.value.Class), "write class: material; only these may be lowered: "+strings.Join(change.Lowerable(), ", "))
	case bound && e.value.Class != Material && c.routed(name):
		e.report(c, "/class", fmt.Sprintf("a rule of routing reads %s, so its class cannot be %s", name, e.value.Class), "write class: material, or take it out of the expression: another value might have other approvers")
	case !bound && e.value.Class == Material:
		e.report(c, "/class", fmt.Sprintf("approvals are not bound to %s, so its class cannot be material", name), "write notable or cosmetic; bound are "+strings.Join(change.MaterialFields(), ", "))
	}
}

// routed reports whether an expression of a routing rule reads the field.
func (c *check) routed(name string) bool {
	for _, t := range c.byKind[kindRouting] {
		list, _ := t.root.(map[string]any)["rules"].([]any)
		for _, item := range list {
			rule, _ := item.(map[string]any)
			when, _ := rule["when"].(map[string]any)
			if text, _ := when["expression"].(string); reads(text, name) {
				return true
			}
		}
	}
	return false
}

func join(kinds []FieldKind) string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = string(k)
	}
	return strings.Join(list, ", ")
}
