package jira

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

// moves are the statuses that a ticket is set to from each status, in the order of
// the kind's life. People make other moves, which are theirs to allow.
func moves(kind compliance.TicketKind) []move {
	switch kind {
	case compliance.TicketRenewal:
		return []move{
			{"requested", []string{"received", "cancelled"}}, {"received", []string{"under_review", "requested", "cancelled"}},
			{"under_review", []string{"done", "requested", "cancelled"}},
		}
	case compliance.TicketIncident:
		return []move{
			{"triggered", []string{"acknowledged"}}, {"acknowledged", []string{"resolved", "triggered"}},
			{"resolved", []string{"reviewed"}}, {"reviewed", []string{"closed"}},
		}
	case compliance.TicketAction:
		return []move{{"open", []string{"done"}}}
	case compliance.TicketException:
		return []move{
			{"requested", []string{"in_force", "cancelled"}}, {"in_force", []string{"reopened", "done", "cancelled"}},
			{"reopened", []string{"in_force", "done", "cancelled"}},
		}
	default:
		return []move{
			{"submitted", []string{"in_review", "rejected", "withdrawn"}},
			{"in_review", []string{"approved", "waiting_window", "rejected", "expired", "withdrawn", "held", "superseded"}},
			{"approved", []string{"executing", "expired", "withdrawn", "held", "superseded"}},
			{"waiting_window", []string{"executing", "expired", "withdrawn", "held", "superseded"}},
			{"held", []string{"in_review", "approved", "waiting_window", "rejected", "expired", "withdrawn", "superseded"}},
			{"executing", []string{"closed", "failed", "rolled_back"}},
		}
	}
}

type move struct {
	from string
	to   []string
}

// transitions asks, for every status that has a ticket, which ways lead out of it.
// Jira shows them for a ticket only, and a whole workflow to administrators alone.
func (c *Client) transitions(ctx context.Context, h kindHeld) checkup.Check {
	item := "transitions of " + h.IssueType
	var missing, unseen []string
	seen := 0
	for _, m := range moves(h.kind) {
		from, mapped := h.Statuses[m.from]
		if !mapped {
			continue
		}
		names, found, failed := c.waysOut(ctx, h, from, item)
		switch {
		case failed != nil:
			return *failed
		case !found:
			unseen = append(unseen, from)
			continue
		}
		seen++
		for _, logical := range m.to {
			to, mapped := h.Statuses[logical]
			if mapped && !strings.EqualFold(to, from) && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, to) }) {
				missing = append(missing, from+" to "+to)
			}
		}
	}
	const mend = "add them to the workflow of this type, without conditions that keep the bot out"
	switch {
	case len(missing) > 0:
		return part.Wrong(item, checkup.Missing, strings.Join(missing, ", "), administrator+mend)
	case len(unseen) > 0:
		return part.Wrong(item, checkup.Unseen, "no ticket is in "+strings.Join(unseen, ", ")+", and Jira shows transitions for a ticket only",
			"see that the workflow has "+h.ways()+"; or move a ticket through it, and ask again")
	}
	return part.OK(item, "all that are taken, out of %d statuses", seen)
}

// ways lists the moves in Jira's names.
func (h kindHeld) ways() string {
	var all []string
	for _, m := range moves(h.kind) {
		var to []string
		for _, logical := range m.to {
			if name, ok := h.Statuses[logical]; ok {
				to = append(to, name)
			}
		}
		if from, ok := h.Statuses[m.from]; ok && len(to) > 0 {
			all = append(all, from+" to "+strings.Join(to, ", "))
		}
	}
	return strings.Join(all, "; ")
}

// pagesToTicket bounds a search: a page may be empty and not the last.
const pagesToTicket = 5

// waysOut finds a ticket in a status and the names of the statuses that it can go
// to; not found when there is none.
func (c *Client) waysOut(ctx context.Context, h kindHeld, status, item string) (names []string, found bool, failed *checkup.Check) {
	jql := fmt.Sprintf(`project = %s AND issuetype = %s AND status = %s`, quoted(h.Project), quoted(h.IssueType), quoted(status))
	next := ""
	for range pagesToTicket {
		var page struct {
			Issues        []struct{ ID string }
			NextPageToken string
		}
		x, err := c.read(ctx, "rest/api/2/search/jql?maxResults=1&fields=status&jql="+url.QueryEscape(jql)+next, &page)
		if err != nil {
			failed := x.Check(part, item, err, "", "JIRA_URL", "give the bot Browse Projects in "+h.Project)
			return nil, false, &failed
		}
		if len(page.Issues) > 0 {
			var answer struct{ Transitions []transition }
			if x, err = c.read(ctx, "rest/api/2/issue/"+url.PathEscape(page.Issues[0].ID)+"/transitions", &answer); err != nil {
				failed := x.Check(part, item, err, "", "JIRA_URL", "give the bot Transition Issues in "+h.Project)
				return nil, false, &failed
			}
			for _, t := range answer.Transitions {
				if t.IsAvailable == nil || *t.IsAvailable {
					names = append(names, t.To.Name)
				}
			}
			return names, true, nil
		}
		if page.NextPageToken == "" {
			break
		}
		next = "&nextPageToken=" + url.QueryEscape(page.NextPageToken)
	}
	return nil, false, nil
}

// quoted is a text in JQL.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
