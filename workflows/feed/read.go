package feed

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
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

// mostOwed bounds the documents of an index that wait for their publisher; while
// there are as many, the index is not read on.
const mostOwed = 200

// readAll reads the feeds beside each other: a publisher that is down for a quarter
// of an hour holds up the run, and not the reading of the others.
func (p *pass) readAll(ctx workflow.Context) error {
	p.read = make([]outcome, len(p.policy.Feeds))
	wait := workflow.NewWaitGroup(ctx)
	for i := range p.policy.Feeds {
		wait.Add(1)
		workflow.GoNamed(ctx, "feed "+p.policy.Feeds[i].ID, func(ctx workflow.Context) {
			defer wait.Done()
			p.read[i] = p.readOne(ctx, i)
		})
	}
	wait.Wait(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.ask(ctx)
}

func (p *pass) readOne(ctx workflow.Context, i int) outcome {
	feed, held := p.policy.Feeds[i], &p.s.Feeds[i]
	in := steps.ReadFeedInput{Feed: feed.Feed, Held: held.FeedHeld, Wanted: rules.WantedBy(p.policy.Installed), MaxAge: feed.MaxAge}
	if in.Held.Digest == "" {
		in.Held.Digest = p.past.Feeds[i].Digest // the state was lost: an older document is still not believed
	}
	switch feed.Kind {
	case compliance.FeedKEV:
		in.Wanted.CVEs = p.rolledOut()
	case compliance.FeedCSAFIndex:
		p.aim(ctx, held)
		in.After = held.After
	}
	o := fetch(ctx, in)
	if n := o.reading.LeftOut["entries"]; n > 0 {
		p.log.Warn("the oldest entries about installed products are not looked at", "feed", feed.ID, "entries", n)
	}
	switch {
	case feed.Kind == compliance.FeedCSAF && o.reading.Advisory != nil:
		o.notices = append(o.notices, o.reading.Advisory.Notice(feed.ID, o.reading.Held.Digest))
	case feed.Kind == compliance.FeedKEV:
		for _, e := range o.reading.Entries {
			o.notices = append(o.notices, e.Notice(feed.ID, o.reading.Version, o.reading.Held.Digest))
		}
	case feed.Kind == compliance.FeedCSAFIndex:
		p.documents(ctx, held, in.Wanted, &o)
	}
	return o
}

// fetch reads a feed, or where its publisher cannot be reached what is in force.
func fetch(ctx workflow.Context, in steps.ReadFeedInput) outcome {
	reading, err := steps.ReadFeed(ctx, in)
	if err == nil || ctx.Err() != nil {
		return outcome{reading: reading}
	}
	o := outcome{failed: steps.Explain(err).Text}
	if in.Held.Digest != "" {
		in.HeldOnly = true
		if o.reading, err = steps.ReadFeed(ctx, in); err == nil {
			return o
		}
	}
	o.reading = steps.FeedReading{Held: in.Held, Standing: rules.JudgeFeedWithin(in.Held.LastRead, in.MaxAge, workflow.Now(ctx))}
	if in.Held.Digest == "" {
		o.reading.Standing = rules.FeedUnread
	}
	return o
}

// aim sets from where an index is read: from the look-back on when it is read for
// the first time, or for other products than before.
func (p *pass) aim(ctx workflow.Context, held *Held) {
	now := ""
	for _, i := range p.policy.Installed {
		now += i.Key() + " "
	}
	if held.For != now {
		held.For, held.After = now, rules.IndexCursor{Updated: workflow.Now(ctx).Add(-p.policy.LookBack).UTC()}
	}
}

// documents reads what an index lists and what is owed from earlier. When the
// publisher cannot be reached the rest is owed: it is tried once a run.
func (p *pass) documents(ctx workflow.Context, held *Held, wanted rules.Wanted, o *outcome) {
	list := slices.Clone(held.Owed)
	if len(list) < mostOwed {
		for _, d := range o.reading.Documents {
			list = append(slices.DeleteFunc(list, func(owed compliance.Feed) bool { return owed.ID == d.ID }), d)
		}
		if o.reading.ListedUntil != (rules.IndexCursor{}) { // it is in force
			held.After = o.reading.ListedUntil
		}
		p.more = p.more || o.failed == "" && o.reading.LeftOut["documents"] > 0
	}
	held.Owed = nil
	for i, d := range list {
		reading, err := steps.ReadFeed(ctx, steps.ReadFeedInput{Feed: d, Wanted: wanted})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !steps.Explain(err).Final:
			held.Owed = list[i:]
			o.failed = fmt.Sprintf("%s that it lists could not be fetched, the first is %.60s: %s", compliance.Count(len(held.Owed), "document", "documents"), d.ID, steps.Explain(err).Text)
			p.more = false // the rest waits with them
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

// rolledOut lists the vulnerabilities of rollouts that are not over.
func (p *pass) rolledOut() []string {
	var out []string
	for _, k := range p.known {
		if k.Kind != rules.OpenRollout || k.Over {
			continue
		}
		for _, v := range k.Vulnerabilities {
			if !slices.Contains(out, v.ID) {
				out = append(out, v.ID)
			}
		}
	}
	return out
}

// ask asks the catalogue about vulnerabilities that this run has met first. What it
// says about them is in force already: nobody is asked over the wire.
func (p *pass) ask(ctx workflow.Context) error {
	at := slices.IndexFunc(p.policy.Feeds, func(f steps.ResolvedFeed) bool { return f.Kind == compliance.FeedKEV })
	if at < 0 || p.read[at].reading.Held.Digest == "" {
		return nil // it was never read: every answer is open
	}
	catalogue := &p.read[at].reading
	var names []string
	for i := range p.read {
		for _, n := range p.read[i].notices {
			for _, v := range n.Vulnerabilities {
				known := func(a steps.FeedAnswer) bool { return a.CVE == v.ID }
				if !n.Catalogue && !slices.ContainsFunc(catalogue.Answers, known) && !slices.Contains(names, v.ID) {
					names = append(names, v.ID)
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	f := p.policy.Feeds[at]
	more, err := steps.ReadFeed(ctx, steps.ReadFeedInput{
		Feed: f.Feed, Held: catalogue.Held, Wanted: rules.Wanted{CVEs: names}, HeldOnly: true, MaxAge: f.MaxAge,
	})
	if err != nil {
		if temporal.IsCanceledError(err) {
			return err
		}
		p.log.Warn("the catalogue was not asked", "failure", steps.Explain(err).Text) // the worse is assumed; the next run asks again
		return nil
	}
	catalogue.Answers, catalogue.Entries = append(catalogue.Answers, more.Answers...), append(catalogue.Entries, more.Entries...)
	return nil
}
