package jira

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// issueType looks at one type of issue: that it exists, that its workflow has the
// policy's statuses, its fields and its transitions.
func (c *Client) issueType(ctx context.Context, h kindHeld, types []projectType) []checkup.Check {
	at := slices.IndexFunc(types, func(t projectType) bool { return strings.EqualFold(t.Name, h.IssueType) })
	if at < 0 {
		return []checkup.Check{part.Wrong("issue type "+h.IssueType, checkup.Missing, "project "+h.Project+" does not have it",
			administrator+"add it (Project settings, Issue types), or correct issue_type in rules/organisation.yaml")}
	}
	checks := []checkup.Check{part.OK("issue type "+h.IssueType, "in %s", h.Project)}
	return append(checks, c.statuses(h, types[at]), c.fields(ctx, h, types[at]), c.transitions(ctx, h))
}

func (c *Client) statuses(h kindHeld, t projectType) checkup.Check {
	item := "statuses of " + h.IssueType
	wanted := map[string]bool{}
	for _, name := range h.Statuses {
		wanted[name] = true
	}
	if h.kind == compliance.TicketChange {
		wanted[c.cfg.SubmitStatus] = true
	}
	var missing []string
	for _, name := range sorted(wanted) {
		if !slices.ContainsFunc(t.Statuses, func(s struct{ Name string }) bool { return strings.EqualFold(s.Name, name) }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return part.Wrong(item, checkup.Missing, strings.Join(missing, ", "),
			administrator+"add them to the workflow of this type, or correct statuses in rules/organisation.yaml")
	}
	return part.OK(item, "all %d that the policy maps", len(wanted))
}

// createField is a field of a type's create screen.
type createField struct {
	FieldID         string
	Name            string
	Required        bool
	HasDefaultValue bool
	Schema          struct{ Type, Items string }
}

// fields compares the create screen with what tickets are opened with.
func (c *Client) fields(ctx context.Context, h kindHeld, t projectType) checkup.Check {
	item := "fields of " + h.IssueType
	screen, failed := c.createScreen(ctx, h.Project, t.ID, item)
	if failed != nil {
		return *failed
	}
	wanted := append([]FieldMap{{Name: "labels", ID: "labels"}}, h.Fields...)
	var missing, other, required []string
	for _, f := range wanted {
		on, ok := screen[f.ID]
		switch {
		case !ok:
			missing = append(missing, fmt.Sprintf("%s (%s)", f.Name, f.ID))
		case !on.holds(f.Kind):
			other = append(other, fmt.Sprintf("%s (%s) is %s there and %s in the policy", f.Name, f.ID, on.kind(), f.Kind))
		}
	}
	for _, id := range sorted(screen) {
		known := slices.Contains([]string{"summary", "description", "project", "issuetype", "reporter", "labels"}, id)
		if f := screen[id]; f.Required && !f.HasDefaultValue && !known && !slices.ContainsFunc(wanted, func(w FieldMap) bool { return w.ID == id }) {
			required = append(required, fmt.Sprintf("%s (%s)", f.Name, id))
		}
	}
	switch {
	case len(missing) > 0:
		return part.Wrong(item, checkup.Missing, "not on the create screen: "+strings.Join(missing, ", "),
			administrator+"add them to the create screen of this type (Issues, Screens), or correct the ids in rules/fields.yaml or rules/organisation.yaml")
	case len(other) > 0:
		return part.Wrong(item, checkup.Different, strings.Join(other, "; "), "correct the kind in rules/fields.yaml or rules/organisation.yaml, or name another field")
	case len(required) > 0:
		return part.Wrong(item, checkup.Different, "required and not mapped: "+strings.Join(required, ", "),
			administrator+"make them optional, or give them a default value; else no ticket of this type can be opened")
	}
	return part.OK(item, "all %d that the policy maps are on the create screen", len(h.Fields))
}

// holds reports whether a field takes values of a kind; "" is any.
func (f createField) holds(kind string) bool {
	takes := map[string][]string{
		KindText: {"string"}, KindChoice: {"option", "priority"}, KindUser: {"user"}, KindDatetime: {"datetime"}, KindDate: {"date"},
		KindNumber: {"number"}, KindCheckbox: {"array"},
	}
	return kind == "" || slices.Contains(takes[kind], f.Schema.Type) && (kind != KindCheckbox || f.Schema.Items == "option")
}

func (f createField) kind() string {
	if f.Schema.Items != "" {
		return f.Schema.Type + " of " + f.Schema.Items
	}
	return f.Schema.Type
}

// screenPages bounds the pages of a create screen.
const screenPages = 40

// createScreen reads the whole create screen by the fields' ids.
func (c *Client) createScreen(ctx context.Context, project, typeID, item string) (map[string]createField, *checkup.Check) {
	screen := map[string]createField{}
	for range screenPages {
		var page struct {
			Fields []createField
			Total  int
		}
		path := fmt.Sprintf("rest/api/2/issue/createmeta/%s/issuetypes/%s?startAt=%d&maxResults=200", url.PathEscape(project), url.PathEscape(typeID), len(screen))
		x, err := c.read(ctx, path, &page)
		if err != nil {
			failed := x.Check(part, item, err, "", "JIRA_URL", "give the bot Create Issues in "+project)
			return nil, &failed
		}
		for _, f := range page.Fields {
			screen[f.FieldID] = f
		}
		if len(page.Fields) == 0 || len(screen) >= page.Total {
			break
		}
	}
	return screen, nil
}
