package evidence

import (
	"context"
	"fmt"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Append puts events on record, in order, and returns one receipt for each.
// The records are synced to disk and part of the tree when it returns; a
// checkpoint follows within the checkpoint interval.
//
// The events of one call are admitted or refused as a whole. A key that is on
// record already yields its first receipt, marked Existing, so the same call
// can be repeated for ever. An event without number and series takes the
// number of the event before it; a subject that has a number always keeps it.
//
// Refusals (ErrInvalid, ErrConflict, ErrFinal, ErrTooLarge, ErrMissingBlob,
// ErrClosed) recorded nothing and will be repeated by the same call.
// ErrUnavailable and an error of ctx leave the outcome unknown: repeat the call
// with the same keys to learn it.
func (l *Log) Append(ctx context.Context, events []Event) ([]Receipt, error) {
	if len(events) == 0 {
		return nil, nil
	}
	req, err := l.prepare(ctx, events)
	if err != nil {
		return nil, err
	}
	if err := l.hand(ctx, req); err != nil {
		return nil, err
	}
	select {
	case out := <-req.done:
		return out.receipts, out.err
	case <-ctx.Done():
		return nil, fmt.Errorf("evidence: append of %q is under way, repeat it with the same key: %w", events[0].Key, context.Cause(ctx))
	}
}

// prepare does what needs neither the log nor its order, on the caller's time.
func (l *Log) prepare(ctx context.Context, events []Event) (*request, error) {
	if len(events) > l.cfg.BatchSize {
		return nil, refuse(ErrTooLarge, "%d events in one append, the limit is %d; split it", len(events), l.cfg.BatchSize)
	}
	req := &request{
		events:  make([]Event, len(events)),
		missing: make([]error, len(events)),
		done:    make(chan outcome, 1),
	}
	for i, ev := range events {
		var err error
		if req.events[i], err = ledger.Normal(ev); err != nil {
			return nil, err
		}
		if req.missing[i], err = l.missingBlob(ctx, ev); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// missingBlob returns, as its first result, the refusal of an event that
// refers to a blob nobody stored: a record must not point at nothing.
func (l *Log) missingBlob(ctx context.Context, ev Event) (missing, err error) {
	refs := ev.Blobs
	if ev.Actor != nil && ev.Actor.Snapshot != "" {
		refs = append(refs[:len(refs):len(refs)], BlobRef{Role: "actor", Digest: ev.Actor.Snapshot})
	}
	for _, ref := range refs {
		has, err := l.blobs.Has(ctx, ref.Digest)
		if err != nil {
			return nil, err
		}
		if !has {
			return refuse(ErrMissingBlob, "event %q refers to %s (%s); put the blob first", ev.Key, ref.Digest, ref.Role), nil
		}
	}
	return nil, nil
}

// hand gives the request to the committer.
func (l *Log) hand(ctx context.Context, req *request) error {
	l.accepting.RLock()
	defer l.accepting.RUnlock()
	if l.closed {
		return ErrClosed
	}
	select {
	case l.requests <- req:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
