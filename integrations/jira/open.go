package jira

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/lowcodex/countersign/compliance"
)

const (
	opOpen = "open ticket"
	opLook = "look for an opened ticket"
	// lookPages bounds one look; a label names one ticket, or very few.
	lookPages = 3
)

// Open creates a ticket once per key. The key's mark is a label of the ticket.
// Jira has no idempotency key and its search index lags, so one empty answer
// never decides that a ticket was not created: with repeat, and after a create
// whose outcome is unknown, it looks several times over Config.SearchPauses.
// The context must leave time for that (10 s and a few calls by default).
// Callers of this client who open the same key at the same time get one ticket.
//
// Invalid when a field is not mapped, does not fit, or the requester has no
// Jira account. What remains: a ticket whose label is not searchable even
// after all pauses is opened twice; then the older one is taken, and the
// double is named in a warning as soon as the search shows both.
//
// A ticket that is no change is opened without what Jira does not take of it: a
// person who cannot be assigned, an unknown choice. That is then a line of its
// description, and a warning. It is linked to its related tickets; when a link
// cannot be made now, the error says so and the ticket exists.
func (c *Client) Open(ctx context.Context, t compliance.NewTicket, repeat bool) (compliance.TicketRef, error) {
	d, err := c.draft(t)
	if err != nil {
		return compliance.TicketRef{}, err
	}
	ref, err := c.once(ctx, d.label, repeat, func(repeat bool) (compliance.TicketRef, error) { return c.open(ctx, d, repeat) })
	if err != nil {
		return compliance.TicketRef{}, err
	}
	return ref, c.relate(ctx, ref, t.Related)
}

func (c *Client) open(ctx context.Context, d *draft, repeat bool) (compliance.TicketRef, error) {
	if repeat {
		if ref, found, err := c.look(ctx, d, c.cfg.SearchPauses, 0); err != nil || found {
			return ref, err
		}
	}
	ref, err := c.create(ctx, d)
	switch {
	case err == nil && repeat:
		// The first ticket may have become searchable in the meantime.
		id, _ := strconv.Atoi(ref.ID)
		if older, found, lookErr := c.look(ctx, d, []time.Duration{0}, id); lookErr == nil && found {
			return older, nil
		}
		return ref, nil
	case err == nil:
		return ref, nil
	case compliance.ClassOf(err) != compliance.UnknownOutcome:
		return compliance.TicketRef{}, err
	}
	if ref, found, lookErr := c.look(ctx, d, c.cfg.SearchPauses, 0); lookErr == nil && found {
		return ref, nil
	}
	return compliance.TicketRef{}, err
}

// create makes the issue: by one request, or, when Jira refuses fields that can
// be spared, by one more without them. A refused request has made nothing.
func (c *Client) create(ctx context.Context, d *draft) (compliance.TicketRef, error) {
	for {
		ref, err := c.post(ctx, d.fields)
		if err == nil || compliance.ClassOf(err) != compliance.Invalid {
			return ref, err
		}
		without := d.drop(err)
		if len(without) == 0 {
			return ref, err
		}
		c.cfg.Logger.WarnContext(ctx, "Jira did not take everything of a ticket; it is opened without, and says so",
			"label", d.label, "fields", without, "error", c.wire.Redactor().Clean(err.Error()))
	}
}

// post bypasses go-jira's Create, which reports a refusal without its reason.
func (c *Client) post(ctx context.Context, fields map[string]any) (compliance.TicketRef, error) {
	var made issueAnswer
	if err := c.call(ctx, opOpen, http.MethodPost, "issue", map[string]any{"fields": fields}, &made); err != nil {
		return compliance.TicketRef{}, addressed(err)
	}
	if !idPattern.MatchString(made.ID) || made.Key == "" {
		return compliance.TicketRef{}, &compliance.Failure{Class: compliance.UnknownOutcome, Op: opOpen, Detail: "the answer does not name the ticket"}
	}
	return compliance.TicketRef{Site: c.cfg.Site, ID: made.ID, Key: made.Key}, nil
}

// look searches for the label, once after each pause, until it is found. The
// issue with the id reconcile is read through the index. An error of the
// search ends it: "not found" is an answer only when every look was empty.
func (c *Client) look(ctx context.Context, d *draft, pauses []time.Duration, reconcile int) (compliance.TicketRef, bool, error) {
	for _, pause := range pauses {
		if err := wait(ctx, pause); err != nil {
			return compliance.TicketRef{}, false, err
		}
		found, err := c.search(ctx, d, reconcile)
		if err != nil {
			return compliance.TicketRef{}, false, err
		}
		if len(found) == 0 {
			continue
		}
		slices.SortFunc(found, func(a, b gojira.Issue) int {
			if len(a.ID) != len(b.ID) {
				return len(a.ID) - len(b.ID)
			}
			return strings.Compare(a.ID, b.ID)
		})
		if len(found) > 1 {
			c.cfg.Logger.WarnContext(ctx, "one request opened several tickets; the oldest is used, close the others by hand",
				"label", d.label, "used", found[0].Key, "double", found[1].Key, "count", len(found))
		}
		return compliance.TicketRef{Site: c.cfg.Site, ID: found[0].ID, Key: found[0].Key}, true, nil
	}
	return compliance.TicketRef{}, false, nil
}

func (c *Client) search(ctx context.Context, d *draft, reconcile int) ([]gojira.Issue, error) {
	jql := fmt.Sprintf(`project = "%s" AND labels = "%s"`, d.project, d.label)
	options := &gojira.SearchOptionsV2{MaxResults: 50, Fields: []string{"labels"}}
	if reconcile > 0 {
		options.ReconcileIssues = []int{reconcile}
	}
	var found []gojira.Issue
	for range lookPages {
		callCtx, x := c.wire.Begin(ctx, opLook)
		page, resp, err := c.api.Issue.SearchV2JQLWithContext(callCtx, jql, options)
		if f := x.Failure(err); f != nil {
			return nil, addressed(f)
		}
		for _, issue := range page {
			if issue.Fields != nil && slices.Contains(issue.Fields.Labels, d.label) {
				found = append(found, issue)
			}
		}
		// A short page is not the last page: only the answer itself says so.
		if resp.IsLast || resp.NextPageToken == "" {
			break
		}
		options.NextPageToken = resp.NextPageToken
	}
	return found, nil
}

// wait pauses; when the context ends first, nothing was created by this call.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &compliance.Failure{
			Class: compliance.Unavailable, Op: opLook, Err: ctx.Err(),
			Detail: "the time was up before the search had settled; nothing was opened by this attempt",
		}
	}
}
