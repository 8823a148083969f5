package activities

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// JudgeClaimInput is a ticket that somebody moved by hand, and the open level that
// this claims something about; without one the move is only put on record.
type JudgeClaimInput struct {
	Head        Head                  `json:"head"`
	Key         string                `json:"key"` // of the record
	Account     compliance.Account    `json:"account"`
	Facts       change.MovedFacts     `json:"facts"`
	Open        *change.ResolvedLevel `json:"open,omitempty"`
	Level       int                   `json:"level,omitempty"` // from 1
	Votes       []change.Vote         `json:"votes,omitempty"`
	Requester   compliance.PersonID   `json:"requester,omitempty"`
	Implementer compliance.PersonID   `json:"implementer,omitempty"`
	Asked       []change.Asker        `json:"asked,omitempty"`
	Now         time.Time             `json:"now"`
}

// JudgedClaim says who moved the ticket, and why they may not decide; OK when they
// may, or when nothing was claimed.
type JudgedClaim struct {
	Person compliance.PersonID `json:"person,omitempty"`
	Reason change.Reason       `json:"reason,omitempty"`
	Index  uint64              `json:"index"`
}

// JudgeClaim puts a move by hand on record, with who made it and, where it claims a
// decision, whether they could give one by the directory as it is now (C22). It never
// counts anything. A repetition is answered from the record.
func (j *Judgement) JudgeClaim(ctx context.Context, in JudgeClaimInput) (JudgedClaim, error) {
	entry, err := j.Log.Lookup(ctx, in.Key)
	if err == nil {
		facts, err := recall[change.MovedFacts](entry)
		return JudgedClaim{Person: facts.By, Reason: facts.Reason, Index: entry.Index}, translate(err)
	}
	if !errors.Is(err, evidence.ErrNotFound) {
		return JudgedClaim{}, translate(recordFailure(err))
	}
	dir, err := People{j.Source}.directory(ctx)
	if err != nil {
		return JudgedClaim{}, translate(err)
	}
	in.Head.Rules.Directory = dir.Version
	person, known := theOne(dir, in.Account)
	facts := in.Facts
	facts.By = person.ID
	if in.Open != nil {
		facts.Level, facts.Reason = in.Level, change.UnknownPerson
		if known {
			duties := dir.Duties(in.Requester, in.Implementer, in.Asked, in.Now)
			facts.Reason = change.JudgeClaim(in.Level, *in.Open, person, dir.Roster(*in.Open, in.Now, in.Now), duties, in.Votes, in.Now)
		}
	}
	ev := in.Head.Event(in.Key, change.EventDrift, in.Now)
	if ev.Actor, err = actor(ctx, j.Blobs, person, in.Account); err != nil {
		return JudgedClaim{}, translate(err)
	}
	ev.Facts, _ = json.Marshal(facts) // plain fields: encoding cannot fail
	receipts, err := j.Log.Append(ctx, []evidence.Event{ev})
	if err != nil {
		return JudgedClaim{}, translate(recordFailure(err))
	}
	done(ctx, "moved by hand", "number", in.Head.Number, "reason", string(facts.Reason), "index", receipts[0].Index)
	return JudgedClaim{Person: facts.By, Reason: facts.Reason, Index: receipts[0].Index}, nil
}
