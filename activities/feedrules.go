package activities

import (
	"context"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

// ResolveFeedsInput asks for the feeds as the rules have them now.
type ResolveFeedsInput struct{}

// ResolvedFeeds is what is read, for what, and who is told about it. Feeds is
// empty where no class says which products it has: nothing could follow then.
type ResolvedFeeds struct {
	RulesVersion     string            `json:"rules_version"`
	RulesHash        string            `json:"rules_hash"`
	DirectoryVersion string            `json:"directory_version"`
	LookBack         time.Duration     `json:"look_back"`
	Feeds            []ResolvedFeed    `json:"feeds,omitempty"` // in the order of the rules
	Installed        []patch.Installed `json:"installed,omitempty"`
	Audiences        []FeedAudience    `json:"audiences,omitempty"`
}

// ResolvedFeed is a feed and when it is stale.
type ResolvedFeed struct {
	compliance.Feed
	MaxAge time.Duration `json:"max_age"`
}

// FeedAudience is who is told about feeds in one channel: those who answer for
// the rollouts whose cards stand there.
type FeedAudience struct {
	Channel string                `json:"channel"`
	People  []compliance.PersonID `json:"people,omitempty"`
}

// ResolveFeeds reads which feeds are read and whom that concerns. The rules are
// kept as a blob: what a notice opened can be explained by them.
func (r *Rollouts) ResolveFeeds(ctx context.Context, _ ResolveFeedsInput) (ResolvedFeeds, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return ResolvedFeeds{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ResolvedFeeds{}, translate(err)
	}
	out := ResolvedFeeds{RulesVersion: rules.Version, RulesHash: rules.Hash, DirectoryVersion: dir.Version, Installed: rules.Installed()}
	all, ok := rules.Patching()
	if !ok || len(out.Installed) == 0 {
		return out, nil
	}
	if _, err := r.Blobs.Put(ctx, rules.Canonical()); err != nil {
		return ResolvedFeeds{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err})
	}
	out.LookBack = all.LookBack
	for _, f := range all.Feeds {
		out.Feeds = append(out.Feeds, ResolvedFeed{Feed: f.Feed, MaxAge: f.MaxAge})
	}
	for _, i := range out.Installed {
		out.listen(rules, dir, i, r.Now())
	}
	return out, nil
}

// listen adds the people of a class in a system: its owner, and its sponsor, who
// answers when there is no owner.
func (o *ResolvedFeeds) listen(rules *policy.Rules, dir *policy.Directory, i patch.Installed, now time.Time) {
	for _, t := range rules.PatchTargets() {
		if t.System != i.System || t.Class != i.Class {
			continue
		}
		rule, err := rules.Route(policy.Case{System: t.System, Environment: t.Environment, Risk: "medium"})
		if err != nil {
			continue // its rollouts are refused for that, and say so
		}
		at := slices.IndexFunc(o.Audiences, func(a FeedAudience) bool { return a.Channel == rule.Channel })
		if at < 0 {
			at = len(o.Audiences)
			o.Audiences = append(o.Audiences, FeedAudience{Channel: rule.Channel})
		}
		a := rules.PatchAudience(t, dir, now)
		for _, id := range []compliance.PersonID{a.Owner, a.Sponsor} {
			if id != "" && !slices.Contains(o.Audiences[at].People, id) {
				o.Audiences[at].People = append(o.Audiences[at].People, id)
			}
		}
		return // one target stands for all of them
	}
}
