package jira

import (
	"context"
	"net/http"

	"github.com/lowcodex/countersign/compliance"
)

const (
	opRelate = "link tickets"
	// relation is the type of link that every site has from the start.
	relation = "Relates"
)

// relate links a ticket to others. Jira makes a link once however often it is
// asked for (description of linkIssues), so this is simply done again. A link
// that will never be possible is left out with a warning: the other ticket may
// be gone, and the description names it.
func (c *Client) relate(ctx context.Context, ref compliance.TicketRef, others []compliance.TicketRef) error {
	for _, other := range others {
		to := map[string]string{"key": other.Key}
		if other.ID != "" {
			to = map[string]string{"id": other.ID}
		}
		err := c.call(ctx, opRelate, http.MethodPost, "issueLink", map[string]any{
			"type": map[string]string{"name": relation}, "inwardIssue": map[string]string{"id": ref.ID}, "outwardIssue": to,
		}, nil)
		switch compliance.ClassOf(err) {
		case "":
		case compliance.Gone, compliance.Invalid, compliance.Refused, compliance.Blocked:
			c.cfg.Logger.WarnContext(ctx, "a ticket could not be linked", "ticket", ref.Key, "to", other.Key,
				"error", c.wire.Redactor().Clean(err.Error()))
		default:
			return err
		}
	}
	return nil
}
