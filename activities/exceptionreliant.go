package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
)

// mostReliant bounds how many changes are looked at for one end, the ones that moved
// last first: reading them must not keep the end from the record for long. People of
// others learn it from their change, which asks again before it starts.
const mostReliant = 500

// concerned adds to those who are told, where an exception stops excusing, the people
// of the changes under way that counted on it: of the one that it was for, or else of
// each whose gate it lets past by what was last judged on record. It was in the state
// was before the event.
func (j *Judgement) concerned(ctx context.Context, x excepted, subject, event string, was exception.State, e exception.Exception) ([]compliance.PersonID, error) {
	told := x.concerned(event, e)
	if was != exception.InForce || e.State != exception.Reopened && e.State != exception.Ended {
		return told, nil
	}
	changes, err := j.mayRely(ctx, subject, e)
	if err != nil {
		return nil, err
	}
	for _, st := range changes {
		entries, err := j.Log.Records(ctx, st.Subject)
		if err != nil {
			return nil, recordFailure(err)
		}
		authors, waived, err := countsOn(entries)
		if err != nil {
			return nil, err
		}
		if e.Change != "" || slices.Contains(waived, e.Number) {
			told = append(told, authors...)
		}
	}
	return x.active(told...), nil
}

// mayRely are the changes under way that may count on an exception: the one that it
// is for, or those with a record after it was granted, the newest first.
func (j *Judgement) mayRely(ctx context.Context, subject string, e exception.Exception) ([]evidence.Standing, error) {
	if e.Change != "" {
		st, err := j.Log.ByNumber(ctx, e.Change)
		if errors.Is(err, evidence.ErrNotFound) || err == nil && st.Final {
			return nil, nil
		}
		return []evidence.Standing{st}, recordFailure(err)
	}
	own, err := j.Log.Records(ctx, subject)
	if err != nil {
		return nil, recordFailure(err)
	}
	granted := slices.IndexFunc(own, func(entry evidence.Entry) bool { return entry.Record.Type == exception.EventGranted })
	if granted < 0 {
		return nil, nil
	}
	all, err := j.Log.Standings(ctx, seriesOfChanges)
	if err != nil {
		return nil, recordFailure(err)
	}
	all = slices.DeleteFunc(all, func(st evidence.Standing) bool { return st.Final || st.Index < own[granted].Index })
	slices.SortFunc(all, func(a, b evidence.Standing) int { return cmp.Compare(b.Index, a.Index) })
	return all[:min(len(all), mostReliant)], nil
}

// countsOn reads from a change's records who submitted its version, and which
// exceptions let its gate past when that was judged last; none since a new version.
func countsOn(entries []evidence.Entry) (authors []compliance.PersonID, waived []string, err error) {
	var marks []gate.Mark
	for _, entry := range slices.Backward(entries) {
		switch entry.Record.Type {
		case change.EventSubmitted:
			facts, err := recall[change.SubmittedFacts](entry)
			return facts.Authors(), exceptionsOf(marks), err
		case change.EventGated:
			facts, err := recall[change.GatedFacts](entry)
			if err != nil {
				return nil, nil, err
			}
			marks = firstOf(marks, facts.Marks)
		case change.EventDecided, change.EventStarted:
			facts, err := recall[change.ActFacts](entry)
			if err != nil {
				return nil, nil, err
			}
			marks = firstOf(marks, facts.Gate)
		}
	}
	return nil, nil, nil
}

// firstOf keeps what is known, for a walk from the newest record backwards.
func firstOf(known, older []gate.Mark) []gate.Mark {
	if len(known) > 0 {
		return known
	}
	return older
}

func exceptionsOf(marks []gate.Mark) []string {
	var out []string
	for _, m := range marks {
		if m.Waived != nil {
			out = append(out, m.Waived.Number)
		}
	}
	return out
}
