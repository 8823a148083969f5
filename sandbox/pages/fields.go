package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/policy"
)

// field is a field of the form for a ticket.
type field struct {
	Name, Label, Kind, Value string
	Required                 bool // for submission, not for saving
	Lines                    int  // of a text area, 0 for one line
	Hint                     string
	Options                  []option
	Error                    string // what is wrong with what was given
}

// local is how a browser writes an instant without a zone.
const local = "2006-01-02T15:04"

// label is a field's name for people.
func label(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}

// fields are the policy's, in the order in which a person describes a change;
// fields that only this organisation has come last.
func (p *Pages) fields() []policy.Field {
	order := []string{
		"title", "purpose", "system", "environment", "risk", "planned_start", "duration", "implementer", "plan", "safe_points", "test_plan", "test_results",
		"rollback", "rollback_owner", "rollback_tested_on", "vendor_version", "external", "data_class", "template", "supersedes",
	}
	rank := func(f policy.Field) int {
		if i := slices.Index(order, f.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	all := p.cfg.Rules.Fields()
	slices.SortStableFunc(all, func(a, b policy.Field) int { return rank(a) - rank(b) })
	return all
}

// form lays out the fields of the policy with these values, as the tracker gives them.
func (p *Pages) form(values map[string]string, where *time.Location) []field {
	var out []field
	for _, f := range p.fields() {
		v := field{Name: f.Name, Label: label(f.Name), Kind: string(f.Kind), Value: values[f.Name], Required: f.Required, Hint: hint(f.Name, where)}
		switch f.Kind {
		case policy.TextField:
			if slices.Contains(prose(), f.Name) {
				v.Lines = 3
			}
		case policy.ChoiceField:
			v.Options = p.options(f.Name, v.Value)
		case policy.UserField:
			v.Options = p.accounts(v.Value)
		case policy.DateTimeField:
			v.Value = toLocal(v.Value, where)
		}
		out = append(out, v)
	}
	return out
}

// prose lists the fields that hold several lines.
func prose() []string { return []string{"purpose", "plan", "test_plan", "test_results", "rollback"} }

func hint(name string, where *time.Location) string {
	switch name {
	case "planned_start":
		return "On your clock (" + where.String() + "). Empty: as soon as it is approved and a window is open."
	case "duration":
		return "Minutes such as 90, or 1h30m."
	case "external":
		return "Ask for the agreed external approver when too few colleagues may decide."
	case "rollback_tested_on":
		return "When the way back was last tried."
	}
	return ""
}

// options are what the policy knows for a choice, and what stands there now.
func (p *Pages) options(name, value string) []option {
	out := []option{{Value: "", Label: "–"}}
	add := func(value, label string) {
		if !slices.ContainsFunc(out, func(o option) bool { return o.Value == value }) {
			out = append(out, option{Value: value, Label: label})
		}
	}
	for _, s := range p.cfg.Rules.Systems() {
		switch name {
		case "system":
			add(s.ID, fmt.Sprintf("%s (%s)", s.Name, s.Platform))
		case "environment":
			for _, e := range s.Environments {
				add(e.Name, e.Name)
			}
		}
	}
	switch name {
	case "risk":
		for _, r := range []string{"low", "medium", "high"} {
			add(r, r)
		}
	case "template":
		for _, t := range p.cfg.Rules.Templates() {
			add(t.Name, t.Name)
		}
	case "external":
		add("yes", "yes")
		add("no", "no")
	}
	add(value, value)
	for i := range out {
		out[i].Chosen = out[i].Value == value
	}
	return out
}

func (p *Pages) accounts(value string) []option {
	out := []option{{Value: "", Label: "–"}}
	for _, u := range p.cfg.Site.Jira.Users() {
		out = append(out, option{u.AccountID, u.Name, u.AccountID == value})
	}
	return out
}

func toLocal(text string, where *time.Location) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return t.In(where).Format(local)
}

// given reads a form as the tracker takes it. Only what differs from what the
// form showed is returned: saving changes nothing that nobody changed. What cannot be
// read is returned as it was typed, with an error beside its field.
func (p *Pages) given(r *http.Request, shown map[string]string, where *time.Location) (map[string]string, error) {
	out, wrong := map[string]string{}, jiratest.FieldErrors{}
	for _, f := range p.form(shown, where) {
		values, sent := r.PostForm["f."+f.Name]
		if !sent {
			continue
		}
		value := strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(values[0], "\r\n", "\n"), "\uFFFD"))
		if value == f.Value {
			continue
		}
		if f.Kind == string(policy.DateTimeField) && value != "" {
			t, err := time.ParseInLocation(local, value[:min(len(value), len(local))], where)
			if err != nil {
				out[f.Name], wrong[f.Name] = value, fmt.Sprintf("%q is not a date and time.", value)
				continue
			}
			value = t.UTC().Format(time.RFC3339)
		}
		out[f.Name] = value
	}
	if len(wrong) > 0 {
		return out, wrong
	}
	return out, nil
}

// fieldText is a field's value for people.
func (p *Pages) fieldText(f policy.Field, value string, where *time.Location) string {
	switch {
	case value == "":
		return ""
	case f.Kind == policy.UserField:
		return p.by(jira.Provider, value)
	case f.Kind == policy.DateTimeField:
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return t.In(where).Format("2 Jan 2006 15:04 MST")
		}
	case f.Name == "system":
		return p.system(value)
	}
	return value
}
