package feed

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

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
