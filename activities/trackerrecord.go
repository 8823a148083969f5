package activities

import (
	"context"
	"errors"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

// remembered is the tracker as the record of an earlier run leaves it, with
// what policy and directory say now. An operator who ends a run ends neither a
// cover nor a ladder: whoever begins again goes on from what is on record.
func (a *advance) remembered(ctx context.Context, fresh certification.Tracker) (certification.Tracker, certification.Tasks, error) {
	entries, err := a.j.Log.Records(ctx, a.in.Head.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return fresh, certification.Tasks{}, recordFailure(err)
	}
	var records []certification.Recorded
	for _, e := range entries {
		facts, err := trackerFacts(e)
		if err != nil {
			return fresh, certification.Tasks{}, err
		}
		if facts == nil {
			continue
		}
		r := certification.Recorded{At: e.Record.At, Index: e.Index, Facts: facts}
		if e.Record.Actor != nil {
			r.By = compliance.PersonID(e.Record.Actor.Person)
		}
		records = append(records, r)
	}
	t, tasks := certification.Rebuild(fresh, records, a.owed.local)
	t, _ = t.Refit(a.owed.ladder, a.owed.setup.NeededBy, a.in.Now)
	return t, tasks, nil
}

// trackerFacts are the facts of a record that moved an artefact; nil for one
// that did not, such as a refused act.
func trackerFacts(e evidence.Entry) (any, error) {
	switch e.Record.Type {
	case certification.EventTracked:
		return boxed(recall[certification.TrackedFacts](e))
	case certification.EventReminded, certification.EventEscalated, certification.EventUntold:
		return boxed(recall[certification.ReminderFacts](e))
	case certification.EventExpiring, certification.EventExpired, certification.EventRescheduled, certification.EventDrift:
		return boxed(recall[certification.MovedFacts](e))
	case certification.EventAcknowledged, certification.EventRequested, certification.EventReceived, certification.EventReviewing,
		certification.EventAccepted, certification.EventReturned, certification.EventGranted, certification.EventDenied, certification.EventWithdrawn:
		return boxed(recall[certification.ActFacts](e))
	}
	return nil, nil
}

func boxed[F any](facts F, err error) (any, error) { return facts, err }
