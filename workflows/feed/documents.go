package feed

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// mostOwed bounds the documents of an index that wait for their publisher; while
// there are as many, the index is not read on.
const mostOwed = 200

// mostPages bounds how often a run goes on at once because an index lists more; the
// rest is for the next time.
const mostPages = 200

// aim sets from where an index is read: from the look-back on when it is read for
// the first time, or for other products than before.
func (p *pass) aim(ctx workflow.Context, held *Held) {
	now := ""
	for _, i := range p.policy.Installed {
		now += i.Key() + " "
	}
	if held.For != now || held.After.Updated.After(workflow.Now(ctx)) { // also when the clock was ahead
		held.For, held.After = now, rules.IndexCursor{Updated: workflow.Now(ctx).Add(-p.policy.LookBack).UTC()}
	}
}

// documents reads what an index lists and what is owed from earlier. When the
// publisher cannot be reached, or takes longer than it has, the rest is owed to the
// next run.
func (p *pass) documents(ctx workflow.Context, held *Held, wanted rules.Wanted, until time.Time, o *outcome) {
	list := slices.Clone(held.Owed)
	if len(list) < mostOwed {
		for _, d := range o.reading.Documents {
			list = append(slices.DeleteFunc(list, func(owed compliance.Feed) bool { return owed.ID == d.ID }), d)
		}
		if o.reading.ListedUntil != (rules.IndexCursor{}) { // it is in force
			held.After = o.reading.ListedUntil
		}
		p.more = p.more || o.failed == "" && o.reading.LeftOut["documents"] > 0 && p.s.Pages < mostPages
	}
	held.Owed = nil
	owe := func(rest []compliance.Feed, why string) {
		held.Owed = rest
		o.failed = fmt.Sprintf("%s that it lists could not be fetched, the first is %.60s: %s", compliance.Count(len(rest), "document", "documents"), rest[0].ID, why)
		p.more = false // the rest waits with them
	}
	for i, d := range list {
		within := until.Sub(workflow.Now(ctx))
		if within <= 0 {
			owe(list[i:], "the publisher took longer than a quarter of an hour")
			return
		}
		reading, err := steps.ReadFeed(ctx, within, steps.ReadFeedInput{Feed: d, Wanted: wanted})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !steps.Explain(err).Final:
			owe(list[i:], steps.Explain(err).Text)
			return
		case err != nil:
			o.rejected = append(o.rejected, rejected{d.ID, steps.Explain(err).Text})
		case reading.Rejected != "":
			o.rejected = append(o.rejected, rejected{d.ID, reading.Rejected})
		case reading.Advisory != nil:
			o.notices = append(o.notices, reading.Advisory.Notice(held.Feed.ID, reading.Held.Digest))
		}
	}
}
