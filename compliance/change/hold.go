package change

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Hold is why a change stands still and what lets it go on (C3, C24). Votes are
// kept and no deadline runs while it lasts; an approval goes on ageing. JSON names
// are frozen.
type Hold struct {
	// By put it on hold; empty where only an objection holds it.
	By compliance.PersonID `json:"by,omitempty"`
	// Objectors are the approvers who object, in the order in which they did.
	Objectors []compliance.PersonID `json:"objectors,omitempty"`
	Since     time.Time             `json:"since"`
	// Until is when a hold that nobody ended ends the change.
	Until time.Time `json:"until"`
	// From is the state that was left, Open or WaitingWindow.
	From State `json:"from"`
	// Remaining is what was left of the open level's deadline.
	Remaining time.Duration `json:"remaining,omitempty"`
	// Why is the start of the reason given, for the card.
	Why string `json:"why,omitempty"`
	// Warned is set once people were told that Until is near.
	Warned bool `json:"warned,omitempty"`
}

// DefaultHoldLimit is how long a change may be on hold where its rules say nothing.
const DefaultHoldLimit = 30 * 24 * time.Hour

// warnBefore is how long before the end of a hold people are told, or half of a
// hold that is shorter than two of these.
const warnBefore = 24 * time.Hour

// WarnAt is when people are told that a hold will end the change.
func (h Hold) WarnAt() time.Time {
	return h.Until.Add(-min(warnBefore, h.Until.Sub(h.Since)/2))
}

// Objected reports whether an approver's objection holds the change.
func (h Hold) Objected() bool { return len(h.Objectors) > 0 }

// Holding is everything a hold, an objection and the end of either are judged by.
type Holding struct {
	State   State
	Review  VersionState
	Level   int       // the open level, from 1; the last one once approved
	Ends    time.Time // the open level's deadline
	Votes   []Vote
	Hold    *Hold // nil unless State is Held
	Parties []compliance.PersonID
	// Requester may end every hold.
	Requester compliance.PersonID
}

// running says why there is nothing to stop; OK in review and while a window is waited for.
func (h Holding) running(came time.Time) Reason {
	switch {
	case h.State == Executing || h.State == Verifying || h.State == ExecutingUnapproved || h.State == RetroReview:
		return AlreadyExecuting
	case h.State.Terminal():
		return AlreadyClosed
	case h.State == Held, h.State == WaitingWindow:
		return OK
	case h.State != Open || h.Review != InReview:
		return NotInReview
	case !came.Before(h.Ends):
		return DeadlinePassed // half-open, like a vote: silence has ended the version already
	}
	return OK
}

// JudgeHold says whether somebody may put the change on hold, by an act that was
// durable at the instant came: the requester, the implementer, and whoever may
// decide at any level now, which mayDecide says (C3). A hold is no vote: it only
// stops, so the interest that keeps requester and implementer from deciding does
// not matter.
func JudgeHold(h Holding, by compliance.PersonID, mayDecide bool, came time.Time) Reason {
	if r := h.running(came); r != OK {
		return r
	}
	switch {
	case h.State == Held:
		return AlreadyHeld
	case by == "" || !mayDecide && !slices.Contains(h.Parties, by):
		return NotInvolved
	}
	return OK
}

// Resumption is what becomes of an act that ends a hold.
type Resumption struct {
	Reason Reason
	// Left is the hold that is still there, nil when the change goes on.
	Left *Hold
	// Again sends the same content back to review: the objection stands, so the
	// votes do not.
	Again bool
}

// JudgeResume says who may end a hold (C3, C24): whoever put it there, and the
// requester. An objection is withdrawn by the objector; against it the requester
// can only have everybody decide anew.
func JudgeResume(s State, hold *Hold, requester, by compliance.PersonID) Resumption {
	switch {
	case s == Executing || s == Verifying || s == ExecutingUnapproved || s == RetroReview:
		return Resumption{Reason: AlreadyExecuting}
	case s.Terminal():
		return Resumption{Reason: AlreadyClosed}
	case s != Held || hold == nil:
		return Resumption{Reason: NotHeld}
	}
	at := slices.Index(hold.Objectors, by)
	switch {
	case by == "":
		return Resumption{Reason: NotHolder}
	case at >= 0:
		left := *hold
		left.Objectors = slices.Delete(slices.Clone(hold.Objectors), at, at+1)
		if left.Objected() || left.By != "" && left.By != by {
			return Resumption{Left: &left}
		}
		return Resumption{}
	case by == requester:
		return Resumption{Again: hold.Objected()}
	case by == hold.By && hold.Objected():
		return Resumption{Reason: ObjectionStands}
	case by == hold.By:
		return Resumption{}
	}
	return Resumption{Reason: NotHolder}
}

// AfterHold applies what the directory says now to the votes that were kept: as
// before execution (AfterLoss), but of a version under review only the levels
// that are complete need their quorum; the rest can still be decided. The Reason
// is EligibilityLost when one of those misses it. The given votes are not altered.
func AfterHold(route Route, votes []Vote, losses []Loss, complete int) ([]Vote, Reason) {
	after, _ := AfterLoss(route, votes, losses)
	for i := range min(complete, len(route.Levels)) {
		if Tally(i+1, route.Levels[i], after).Outcome != Reached {
			return after, EligibilityLost
		}
	}
	return after, OK
}
