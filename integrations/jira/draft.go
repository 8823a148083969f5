package jira

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// draft is a ticket on its way into Jira.
type draft struct {
	project string
	label   string
	fields  map[string]any
	wrong   []string // why it cannot be sent
	// spare are the fields without which the ticket is opened all the same, with
	// the line that is written into the description instead. Empty for a change.
	spare map[string]string
	lines []string // of the description, before its text
	text  string   // of the description, as wiki text
	more  string   // Config.MoreURL
}

// draft makes the fields of a new issue, naming everything wrong at once.
func (c *Client) draft(t compliance.NewTicket) (*draft, error) {
	kind, err := c.kind(opOpen, t.Kind)
	if err != nil {
		return nil, err
	}
	d := &draft{project: kind.Project, label: mark(t.Key), spare: map[string]string{}, fields: map[string]any{
		"project":   map[string]string{"key": kind.Project},
		"issuetype": map[string]string{"name": kind.IssueType},
		"labels":    []string{mark(t.Key)},
	}}
	if t.Key == "" {
		d.refuse("the event key is missing")
	}
	if t.Site != "" && t.Site != c.cfg.Site {
		d.refuse("the ticket is for site %q, this is site %q", t.Site, c.cfg.Site)
	}
	switch {
	case t.Requester.IsZero():
	case t.Requester.Provider != Provider:
		d.refuse("the requester has no Jira account in the directory")
	default:
		d.fields["reporter"] = map[string]string{"accountId": t.Requester.ID}
	}
	if t.Kind == compliance.TicketChange {
		d.content(t, kind.Fields)
	} else {
		c.task(d, t, kind.Fields)
	}
	if len(d.wrong) > 0 {
		return nil, invalid(opOpen, "%s", strings.Join(d.wrong, "; "))
	}
	return d, nil
}

func (d *draft) refuse(format string, args ...any) {
	d.wrong = append(d.wrong, fmt.Sprintf(format, args...))
}

// content fills in what a change holds: its mapped fields and nothing else.
func (d *draft) content(t compliance.NewTicket, mapping []FieldMap) {
	byName := map[string]FieldMap{}
	for _, f := range mapping {
		byName[f.Name] = f
	}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		f, mapped := byName[name]
		if text := t.Fields[name]; !mapped {
			d.refuse("field %q is not mapped to a Jira field", name)
		} else if text != "" {
			value, err := f.encode(text)
			if err != nil {
				d.refuse("%s", err)
				continue
			}
			d.fields[f.ID] = value
		}
	}
}
