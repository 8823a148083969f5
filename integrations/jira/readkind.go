package jira

import (
	"context"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// ReadKind returns a ticket as one of the given kind: its status and how it
// ended by the kind's names, the fields that the kind maps, and nothing of the
// change's. It is found and refused as by Read; for a change it is Read.
//
// Gone says that Jira knows no such ticket or that the bot may not see it: Jira
// answers the same for both. That it was deleted is only told by its event.
func (c *Client) ReadKind(ctx context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	if kind == compliance.TicketChange {
		return c.Read(ctx, ref)
	}
	const op = "read ticket"
	cfg, err := c.kind(op, kind)
	if err != nil {
		return compliance.Ticket{}, err
	}
	fields := []string{"status", "reporter", "updated", "summary", "assignee", "duedate", "resolution"}
	for _, f := range cfg.Fields {
		if !slices.Contains(fields, f.ID) {
			fields = append(fields, f.ID)
		}
	}
	issue, err := c.issue(ctx, op, ref, fields)
	if err != nil {
		return compliance.Ticket{}, err
	}
	t := compliance.Ticket{
		Ref: compliance.TicketRef{Site: c.cfg.Site, ID: issue.ID, Key: issue.Key}, Kind: kind,
		Status: shownStatus(kind, cfg.Statuses, issue.status()), Requester: issue.account("reporter"),
		Fields: map[string]string{}, Link: c.cfg.browse(issue.Key),
		Title: issue.text("summary"), Assignee: issue.account("assignee"), Due: issue.text("duedate"),
		Resolution: cfg.resolution(kind, issue),
	}
	if t.Resolution != "" {
		t.ResolvedAs = issue.name("resolution")
	}
	if err := issue.decode(op, cfg.Fields, t.Fields); err != nil {
		return compliance.Ticket{}, err
	}
	t.Revision = revision(issue, t.Status, t.Requester, t.Fields, t.Title, t.Assignee, t.Due, t.Resolution, t.ResolvedAs)
	return t, nil
}
