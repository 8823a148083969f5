package feed

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// alert has somebody paged, until they acknowledge, when deadlines rest on a feed
// that is stale or was never read, and says when that is over. A publisher that is
// down for a while pages nobody. That no alert can be raised fails nothing: the card
// and the record are there.
func (p *pass) alert(ctx workflow.Context, r steps.FeedRecord) {
	f := *r.Feed
	firing := f.Reason == rules.FeedStale || f.Reason == rules.FeedUnread
	if !firing && f.Reason != rules.OK {
		return
	}
	now := workflow.Now(ctx)
	ev := compliance.AlertEvent{
		Delivery: r.Key, Source: rules.AlertSource, Key: rules.FeedSubject(f.Feed), Firing: firing, Severity: string(rules.AlertWarning),
		Title: "Feed " + f.Feed + " cannot be relied on", Text: f.Reason.Text(), StartsAt: now, Received: now,
	}
	if len(p.policy.Installed) > 0 {
		ev.System = p.policy.Installed[0].System
	}
	if f.Detail != "" {
		ev.Text += " Seen: " + f.Detail
	}
	if !firing {
		ev.Text, ev.EndsAt = "It is read again.", now
	}
	if err := incident.Raise(ctx, ev.Bounded()); err != nil {
		p.log.Error("no alert could be raised about a feed", "feed", f.Feed, "error", err)
	}
}
