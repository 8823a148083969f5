package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// writtenFields are the tracker's fields that every ticket has and that we
// write or read by ourselves.
func writtenFields() []string {
	return []string{
		"assignee", "creator", "description", "duedate", "issuelinks", "issuetype", "labels", "project", "reporter", "resolution", "status", "summary", "updated",
	}
}

// ticketKinds checks the kinds of ticket against each other and against the
// changes: the type of a ticket has to say which kind it is, and its status and
// resolution what has become of it.
func (c *check) ticketKinds(e entry[organisationEntry]) {
	tickets := e.value.Tickets
	type place struct{ project, issueType string }
	in := func(project, issueType string) place {
		return place{strings.ToUpper(project), strings.ToLower(issueType)}
	}
	taken := map[place]string{in(tickets.Project, tickets.IssueType): "changes"}
	for _, kind := range compliance.TicketKinds() {
		k, used := tickets.Kinds[kind]
		if !used {
			continue
		}
		at := "/tickets/kinds/" + string(kind)
		if other, twice := taken[in(k.Project, k.IssueType)]; twice {
			e.report(c, at+"/issue_type", fmt.Sprintf("tickets of type %q in project %s are %s already", k.IssueType, k.Project, other),
				"the type of a ticket says what it is: give each kind a type or a project of its own")
		}
		taken[in(k.Project, k.IssueType)] = string(kind)
		c.kindStatuses(e, at, kind, k)
		c.kindResolutions(e, at, k)
		c.kindFields(e, at, kind, k)
	}
}

func (c *check) kindStatuses(e entry[organisationEntry], at string, kind compliance.TicketKind, k TicketKindRules) {
	seen := map[string]string{}
	for _, logical := range kind.Statuses() {
		name := strings.ToLower(k.Statuses[logical])
		if other, twice := seen[name]; twice {
			e.report(c, at+"/statuses/"+logical, fmt.Sprintf("%q is the status for %s already", k.Statuses[logical], other),
				"a ticket there could not be told apart; map "+logical+" to another status")
		}
		seen[name] = logical
	}
}

func (c *check) kindResolutions(e entry[organisationEntry], at string, k TicketKindRules) {
	done := k.Done
	if len(done) == 0 {
		done = []string{DefaultDone}
	}
	for i, name := range k.WontDo {
		if slices.ContainsFunc(done, func(d string) bool { return strings.EqualFold(d, name) }) {
			e.report(c, fmt.Sprintf("%s/wont_do/%d", at, i), fmt.Sprintf("the resolution %q means done", name), "a resolution is in one of done and wont_do; done is "+strings.Join(done, ", "))
		}
	}
}

func (c *check) kindFields(e entry[organisationEntry], at string, kind compliance.TicketKind, k TicketKindRules) {
	seen := map[string]string{}
	for _, name := range kind.Fields() {
		f, mapped := k.Fields[name]
		if !mapped {
			continue
		}
		inside := at + "/fields/" + name + "/id"
		if slices.Contains(writtenFields(), strings.ToLower(f.ID)) {
			e.report(c, inside, fmt.Sprintf("%q is written by itself", f.ID), "give a field of its own, such as customfield_10201")
		}
		if other, twice := seen[f.ID]; twice {
			e.report(c, inside, fmt.Sprintf("the tracker's field %q is mapped to %s already", f.ID, other), "each field has its own")
		}
		seen[f.ID] = name
	}
}
