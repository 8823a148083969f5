package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// FeedSource fetches what publishers offer. Every error is a
// *compliance.Failure. The implementation does not retry, and does not judge
// what it fetched beyond its being a whole document.
type FeedSource interface {
	// Fetch gets the document, or says that there is none newer than the mark.
	Fetch(ctx context.Context, feed compliance.Feed, mark compliance.FeedMark) (compliance.FeedDocument, error)
}

// Feeds is the capability to read advisories and catalogues.
type Feeds struct {
	Source FeedSource
	Blobs  BlobStore
	Now    func() time.Time
}

// The most of each that a reading carries; what is left out is counted. A
// reading is then mostly below 200 kB; one with the longest names in everything is
// refused.
const (
	maxEntries     = 100
	maxQuarantined = 50
	maxAnswers     = 500
	maxProducts    = 50
	maxDocuments   = 50
	maxReading     = 1 << 20 // bytes; the engine takes twice as much
)

// FeedHeld is what an earlier reading left: the document in force. Zero before
// the first one.
type FeedHeld struct {
	Digest   string              `json:"digest,omitempty"` // blob of the document
	Mark     compliance.FeedMark `json:"mark,omitzero"`
	LastRead time.Time           `json:"last_read,omitzero"` // when it was last confirmed, UTC
}

// ReadFeedInput names the feed, what is in force, and what concerns the reader.
type ReadFeedInput struct {
	Feed   compliance.Feed `json:"feed"`
	Held   FeedHeld        `json:"held,omitzero"`
	Wanted patch.Wanted    `json:"wanted,omitzero"`
	// After is used with an index: documents that come after this are listed.
	After patch.IndexCursor `json:"after,omitzero"`
	// Since is the oldest that is looked for behind After: documents may be listed
	// later than they are dated.
	Since time.Time `json:"since,omitzero"`
	// HeldOnly answers from what is in force and asks nobody, for when the
	// publisher cannot be reached.
	HeldOnly bool `json:"held_only,omitempty"`
	// MaxAge is how old the last reading may be before the feed is stale, as the
	// rules give it; 26 hours when zero.
	MaxAge time.Duration `json:"max_age,omitempty"`
}

// FeedAnswer says whether a wanted vulnerability is known to be exploited.
type FeedAnswer = patch.Answered

// FeedReading is what is in force now, in the bounds of a history. The whole
// document is the blob Held.Digest.
type FeedReading struct {
	// Held is to be given to the next reading.
	Held FeedHeld `json:"held"`
	// Changed is set when another document is in force than before.
	Changed bool `json:"changed,omitempty"`
	// Standing is empty when the feed may be relied on, else why not; it is shown
	// on every decision that rests on it.
	Standing patch.Reason `json:"standing,omitempty"`
	// Rejected says why the publisher's document was not believed: what was in
	// force stays so, and grows stale. A finding by itself.
	Rejected string `json:"rejected,omitempty"`
	// Refused is the kind of rejection: patch.FeedOlder or patch.FeedRejected.
	Refused patch.Reason `json:"refused,omitempty"`
	Version string       `json:"version,omitempty"`
	// Released is when the publisher released what is in force, UTC.
	Released time.Time `json:"released,omitzero"`

	// Of a catalogue: the answers to wanted vulnerabilities, the entries that are
	// wanted, and the wanted ones that are new in this release.
	Answers []FeedAnswer      `json:"answers,omitempty"`
	Entries []patch.Exploited `json:"entries,omitempty"`
	Added   []string          `json:"added,omitempty"`
	// Quarantined entries were not believed; each is an alert.
	Quarantined []patch.Quarantined `json:"quarantined,omitempty"`
	// Advisory is set for a single advisory that concerns what is wanted, or when
	// nothing is wanted in particular.
	Advisory *patch.Advisory `json:"advisory,omitempty"`
	// Documents are feeds of their own: the advisories that an index lists after
	// ReadFeedInput.After, the oldest first. ListedUntil is the After of the next reading.
	Documents   []compliance.Feed `json:"documents,omitempty"`
	ListedUntil patch.IndexCursor `json:"listed_until,omitzero"`
	// LeftOut counts, by field, what did not fit.
	LeftOut map[string]int `json:"left_out,omitempty"`
}

// ReadFeed fetches a feed, stores its document and says what in it concerns the
// reader. A document that cannot be believed is a result, and what was in force
// stays so; a publisher that cannot be reached is an error, after which HeldOnly
// answers from what is in force. A crash leaves at most an unreferenced blob.
func (f *Feeds) ReadFeed(ctx context.Context, in ReadFeedInput) (FeedReading, error) {
	out, err := f.readFeed(ctx, in)
	if err != nil {
		return FeedReading{}, translate(err)
	}
	if raw, err := json.Marshal(out); err != nil || len(raw) > maxReading {
		out = FeedReading{Held: in.Held, Refused: patch.FeedRejected, Rejected: fmt.Sprintf("what it says of installed products is larger than %d bytes", maxReading)}
	}
	out.Standing = patch.JudgeFeed(out.Held.LastRead, in.MaxAge, f.Now())
	done(ctx, "feed read", "feed", in.Feed.ID, "changed", out.Changed, "rejected", out.Rejected != "", "standing", string(out.Standing))
	return out, nil
}

func (f *Feeds) readFeed(ctx context.Context, in ReadFeedInput) (FeedReading, error) {
	held, err := f.inForce(ctx, in)
	if err != nil {
		return FeedReading{}, err
	}
	out := FeedReading{Held: in.Held}
	if in.HeldOnly {
		summarise(in, &out, held, held)
		return out, nil
	}
	mark := in.Held.Mark
	if held.data == nil {
		mark = compliance.FeedMark{} // there is nothing to be newer than
	}
	fetched, err := f.Source.Fetch(ctx, in.Feed, mark)
	if err != nil {
		return FeedReading{}, err
	}
	if fetched.NotModified {
		out.Held.LastRead = fetched.FetchedAt
		summarise(in, &out, held, held)
		return out, nil
	}
	present, why := read(in.Feed, fetched.Data, f.Now())
	refused := patch.FeedRejected
	if why == "" {
		refused, why = present.replaces(held, f.Now())
	}
	if why != "" {
		out.Rejected, out.Refused = why, refused
		summarise(in, &out, held, held)
		return out, nil
	}
	digest, err := f.Blobs.Put(ctx, fetched.Data)
	if err != nil {
		return FeedReading{}, feedFailure(in.Feed, "the document cannot be stored", err)
	}
	out.Changed = digest != in.Held.Digest
	out.Held = FeedHeld{Digest: digest, Mark: fetched.Mark, LastRead: fetched.FetchedAt}
	summarise(in, &out, present, held)
	return out, nil
}

// inForce reads the document of an earlier reading. One that cannot be read any
// more is as none: it is fetched again.
func (f *Feeds) inForce(ctx context.Context, in ReadFeedInput) (publication, error) {
	if in.Held.Digest == "" {
		return publication{}, nil
	}
	data, err := f.Blobs.Get(ctx, in.Held.Digest)
	if err == nil {
		if held, why := read(in.Feed, data, f.Now()); why == "" {
			return held, nil
		}
		err = errors.New("it is not what the feed's kind says")
	}
	switch {
	case ctx.Err() != nil:
		return publication{}, ctx.Err()
	case in.HeldOnly:
		return publication{}, feedFailure(in.Feed, "what is in force cannot be read", err)
	}
	return publication{}, nil
}

func feedFailure(feed compliance.Feed, detail string, err error) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: "read feed " + feed.ID, Detail: detail, Err: err}
}
