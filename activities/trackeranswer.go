package activities

import (
	"context"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

// answered is the instant that the step answers for: its own, or that of an
// earlier try whose parts are on record and whose answer was lost. What has
// become due since is the next step's.
func (j *Judgement) answered(ctx context.Context, in AdvanceTrackerInput) (time.Time, error) {
	if in.First.IsZero() || !in.First.Before(in.Now) {
		return in.Now, nil
	}
	entries, err := j.Log.Records(ctx, in.Head.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return in.Now, recordFailure(err)
	}
	for _, e := range entries {
		at := e.Record.At
		if e.Record.RunID != in.Head.Run || at.Before(in.First) || !at.Before(in.Now) {
			continue
		}
		switch e.Record.Type {
		case certification.EventReminded, certification.EventEscalated, certification.EventUntold,
			certification.EventExpiring, certification.EventExpired, certification.EventRescheduled:
			return at, nil // a try appends all its parts at its own instant
		}
	}
	return in.Now, nil
}

// record appends the events. What an earlier attempt had recorded already is
// told to whom it names.
func (a *advance) record(ctx context.Context) error {
	if len(a.events) == 0 {
		return nil
	}
	receipts, err := a.j.Log.Append(ctx, a.events)
	if err != nil {
		return recordFailure(err)
	}
	a.out.Index = receipts[len(receipts)-1].Index
	for i, r := range receipts {
		if !r.Existing {
			continue
		}
		for n := range a.out.Told {
			if a.out.Told[n].Key != a.events[i].Key {
				continue
			}
			entry, err := a.j.Log.Lookup(ctx, a.events[i].Key)
			if err != nil {
				return recordFailure(err)
			}
			facts, err := recall[certification.ReminderFacts](entry)
			if err != nil {
				return err
			}
			a.out.Told[n].Told = facts.Told
		}
	}
	done(ctx, "tracker advanced", "number", a.in.Head.Number, "parts", len(a.events), "index", a.out.Index)
	return nil
}
