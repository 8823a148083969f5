package feed

import (
	"fmt"
	"slices"
	"time"

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

// mostPages bounds how often a run goes on at once because an index lists more; the
// rest is for the next time.
const mostPages = 200

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
	r := steps.FeedReading{Held: held, Standing: rules.JudgeFeedWithin(held.LastRead, feed.MaxAge, workflow.Now(ctx))}
	if held.Digest == "" {
		r.Standing = rules.FeedUnread
	}
	return r
}

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

// rolledOut lists the vulnerabilities of rollouts that are not over.
func (p *pass) rolledOut() []string {
	return p.vulnerabilities(func(k rules.Advised) bool { return !k.Over })
}

func (p *pass) vulnerabilities(of func(rules.Advised) bool) []string {
	var out []string
	for _, k := range p.known {
		if k.Kind != rules.OpenRollout || !of(k) {
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

// atOnceAsked bounds the vulnerabilities of one question, so that each answer comes
// with its entry.
const atOnceAsked = 100

// ask asks the catalogue about vulnerabilities that it has not answered yet: those
// that were met in these feeds and, when it was read itself, those of rollouts.
// What it says is in force already: nobody is asked over the wire.
func (p *pass) ask(ctx workflow.Context, read []int) error {
	at := slices.IndexFunc(p.policy.Feeds, func(f steps.ResolvedFeed) bool { return f.Kind == compliance.FeedKEV })
	if at < 0 || p.read[at].reading.Held.Digest == "" {
		return nil // it was never read: every answer is open
	}
	catalogue := &p.read[at].reading
	var names []string
	want := func(cve string) {
		said := slices.IndexFunc(catalogue.Answers, func(a steps.FeedAnswer) bool { return a.CVE == cve })
		whole := said >= 0 && (catalogue.Answers[said].Answer != rules.Yes ||
			slices.ContainsFunc(catalogue.Entries, func(e rules.Exploited) bool { return e.CVE == cve }))
		if !whole && !slices.Contains(names, cve) {
			names = append(names, cve)
		}
	}
	for _, i := range read {
		for _, n := range p.read[i].notices {
			for _, v := range n.Vulnerabilities {
				if !n.Catalogue {
					want(v.ID)
				}
			}
		}
		if i == at {
			for _, cve := range p.vulnerabilities(func(k rules.Advised) bool { return k.State != rules.Completed }) {
				want(cve) // also of rollouts that ended otherwise: people hear that it is exploited now
			}
		}
	}
	f := p.policy.Feeds[at]
	for some := range slices.Chunk(names, atOnceAsked) {
		more, err := steps.ReadFeed(ctx, together, steps.ReadFeedInput{
			Feed: f.Feed, Held: catalogue.Held, Wanted: rules.Wanted{CVEs: some}, HeldOnly: true, MaxAge: f.MaxAge,
		})
		if err != nil {
			if temporal.IsCanceledError(err) {
				return err
			}
			p.log.Warn("the catalogue was not asked", "failure", steps.Explain(err).Text) // the worse is assumed; the next run asks again
			return nil
		}
		catalogue.Version, catalogue.Released = more.Version, more.Released
		catalogue.Answers, catalogue.Entries = append(catalogue.Answers, more.Answers...), append(catalogue.Entries, more.Entries...)
	}
	return nil
}
