package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/lowcodex/countersign/compliance"
)

// Template is a standard change: one that is approved once, in this form, and then
// asked for again and again through a short chain (requirement 13). It comes into
// force with the rules. Its JSON names are frozen.
type Template struct {
	Name string `json:"name"`
	// Class is what reports count it under, such as "standard".
	Class        string   `json:"class"`
	Systems      []string `json:"systems"`
	Environments []string `json:"environments"`
	// Fixed are the fields that stand in every change by it, as they stand in a ticket.
	Fixed map[string]string `json:"fixed"`
	// Fills are the bound fields that the requester fills in; every other one stays empty.
	Fills []string `json:"fills,omitempty"`
	Chain string   `json:"chain"`
	// ValidUntil is the last day, 2006-01-02 in UTC, on which a change may be submitted by it.
	ValidUntil string              `json:"valid_until"`
	ApprovedBy compliance.PersonID `json:"approved_by"`
}

// TemplateUse is the template that a version was submitted by.
type TemplateUse struct {
	Name       string              `json:"name"`
	Class      string              `json:"class"`
	Digest     string              `json:"digest"` // SHA-256 (hex) of the template's canonical JSON
	ApprovedBy compliance.PersonID `json:"approved_by"`
}

// Use gives what is put on record of a template.
func (t Template) Use() (TemplateUse, error) {
	raw, err := json.Marshal(t)
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil {
		return TemplateUse{}, fmt.Errorf("template %s: canonical form: %w", t.Name, err)
	}
	return TemplateUse{Name: t.Name, Class: t.Class, Digest: digest(raw), ApprovedBy: t.ApprovedBy}, nil
}

// Fixable lists the fields that a template may fix or leave to the requester: the
// bound ones, but for those by which the template itself is found.
func Fixable() []string {
	return slices.DeleteFunc(MaterialFields(), func(f string) bool { return f == fieldTemplate || f == "system" || f == "environment" })
}

const fieldTemplate = "template"

// FixedProblems says what is wrong with the fixed values, as for a ticket's.
func (t Template) FixedProblems() []Problem {
	_, problems := Parse(compliance.Ticket{Fields: t.Fixed})
	return slices.DeleteFunc(problems, func(p Problem) bool { _, given := t.Fixed[p.Field]; return !given })
}

// Judge says whether a version may be submitted by the template at an instant: the
// reason, and for the requester each thing that stands in the way. Values are
// compared as they are bound to approvals, so that 90 and 1h30m are one duration.
func (t Template) Judge(s Snapshot, now time.Time) (Reason, []string) {
	last, err := time.Parse(time.DateOnly, t.ValidUntil)
	switch {
	case err != nil || !now.Before(last.AddDate(0, 0, 1)):
		return TemplateEnded, []string{fmt.Sprintf("The template %q was valid until %s. Submit the change without it, or ask the owner of the policy to renew it.", t.Name, t.ValidUntil)}
	case !slices.Contains(t.Systems, s.System) || !slices.Contains(t.Environments, s.Environment):
		return TemplateElsewhere, []string{fmt.Sprintf("The template %q is for %s in %s. Correct the ticket, or submit the change without it.",
			t.Name, strings.Join(t.Systems, ", "), strings.Join(t.Environments, ", "))}
	}
	fixed, _ := Parse(compliance.Ticket{Fields: t.Fixed})
	wanted, given := map[string]string{}, map[string]string{}
	for _, f := range s.Fields {
		given[f.Name] = f.Digest
	}
	for _, name := range slices.Sorted(maps.Keys(t.Fixed)) {
		if v := fixed.material(name); v != "" {
			wanted[name] = digest([]byte(v))[:fieldDigest]
		}
	}
	var missing []string
	for _, name := range Fixable() {
		_, isFixed := t.Fixed[name]
		switch {
		case isFixed && given[name] != wanted[name]:
			missing = append(missing, fmt.Sprintf("The change differs from the template %q: %s. Take the template's own text, or submit the change without it.", t.Name, name))
		case !isFixed && given[name] != "" && !slices.Contains(t.Fills, name):
			missing = append(missing, fmt.Sprintf("The template %q leaves %s empty. Empty the field, or submit the change without it.", t.Name, name))
		}
	}
	if len(missing) > 0 {
		return DiffersFromTemplate, missing
	}
	return OK, nil
}
