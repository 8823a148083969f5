package activities

import (
	"context"
	"errors"
	"slices"

	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// RecallFeedsInput names the feeds, and the record up to which everything was
// followed up.
type RecallFeedsInput struct {
	Feeds []string `json:"feeds"`
	// Done is the index of the last record that was followed up, plus one.
	Done uint64 `json:"done,omitempty"`
}

// RecalledFeeds is what is on record of feeds: the truth about them, whatever
// became of the runs that read them.
type RecalledFeeds struct {
	Feeds   []RecalledFeed  `json:"feeds,omitempty"` // in the order asked for
	Advised []patch.Advised `json:"advised,omitempty"`
	// Owed are the records from Done on: a run that ended before it followed them up
	// left them.
	Owed []FeedRecord `json:"owed,omitempty"`
	Done uint64       `json:"done"` // for the next time, once these are followed up
}

// RecalledFeed is what is on record of one feed.
type RecalledFeed struct {
	ID       string       `json:"id"`
	Digest   string       `json:"digest,omitempty"` // of the document in force
	Releases int          `json:"releases,omitempty"`
	Stood    patch.Reason `json:"stood,omitempty"`
	Turns    int          `json:"turns,omitempty"`
	Stretch  int          `json:"stretch,omitempty"` // the turn with which the finding began
	// Installed are the products that it is read for, with since when.
	Installed []patch.Installed `json:"installed,omitempty"`
	// Quarantined are the keys of entries that are on record already.
	Quarantined []string `json:"quarantined,omitempty"`
}

// FeedRecord is one record: exactly one of its facts is set.
type FeedRecord struct {
	Key     string              `json:"key"`
	Index   uint64              `json:"index"`
	Feed    *patch.FeedFacts    `json:"feed,omitempty"`
	Advised *patch.AdvisedFacts `json:"advised,omitempty"`
}

// RecallFeeds reads what is on record of feeds and of the rollouts that they opened.
func (e *Evidence) RecallFeeds(ctx context.Context, in RecallFeedsInput) (RecalledFeeds, error) {
	out := RecalledFeeds{Done: in.Done}
	for _, id := range in.Feeds {
		f := RecalledFeed{ID: id}
		entries, err := e.recordsOf(ctx, patch.FeedSubject(id))
		if err != nil {
			return RecalledFeeds{}, translate(err)
		}
		for _, entry := range entries {
			facts, err := recall[patch.FeedFacts](entry)
			if err != nil {
				return RecalledFeeds{}, translate(err)
			}
			f.take(entry.Record.Type, facts)
			out.owe(in.Done, FeedRecord{Key: entry.Record.Key, Index: entry.Index, Feed: &facts})
		}
		out.Feeds = append(out.Feeds, f)
	}
	if err := e.recallAdvised(ctx, &out, in.Done); err != nil {
		return RecalledFeeds{}, translate(err)
	}
	slices.SortFunc(out.Owed, func(a, b FeedRecord) int { return int(a.Index) - int(b.Index) }) // as they were decided
	return out, nil
}

// recallAdvised reads what was decided about notices, and which rollouts there are.
func (e *Evidence) recallAdvised(ctx context.Context, out *RecalledFeeds, done uint64) error {
	entries, err := e.recordsOf(ctx, patch.AdvisedSubject)
	if err != nil {
		return err
	}
	var list []patch.AdvisedFacts
	for _, entry := range entries {
		facts, err := recall[patch.AdvisedFacts](entry)
		if err != nil {
			return err
		}
		list = append(list, facts)
		out.owe(done, FeedRecord{Key: entry.Record.Key, Index: entry.Index, Advised: &facts})
	}
	if out.Advised, err = e.askedFor(ctx, list); err != nil {
		return err
	}
	for _, facts := range list {
		out.Advised = patch.Remember(out.Advised, facts)
	}
	return e.standings(ctx, out.Advised)
}

// take adds one record to what is known of a feed.
func (f *RecalledFeed) take(kind string, facts patch.FeedFacts) {
	switch {
	case kind == patch.EventQuarantined:
		for _, q := range facts.Quarantined {
			f.Quarantined = append(f.Quarantined, patch.QuarantineKey(q))
		}
	case facts.Installed != nil:
		f.Installed = append(f.Installed, *facts.Installed)
	case facts.Turn > 0:
		f.Stood, f.Turns, f.Stretch = facts.Reason, facts.Turn, facts.Stretch
	case facts.Digest != "":
		f.Digest, f.Releases = facts.Digest, f.Releases+1
	}
}

func (r *RecalledFeeds) owe(done uint64, record FeedRecord) {
	if record.Index >= done {
		r.Owed = append(r.Owed, record)
	}
	r.Done = max(r.Done, record.Index+1)
}

// standings adds where the rollouts stand.
func (e *Evidence) standings(ctx context.Context, advised []patch.Advised) error {
	for i := range advised {
		if advised[i].Rollout == "" {
			continue
		}
		st, err := e.Log.Standing(ctx, advised[i].Rollout)
		switch {
		case errors.Is(err, evidence.ErrNotFound):
		case err != nil:
			return recordFailure(err)
		default:
			advised[i].Number, advised[i].State = st.Number, patch.State(st.State)
			advised[i].Over = st.Final || advised[i].State == patch.Completed
		}
	}
	return nil
}

// recordsOf lists what is on record about a subject; none is not an error.
func (e *Evidence) recordsOf(ctx context.Context, subject string) ([]evidence.Entry, error) {
	entries, err := e.Log.Records(ctx, subject)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, recordFailure(err)
	}
	return entries, nil
}
