package activities

import (
	"context"
	"errors"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// FindOlderInput names the older change that a newer one wants to replace.
type FindOlderInput struct {
	Older    string          `json:"older"` // number
	Snapshot change.Snapshot `json:"snapshot"`
	// Subject and Number are the newer change; it may have no number yet.
	Subject string `json:"subject"`
	Number  string `json:"number,omitempty"`
}

// FoundOlder is what is on record of it. Problem is set when it cannot be replaced.
type FoundOlder struct {
	Subject string          `json:"subject,omitempty"` // workflow id
	Problem *change.Problem `json:"problem,omitempty"`
	// Done is set when an earlier version of the newer change took its place already.
	Done bool `json:"done,omitempty"`
}

// FindOlder looks the older change up in the evidence index (C4). It changes nothing.
func (j *Judgement) FindOlder(ctx context.Context, in FindOlderInput) (FoundOlder, error) {
	older := change.Older{Number: in.Older, Same: in.Older == in.Number}
	st, err := j.Log.ByNumber(ctx, in.Older)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
	case err != nil:
		return FoundOlder{}, translate(recordFailure(err))
	default:
		older.Known, older.Over, older.State = true, st.Final, change.State(st.State)
		older.Same = older.Same || st.Subject == in.Subject
		older.Later = later(in.Older, in.Number)
		if err := j.told(ctx, st.Subject, &older); err != nil {
			return FoundOlder{}, translate(err)
		}
	}
	out := FoundOlder{Subject: st.Subject, Done: older.Replaced(in.Number)}
	if p, bad := change.JudgeOlder(in.Snapshot, in.Number, older); bad {
		out.Problem = &p
	}
	return out, nil
}

// told reads from the record what the last version of a change is about, and which
// change took its place.
func (j *Judgement) told(ctx context.Context, subject string, older *change.Older) error {
	entries, err := j.Log.Records(ctx, subject)
	if err != nil {
		return recordFailure(err)
	}
	for _, e := range entries {
		switch e.Record.Type {
		case change.EventSubmitted, change.EventNotSubmitted:
			facts, err := recall[change.SubmittedFacts](e)
			if err != nil {
				return err
			}
			older.Place = change.Place{System: facts.System, Environment: facts.Environment}
		case change.EventSuperseded:
			facts, err := recall[change.MovedFacts](e)
			if err != nil {
				return err
			}
			older.By = facts.Newer
		}
	}
	return nil
}

// later reports whether the first number was allocated after the second. One that
// is still to be allocated comes after all there are.
func later(a, b string) bool {
	_, first, ok := evidence.SplitNumber(a)
	_, second, has := evidence.SplitNumber(b)
	return ok && has && first > second
}
