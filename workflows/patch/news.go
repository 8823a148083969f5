package patch

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// receiveNews takes what became known of vulnerabilities, from the feeds. Clocks
// come nearer by themselves, and later only by a person's word (P15).
func (p *process) receiveNews(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, SignalInformed, func(n News) {
		if n.Key == "" || slices.Contains(p.s.News, n.Key) || len(n.Vulnerabilities) == 0 {
			return
		}
		p.s.News = append(p.s.News, n.Key)
		if len(p.s.News) > 50 {
			p.s.News = p.s.News[len(p.s.News)-50:]
		}
		p.Follow(ctx, "news", n.Key, func(ctx workflow.Context) error { return p.informed(ctx, n) })
	})
}

// informed reckons the clocks again by the rules of this rollout.
func (p *process) informed(ctx workflow.Context, n News) error {
	if p.s.Route == nil || p.mended() {
		return nil
	}
	var known []rules.Vulnerability
	for _, v := range n.Vulnerabilities {
		for i := range p.s.Asked.Vulnerabilities {
			if own := &p.s.Asked.Vulnerabilities[i]; own.ID == v.ID {
				*own, _ = rules.Learned(*own, v)
				known = append(known, *own)
			}
		}
	}
	if len(known) == 0 {
		return nil
	}
	reckoned, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ReckonedDeadlines, error) {
		return steps.ReckonDeadlines(ctx, steps.ReckonDeadlinesInput{
			RulesHash: p.s.Route.RulesHash, Class: p.s.Route.Class, Targets: p.s.Route.Targets, Vulnerabilities: known,
		})
	})
	if err != nil {
		return err
	}
	for i, d := range reckoned.Deadlines {
		if d.Reason != rules.OK {
			continue
		}
		if err := p.reckoned(ctx, fmt.Sprintf("clock/%s/%d", n.Key, i), d); err != nil {
			return err
		}
	}
	p.clocks++
	p.Show()
	return nil
}

// reckoned compares a clock with what the rules say now, and records what moved.
func (p *process) reckoned(ctx workflow.Context, step string, d rules.Deadline) error {
	for i := range p.s.Clocks {
		c := &p.s.Clocks[i]
		if c.Clock.Vulnerability != d.Clock.Vulnerability || c.Clock.Asset != d.Clock.Asset {
			continue
		}
		inForce, proposal, reason := rules.Recompute(c.Clock, d.Clock.Start, d.Clock.Ruling, d.Clock.Feed)
		if reason == rules.Unchanged && inForce.Ruling.As == c.Clock.Ruling.As && inForce.Feed == c.Clock.Feed {
			return nil
		}
		before := c.Clock
		facts := rules.ClockFacts{Clock: inForce, Before: &before, Unused: d.Unused, Reason: reason}
		kind := rules.EventClock
		if reason == rules.LaterNeedsWord {
			kind, facts.Proposed = rules.EventLater, &proposal
		}
		if err := p.record(ctx, step, kind, "", facts); err != nil {
			return err
		}
		c.Clock, c.Unused, c.Proposed = inForce, d.Unused, facts.Proposed
		if reason != rules.Unchanged {
			p.s.Turn++ // what a card shows about the deadline is another now
			p.call(step, clockNote(p.s, before, *c, reason))
		}
		return nil
	}
	return nil
}
