package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance/change"
)

// AskedBeforeInput names the change.
type AskedBeforeInput struct {
	Subject string `json:"subject"`
}

// AskedBefore are the people who had a part in asking for a change, by its record.
type AskedBefore struct {
	Asked []change.Asker `json:"asked,omitempty"`
}

// WhoAskedBefore reads from the record who requested, created or submitted any
// version of a change: a run that follows one which was ended from outside knows
// nothing of it, and nobody may approve what they asked for.
func (j *Judgement) WhoAskedBefore(ctx context.Context, in AskedBeforeInput) (AskedBefore, error) {
	entries, err := j.Log.Records(ctx, in.Subject)
	if err != nil {
		return AskedBefore{}, translate(recordFailure(err))
	}
	var out AskedBefore
	for _, e := range entries {
		if e.Record.Type != change.EventSubmitted && e.Record.Type != change.EventNotSubmitted {
			continue
		}
		facts, err := recall[change.SubmittedFacts](e)
		if err != nil {
			return AskedBefore{}, translate(err)
		}
		for _, a := range facts.AskedOf() {
			out.Asked = change.Joined(out.Asked, a)
		}
	}
	return out, nil
}
