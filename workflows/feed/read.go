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

// outcome is what came of reading one feed.
type outcome struct {
	reading steps.FeedReading
	failed  string // why the publisher could not be read; empty when it could
	notices []rules.Notice
	// Of an index: documents that cannot be believed.
	rejected []rejected
}

type rejected struct{ id, why string }

// A publisher has patience to answer with everything that is read of it in one
// run; together is how long what others said waits to be decided with it: an
// advisory says more than the catalogue about what opens, and the catalogue
// whether that is exploited.
const (
	patience = 15 * time.Minute
	together = time.Minute
)

// arrival is the outcome of one feed, by its place in the policy.
type arrival struct {
	at int
	outcome
}

// readAll reads the feeds beside each other, and decides and does what follows
// from them as they come: at once when all are there, else after a minute. A
// publisher that is down longer holds up nobody's decisions but its own.
func (p *pass) readAll(ctx workflow.Context) error {
	var came []arrival
	p.read = make([]outcome, len(p.policy.Feeds))
	for i := range p.policy.Feeds {
		p.read[i].reading = p.unread(ctx, p.policy.Feeds[i], p.held(i))
		workflow.GoNamed(ctx, "feed "+p.policy.Feeds[i].ID, func(ctx workflow.Context) {
			o := p.readOne(ctx, i)
			came = append(came, arrival{i, o})
		})
	}
	for left := len(p.policy.Feeds); left > 0; {
		first := left == len(p.policy.Feeds)
		if _, err := workflow.AwaitWithTimeout(ctx, together, func() bool { return len(came) == left }); err != nil {
			return err
		}
		if err := workflow.Await(ctx, func() bool { return len(came) > 0 }); err != nil {
			return err
		}
		if !first { // meanwhile rollouts were asked for, and ended
			if err := p.lookBack(ctx); err != nil {
				return err
			}
		}
		var read []int
		for _, a := range came {
			p.read[a.at] = a.outcome
			read = append(read, a.at)
		}
		came, left = nil, left-len(read)
		slices.Sort(read)
		if err := p.conclude(ctx, read); err != nil {
			return err
		}
	}
	return nil
}

// conclude decides what was read of these feeds, does what follows, and tells it.
func (p *pass) conclude(ctx workflow.Context, read []int) error {
	if err := p.ask(ctx, read); err != nil {
		return err
	}
	if err := p.settle(ctx, p.decide(ctx, read)); err != nil {
		return err
	}
	p.tell(ctx)
	return ctx.Err()
}

// held is what is in force of a feed. Where the state was lost the log still names
// it: an older document is not believed.
func (p *pass) held(i int) steps.FeedHeld {
	held := p.s.Feeds[i].FeedHeld
	if held.Digest == "" {
		held.Digest = p.past.Feeds[i].Digest
	}
	return held
}

func (p *pass) readOne(ctx workflow.Context, i int) outcome {
	feed, held := p.policy.Feeds[i], &p.s.Feeds[i]
	in := steps.ReadFeedInput{Feed: feed.Feed, Held: p.held(i), Wanted: rules.WantedBy(p.policy.Installed), MaxAge: feed.MaxAge}
	until := workflow.Now(ctx).Add(patience)
	switch feed.Kind {
	case compliance.FeedKEV:
		in.Wanted.CVEs = p.rolledOut()
	case compliance.FeedCSAFIndex:
		p.aim(ctx, held)
		in.After, in.Since = held.After, workflow.Now(ctx).Add(-p.policy.LookBack)
	}
	o := p.fetch(ctx, feed, in)
	if n := o.reading.LeftOut["entries"]; n > 0 {
		p.log.Warn("the oldest entries about installed products are not looked at", "feed", feed.ID, "entries", n)
		if oldest := o.reading.Entries[len(o.reading.Entries)-1].Added; oldest.After(workflow.Now(ctx).Add(-p.policy.LookBack)) {
			o.rejected = append(o.rejected, rejected{feed.ID, fmt.Sprintf("it lists %s about installed products that are not looked at, added %s at the latest: look at the publisher's page",
				compliance.Count(n, "more entry", "more entries"), oldest.Format(time.DateOnly))})
		}
	}
	switch {
	case feed.Kind == compliance.FeedCSAF && o.reading.Advisory != nil:
		o.notices = append(o.notices, o.reading.Advisory.Notice(feed.ID, o.reading.Held.Digest))
	case feed.Kind == compliance.FeedKEV:
		for _, e := range o.reading.Entries {
			o.notices = append(o.notices, e.Notice(feed.ID, o.reading.Version, o.reading.Held.Digest))
		}
	case feed.Kind == compliance.FeedCSAFIndex:
		p.documents(ctx, held, in.Wanted, until, &o)
	}
	return o
}

// fetch reads a feed, or where its publisher cannot be reached what is in force.
func (p *pass) fetch(ctx workflow.Context, feed steps.ResolvedFeed, in steps.ReadFeedInput) outcome {
	reading, err := steps.ReadFeed(ctx, patience, in)
	if err == nil || ctx.Err() != nil {
		return outcome{reading: reading}
	}
	o := outcome{failed: steps.Explain(err).Text}
	if in.Held.Digest != "" {
		in.HeldOnly = true
		if o.reading, err = steps.ReadFeed(ctx, together, in); err == nil {
			return o
		}
	}
	o.reading = p.unread(ctx, feed, in.Held)
	return o
}

// unread is how a feed stands by what is in force, without looking into it.
func (p *pass) unread(ctx workflow.Context, feed steps.ResolvedFeed, held steps.FeedHeld) steps.FeedReading {
	r := steps.FeedReading{Held: held, Standing: rules.JudgeFeed(held.LastRead, feed.MaxAge, workflow.Now(ctx))}
	if held.Digest == "" {
		r.Standing = rules.FeedUnread
	}
	return r
}
