package change

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Objection is what becomes of an objection: OK with the approval that it is about.
type Objection struct {
	Reason Reason
	Vote   *Vote
}

// JudgeObject says whether somebody may object: whoever's approval counts at a level
// that is complete, until the execution starts (C24). At the open level there is a
// vote to change. An approval that a deputy gave is both the deputy's, who gave it,
// and the person's in whose place it stands: who was away may object to it as to
// their own, and at the open level, too, because a vote is changed by whoever gave
// it and by nobody else (C9). Somebody may also object to a change that is on hold
// already, so that it does not go on without them.
func JudgeObject(h Holding, by compliance.PersonID, came time.Time) Objection {
	if r := h.running(came); r != OK {
		return Objection{Reason: r}
	}
	switch {
	case h.Hold != nil && slices.Contains(h.Hold.Objectors, by):
		return Objection{Reason: AlreadyHeld}
	case h.Review != InReview && h.Review != Approved:
		return Objection{Reason: NotApprover} // edited while on hold: no vote of it counts any more
	}
	open := false
	for _, v := range h.Votes {
		if by == "" || v.Person != by && v.For != by || v.Void != OK || v.Verdict != Approve {
			continue
		}
		if h.Review == Approved || v.Level < h.Level || v.For == by {
			return Objection{Vote: &v}
		}
		open = true
	}
	if open {
		return Objection{Reason: LevelOpen}
	}
	return Objection{Reason: NotApprover}
}

// ObjectedTo is the approval that an objection is about, as it stands in the
// objection's record: who gave it, in whose place and by which delegation, if that
// was another's, and its own record.
type ObjectedTo struct {
	Level      int                 `json:"level"`
	Person     compliance.PersonID `json:"person"`
	For        compliance.PersonID `json:"for,omitempty"`
	Delegation string              `json:"delegation,omitempty"`
	At         time.Time           `json:"at,omitzero"`
	Index      uint64              `json:"index,omitempty"`
}

// OnRecord is the approval for the objection's record; nil where there is none.
func (o Objection) OnRecord() *ObjectedTo {
	if o.Vote == nil {
		return nil
	}
	v := *o.Vote
	return &ObjectedTo{Level: v.Level, Person: v.Person, For: v.For, Delegation: v.Delegation, At: v.At.UTC(), Index: v.Index}
}

// Objectable reports whether there is an approval that somebody may object to: one
// of a complete level, or one at the open level that was given in another's place.
func Objectable(review VersionState, level int, votes []Vote) bool {
	return slices.ContainsFunc(votes, func(v Vote) bool {
		return v.Void == OK && v.Verdict == Approve && (review == Approved || review == InReview && (v.Level < level || v.For != ""))
	})
}
