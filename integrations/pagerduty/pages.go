package pagerduty

import (
	"context"
	"strings"
	"time"

	pd "github.com/PagerDuty/go-pagerduty"

	"github.com/lowcodex/countersign/compliance"
)

// What an event may hold, in characters. The whole may have 512 kB, which these
// bounds never reach.
// https://developer.pagerduty.com/docs/send-alert-event
const (
	maxSummary = 1024
	maxText    = 20_000 // ours: what a phone shows is far less
	maxLink    = 2000   // ours
)

// product is the client that PagerDuty shows beside an incident.
const product = "Countersign"

// Send triggers an event whose deduplication key is the page's. PagerDuty folds
// a repetition into the incident that is open for the key, so it need not be
// looked for. Claimed: one incident per page while that incident is open. A
// repetition that arrives after somebody resolved it there opens a second one.
//
// The error is a *compliance.Failure: Invalid when PagerDuty can never take it,
// Throttled and Unavailable when nothing was taken, Blocked when key or address
// are wrong, UnknownOutcome when it may have been taken.
func (c *Client) Send(ctx context.Context, to compliance.Account, page compliance.Page, _ bool) (compliance.Paged, error) {
	key, err := dedupKey(page, to)
	if err != nil {
		return compliance.Paged{}, invalid(opPage, "%s", err)
	}
	details := map[string]string{"number": page.Number, "subject": page.Subject, "paged": to.ID}
	if text := cut(page.Text, maxText); text != "" {
		details["text"] = text
	}
	if page.Drill {
		details["drill"] = "This is an exercise, not a real incident."
	}
	e := &pd.V2Event{
		RoutingKey: c.cfg.RoutingKey, Action: "trigger", DedupKey: key, Client: product,
		Payload: &pd.V2Payload{
			Summary: cut(page.Headline(), maxSummary), Source: page.Subject, Severity: severity(page.Severity), Details: details,
		},
	}
	if !page.At.IsZero() {
		e.Payload.Timestamp = page.At.UTC().Format(time.RFC3339)
	}
	if isLink(page.Link) {
		e.ClientURL = page.Link
		e.Links = []any{map[string]string{"href": page.Link, "text": page.Number}}
	}
	if err := c.event(ctx, opPage, e); err != nil {
		return compliance.Paged{}, err
	}
	return compliance.Paged{Channel: Provider, Ref: key}, nil
}

// StandDown resolves the incident that the page opened, so that it stops
// ringing and escalating there. PagerDuty drops it when there is none that is
// open. The webhook that follows names an integration and no person, so it is
// not taken for somebody's act.
func (c *Client) StandDown(ctx context.Context, to compliance.Account, at compliance.Paged, page compliance.Page, why string) error {
	key := at.Ref
	if key == "" { // an attempt of unknown outcome: its key is known all the same
		var err error
		if key, err = dedupKey(page, to); err != nil {
			return invalid(opStandDown, "%s", err)
		}
	}
	if _, _, err := parseKey(key); err != nil {
		return invalid(opStandDown, "the reference of the page was not made here")
	}
	return c.event(ctx, opStandDown, &pd.V2Event{
		RoutingKey: c.cfg.RoutingKey, Action: "resolve", DedupKey: key,
		Payload: &pd.V2Payload{
			Summary: cut("Stand down: "+oneLine(why), maxSummary), Source: page.Subject, Severity: severity(page.Severity),
		},
	})
}

// severity is PagerDuty's word; one that is not known counts as the worst,
// because it may not ring at all for a milder one.
func severity(s string) string {
	switch s {
	case "sev2":
		return "error"
	case "sev3":
		return "warning"
	case "sev4":
		return "info"
	default:
		return "critical"
	}
}

func isLink(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && len(s) <= maxLink && printable(s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens a text to at most limit characters, with a mark where something
// is missing.
func cut(s string, limit int) string {
	return compliance.Cut(strings.TrimSpace(s), limit)
}
