package feed

import (
	"slices"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// pass is one run.
type pass struct {
	s      State
	log    log.Logger
	policy steps.ResolvedFeeds
	past   steps.RecalledFeeds
	known  []rules.Advised    // of past, with what this run decided
	read   []outcome          // of each feed, in the order of the policy
	more   bool               // an index lists more than one run reads
	again  bool               // what is followed up may have been before
	aside  []steps.FeedRecord // what was not believed, to be told of

	asideAgain bool
	called     bool // somebody, because this run waits
}

// ReadFeeds reads every feed of the policy once. Everything that follows from it is
// on record before it is done, and the state moves on only behind that: a run that
// dies between two steps, is repeated, or reads what an earlier one has read,
// leaves one record, one card and one rollout.
func ReadFeeds(ctx workflow.Context, in Input) (State, error) {
	p := &pass{log: workflow.GetLogger(ctx)}
	if err := p.begin(ctx, in); err != nil {
		return p.s, err
	}
	err := p.run(ctx)
	switch {
	case err != nil:
		p.call(ctx, true, err.Error())
	case p.more:
		p.s.Pages++
		return p.s, workflow.NewContinueAsNewError(ctx, ReadFeeds, Input{Carried: &p.s})
	case len(p.policy.Feeds) > 0:
		p.s.Pages = 0
		p.call(ctx, false, "")
	}
	return p.s, err
}

// run reads, decides and does.
func (p *pass) run(ctx workflow.Context) error {
	var err error
	p.policy, err = waited(ctx, p, func(bool) (steps.ResolvedFeeds, error) { return steps.ResolveFeeds(ctx) })
	if err != nil || len(p.policy.Feeds) == 0 {
		return err
	}
	if err := p.recall(ctx); err != nil {
		return err
	}
	p.again = true
	for _, r := range p.past.Owed { // of a run that ended before it was done
		if err := p.follow(ctx, r); err != nil {
			return err
		}
	}
	p.again, p.s.Done = false, p.past.Done
	return p.readAll(ctx)
}

// begin takes over what the run before left.
func (p *pass) begin(ctx workflow.Context, in Input) error {
	p.s = State{Schema: 1}
	switch {
	case in.Carried != nil:
		p.s = *in.Carried
	case workflow.HasLastCompletionResult(ctx):
		if err := workflow.GetLastCompletionResult(ctx, &p.s); err != nil {
			// Unreadable is as none: everything is read anew.
			p.log.Error("the state of the last run cannot be read", "error", err)
			p.s = State{Schema: 1}
		}
	}
	return workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, func() (Standing, error) {
		opened := slices.DeleteFunc(slices.Clone(p.known), func(k rules.Advised) bool { return k.Asked })
		return Standing{Feeds: p.s.Feeds, Rollouts: opened}, nil
	}, workflow.QueryHandlerOptions{Description: "how each feed stands, and what the feeds opened"})
}

// recall reads what is on record, and drops the state of feeds that the policy has
// no more or has at another address.
func (p *pass) recall(ctx workflow.Context) error {
	var held []Held
	for _, f := range p.policy.Feeds {
		at := slices.IndexFunc(p.s.Feeds, func(h Held) bool { return h.Feed == f.Feed })
		if at < 0 {
			held = append(held, Held{Feed: f.Feed})
			continue
		}
		held = append(held, p.s.Feeds[at])
	}
	p.s.Feeds = held
	return p.lookBack(ctx)
}

// lookBack reads what is on record of feeds, and how the rollouts stand now.
func (p *pass) lookBack(ctx workflow.Context) (err error) {
	var ids []string
	for _, f := range p.policy.Feeds {
		ids = append(ids, f.ID)
	}
	p.past, err = waited(ctx, p, func(bool) (steps.RecalledFeeds, error) {
		return steps.RecallFeeds(ctx, steps.RecallFeedsInput{Feeds: ids, Done: p.s.Done})
	})
	p.known = p.past.Advised
	return err
}

// waited repeats a step that the run cannot go on without. While it waits no other
// run begins; the run's page says what it waits for.
func waited[R any](ctx workflow.Context, p *pass, step func(repeat bool) (R, error)) (R, error) {
	since := workflow.Now(ctx)
	r, err := steps.Persist(ctx, step, func(f steps.Failed) {
		p.log.Warn("feeds are not read on", "failure", f.Text)
		workflow.SetCurrentDetails(ctx, "It waits: "+f.Text)
		if workflow.Now(ctx).Sub(since) >= stuckAfter {
			p.call(ctx, true, f.Text)
		}
	})
	if err == nil {
		workflow.SetCurrentDetails(ctx, "")
	}
	return r, err
}
