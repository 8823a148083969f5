package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// Rulebook is the capability to say what of the policy is in force, by the record,
// and to put on record what moves it (C37). It runs only in the process that holds
// the log: what is in force is read and moved with nobody in between.
type Rulebook struct {
	Log    EvidenceLog
	Blobs  BlobStore // holds the rules that were ever seen
	Source PolicySource

	moving sync.Mutex
}

// RecallStandingInput asks for what is in force.
type RecallStandingInput struct{}

// RecallStanding reads what is in force by the record.
func (b *Rulebook) RecallStanding(ctx context.Context, _ RecallStandingInput) (rules.Standing, error) {
	s, err := b.standing(ctx)
	return s, translate(err)
}

// RecordSighting puts on record what a process saw in the policy's files, and says
// what is in force then. Two that saw the same, and one that is repeated after a
// crash, find it on record.
func (b *Rulebook) RecordSighting(ctx context.Context, seen rules.Sighting) (rules.Standing, error) {
	b.moving.Lock()
	defer b.moving.Unlock()
	s, err := b.standing(ctx)
	if err != nil {
		return rules.Standing{}, translate(err)
	}
	var events []evidence.Event
	for _, m := range s.Judge(seen) {
		ev, err := b.event(ctx, m, seen)
		if err != nil {
			return rules.Standing{}, translate(err)
		}
		events = append(events, ev)
		s = s.After(m.Type, m.Facts)
	}
	receipts, err := b.Log.Append(ctx, events)
	if err != nil {
		return rules.Standing{}, translate(recordFailure(err))
	}
	for i, r := range receipts {
		if !r.Existing {
			done(ctx, "policy on record", "type", events[i].Type, "index", r.Index)
		}
	}
	return s, nil
}

// standing replays what is on record of the policy.
func (b *Rulebook) standing(ctx context.Context) (rules.Standing, error) {
	entries, err := b.Log.Records(ctx, rules.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return rules.Standing{}, recordFailure(err)
	}
	var s rules.Standing
	for _, e := range entries {
		facts, err := recall[rules.Facts](e)
		if err != nil {
			return rules.Standing{}, err
		}
		s = s.After(e.Record.Type, facts)
	}
	return s, nil
}

// event makes the record of a move: with the rules that it is about, and with what
// they say differently.
func (b *Rulebook) event(ctx context.Context, m rules.Move, seen rules.Sighting) (evidence.Event, error) {
	ev := evidence.Event{Key: m.Key, Type: m.Type, WorkflowID: rules.Subject, At: seen.At.UTC()}
	about := m.Facts.Seen
	if about == "" && m.Facts.After.Rules != m.Facts.Before.Rules {
		about = m.Facts.After.Rules
	}
	if about != "" {
		if err := b.describe(ctx, &ev, &m.Facts, about); err != nil {
			return ev, err
		}
	}
	if m.Type == rules.EventDirectory {
		places := strings.Join(seen.DirectoryPlaces, "\n")
		if err := attach(ctx, b.Blobs, &ev, "differences", places); err != nil {
			return ev, err
		}
	}
	return policyEvent(ev, m.Facts)
}

// describe attaches rules, and in which places they differ from those before.
func (b *Rulebook) describe(ctx context.Context, ev *evidence.Event, f *rules.Facts, about string) error {
	ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "rules", Digest: rulesBlob(about)})
	if f.Before.Rules == "" {
		return nil
	}
	before, err := restored(ctx, b.Blobs, f.Before.Rules)
	if err != nil {
		return unlessInvalid(err)
	}
	after, err := restored(ctx, b.Blobs, about)
	if err != nil {
		return unlessInvalid(err)
	}
	found, err := differences(before, after)
	if err != nil {
		return unlessInvalid(err)
	}
	f.Differences = len(found)
	return attach(ctx, b.Blobs, ev, "differences", strings.Join(found, "\n"))
}

// unlessInvalid lets what this version cannot read be on record without its
// differences: the rules themselves are kept, and another version compares them.
func unlessInvalid(err error) error {
	if compliance.ClassOf(err) == compliance.Invalid {
		return nil
	}
	return err
}

// policyEvent completes a record about the policy.
func policyEvent(ev evidence.Event, f rules.Facts) (evidence.Event, error) {
	facts, err := json.Marshal(f)
	if err != nil {
		return ev, &compliance.Failure{Class: compliance.Invalid, Op: "encode what is in force", Err: err}
	}
	under := f.After
	if under.Rules == "" {
		under = f.Before
	}
	ev.Schema, ev.Subject, ev.Controls, ev.Facts = 1, rules.Subject, rules.Controls(ev.Type), facts
	ev.Rules = &evidence.Rules{Version: version(under.Rules), Hash: under.Rules, Directory: version(under.Directory)}
	return ev, nil
}

// differences lists what rules say differently, a line for each place.
func differences(before, after *policy.Rules) ([]string, error) {
	list, err := policy.CompareRules(before, after)
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: "compare rules", Err: err}
	}
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.String()
	}
	return out, nil
}

// restored reads rules back by their digest.
func restored(ctx context.Context, blobs Contents, digest string) (*policy.Rules, error) {
	op := "read the rules " + version(digest)
	data, err := blobs.Get(ctx, rulesBlob(digest))
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "they are not in the store of blobs", Err: err}
	}
	r, err := policy.Restore(data)
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: err.Error(), Err: err}
	}
	if r.Hash != digest {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf("the store holds %.12s under that digest", r.Hash)}
	}
	return r, nil
}

// rulesBlob is the digest of rules as the store of blobs names it.
func rulesBlob(digest string) string { return "sha256:" + digest }

// version is the short form of a digest, for people.
func version(digest string) string { return digest[:min(len(digest), 12)] }
