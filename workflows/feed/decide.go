package feed

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// decide says what was read of these feeds means, as the records to make of it. What
// is on record already makes none. A catalogue that is still being read answers by
// what is in force of it.
func (p *pass) decide(ctx workflow.Context, read []int) []evidence.Event {
	var out []evidence.Event
	var catalogue rules.Catalogued
	turn, anew := 0, false
	installed := make([][]rules.Installed, len(p.policy.Feeds))
	for _, i := range read {
		var begun []evidence.Event
		installed[i], begun = p.installed(ctx, i)
		out = append(append(out, begun...), p.found(ctx, i)...)
	}
	for i, f := range p.policy.Feeds {
		if f.Kind == compliance.FeedKEV {
			anew = slices.Contains(read, i)
			r := p.read[i].reading
			catalogue = rules.Catalogued{Feed: f.ID, Version: r.Version, Standing: r.Standing, Answers: r.Answers, Entries: r.Entries}
			turn = p.past.Feeds[i].Turns
		}
	}
	advise := func(list []rules.AdvisedFacts, digest string) {
		for _, f := range list {
			if f.Kind == rules.OpenRollout {
				f.Rollout = patch.AdvisoryID(f.Name, f.Place)
			}
			f.Turn = turn
			p.known = rules.Remember(p.known, f)
			out = append(out, p.advised(ctx, f, digest))
		}
	}
	// Advisories before the catalogue: they say more about what opens.
	for _, fromCatalogue := range []bool{false, true} {
		for _, i := range read {
			for _, n := range p.read[i].notices {
				if n.Catalogue == fromCatalogue {
					advise(rules.Advise(n, installed[i], p.known, catalogue, p.policy.LookBack), n.Digest)
				}
			}
		}
	}
	if anew {
		advise(rules.Refresh(p.known, catalogue), "")
	}
	return out
}

// installed gives what a feed is read for with since when, and records what it is
// read for from now on.
func (p *pass) installed(ctx workflow.Context, i int) (all []rules.Installed, begun []evidence.Event) {
	for _, want := range p.policy.Installed {
		past := p.past.Feeds[i].Installed
		if at := slices.IndexFunc(past, func(k rules.Installed) bool { return k.Key() == want.Key() }); at >= 0 {
			want.Since = past[at].Since
			if now := workflow.Now(ctx).UTC(); want.Since.After(now) {
				want.Since = now // the clock was ahead then: not everything until that day is old
			}
		} else {
			want.Since = workflow.Now(ctx).UTC()
			begun = append(begun, p.event(ctx, i, "installed/"+want.Key(), rules.EventFeed, rules.FeedFacts{Installed: &want}))
		}
		all = append(all, want)
	}
	return all, begun
}

// found compares a feed with what is on record of it: another document in force,
// entries that are not believed, and a standing that turned.
func (p *pass) found(ctx workflow.Context, i int) []evidence.Event {
	past, o, held := p.past.Feeds[i], p.read[i], &p.s.Feeds[i]
	r := o.reading
	held.FeedHeld, held.Version, held.Released, held.Quarantined = r.Held, r.Version, r.Released, r.Quarantined
	var out []evidence.Event
	if r.Held.Digest != "" && r.Held.Digest != past.Digest {
		ev := p.event(ctx, i, fmt.Sprintf("release/%d", past.Releases+1), rules.EventFeed, rules.FeedFacts{
			Release: r.Version, Released: r.Released, LastRead: r.Held.LastRead, Digest: r.Held.Digest,
		})
		ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "document", Digest: r.Held.Digest})
		out = append(out, ev)
	}
	for _, q := range r.Quarantined {
		if key := rules.QuarantineKey(q); !slices.Contains(past.Quarantined, key) {
			ev := p.event(ctx, i, "quarantined/"+key, rules.EventQuarantined, rules.FeedFacts{Release: r.Version, Quarantined: []rules.Quarantined{q}, Reason: q.Reason})
			ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "document", Digest: r.Held.Digest})
			out = append(out, ev)
		}
	}
	for _, d := range o.rejected {
		out = append(out, p.event(ctx, i, "document/"+rules.DocumentKey(d.id, d.why), rules.EventQuarantined, rules.FeedFacts{
			Defects: []string{compliance.Cut(d.why, 500)}, Detail: compliance.Cut(d.id, 200), Reason: rules.MalformedEntry,
		}))
	}
	found := rules.FeedState{Standing: r.Standing, Refused: r.Refused, Unreached: o.failed != ""}.Found()
	held.Found, held.Detail = found, ""
	for _, seen := range []string{o.failed, r.Rejected} {
		if seen != "" {
			held.Detail = compliance.Cut(seen, 500)
		}
	}
	if !rules.FeedTurn(past.Stood, found) {
		return out
	}
	facts := rules.FeedFacts{Release: r.Version, LastRead: r.Held.LastRead, Reason: found, Turn: past.Turns + 1, Stretch: past.Stretch, Detail: held.Detail}
	if past.Stood == rules.OK {
		facts.Stretch = facts.Turn
	}
	return append(out, p.event(ctx, i, fmt.Sprintf("turn/%d", facts.Turn), rules.EventFeed, facts))
}

// advised is the record of what a notice means.
func (p *pass) advised(ctx workflow.Context, f rules.AdvisedFacts, digest string) evidence.Event {
	raw := desk.Encoded(f)
	ev := p.head(ctx, rules.AdvisedSubject).Event(rules.AdvisedKey(raw), rules.EventAdvised, workflow.Now(ctx))
	ev.WorkflowID, ev.Facts = workflow.GetInfo(ctx).WorkflowExecution.ID, raw
	if digest != "" {
		ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "document", Digest: digest})
	}
	ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "rules", Digest: "sha256:" + p.policy.RulesHash})
	return ev
}

// event is one event about a feed.
func (p *pass) event(ctx workflow.Context, i int, step, kind string, facts rules.FeedFacts) evidence.Event {
	facts.Feed = p.policy.Feeds[i].ID
	subject := rules.FeedSubject(facts.Feed)
	ev := p.head(ctx, subject).Event(subject+"/"+step, kind, workflow.Now(ctx))
	ev.WorkflowID, ev.Facts = workflow.GetInfo(ctx).WorkflowExecution.ID, desk.Encoded(facts)
	return ev
}

func (p *pass) head(ctx workflow.Context, subject string) steps.Head {
	return steps.Head{
		Subject: subject, Run: workflow.GetInfo(ctx).WorkflowExecution.RunID,
		Rules: evidence.Rules{Version: p.policy.RulesVersion, Hash: p.policy.RulesHash, Directory: p.policy.DirectoryVersion},
	}
}
