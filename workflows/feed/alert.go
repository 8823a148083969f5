package feed

import (
	"time"

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

// stuckAfter is how long a run waits before somebody is paged about it: no other one
// begins meanwhile, and no feed is read.
const stuckAfter = 30 * time.Minute

// call has somebody paged because no feed is read: a run waits or failed, and what
// would say that feeds are stale is the run itself. A run that comes to its end says
// that it is over, whichever run called.
func (p *pass) call(ctx workflow.Context, firing bool, seen string) {
	if ctx.Err() != nil || firing && p.called {
		return // an operator ends it, or somebody knows
	}
	p.called = firing
	now := workflow.Now(ctx)
	ev := compliance.AlertEvent{
		Delivery: workflow.GetInfo(ctx).WorkflowExecution.RunID, Source: rules.AlertSource, Key: rules.AdvisedSubject, Firing: firing, Severity: string(rules.AlertWarning),
		Title: "No feed is read", Text: "The reading of feeds does not come to its end. Seen: " + seen, StartsAt: now, Received: now,
	}
	if len(p.policy.Installed) > 0 {
		ev.System = p.policy.Installed[0].System
	}
	if !firing {
		ev.Delivery, ev.Text, ev.EndsAt = ev.Delivery+"/over", "Feeds are read again.", now
	}
	if err := incident.Raise(ctx, ev.Bounded()); err != nil {
		p.log.Error("no alert could be raised about the reading of feeds", "error", err)
	}
}
