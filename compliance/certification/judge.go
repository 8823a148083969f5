package certification

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Actor is the person an act came from, as the live directory says now. Reason
// is UnknownPerson or Inactive when they may do nothing at all.
type Actor struct {
	Person   compliance.PersonID
	Reason   Reason
	Roles    []Role // their parts in this artefact
	Approver bool   // may decide on grace
	Acting   bool   // acts for the owner, as a deputy or from the owner's account
}

// Judge says whether an act counts, at the instant now. What the person saw
// comes before who they are, so that somebody who acts on an outdated card
// learns that first. The schedule must have been resolved for this moment (G1).
func Judge(t Tracker, a Act, who Actor, now time.Time) Reason {
	switch {
	case a.Binding.Number != t.Number:
		return BadRequest
	case a.Binding.Version != t.Current.Version:
		return StaleVersion
	}
	if r := t.standing(a, now); r != OK {
		return r
	}
	switch {
	case who.Reason != OK:
		return who.Reason
	case who.Person == "":
		return UnknownPerson
	case a.Action == ActionGrace:
		return who.mayDecide()
	case len(who.Roles) == 0 && !who.Approver:
		return NotConcerned
	case a.Action == ActionAccept && who.Person == t.Pending().Receiver:
		// The dates decide what is blocked: one person must not enter and accept them.
		return IsReceiver
	}
	return OK
}

// mayDecide is the separation of duties of a grace (A8): ownership keeps an
// approver from deciding, not the other way round.
func (who Actor) mayDecide() Reason {
	switch {
	case who.Acting: // a deputy has the owner's part too, and is told why
		return IsActing
	case slices.Contains(who.Roles, Owner):
		return IsOwner
	case !who.Approver:
		return NotApprover
	}
	return OK
}

// standing judges an act by where the artefact stands.
func (t Tracker) standing(a Act, now time.Time) Reason {
	pending := t.Pending()
	held := pending != nil && (pending.State == Received || pending.State == UnderReview)
	// Cover is computed from the schedule. A vendor's notice waits for nothing.
	if a.Action != ActionWithdraw && a.Action != ActionAcknowledge && t.Schedule.Check(t) != nil {
		return NotResolved
	}
	switch a.Action {
	case ActionAcknowledge:
		switch {
		case !t.Progress.Begun:
			return NothingToAck
		case a.Binding.Rung != t.Bind().Rung:
			return StaleRung
		case t.Progress.Acknowledged:
			return AlreadyAcked
		}
	case ActionRequest:
		switch {
		case held:
			return AlreadyReceived
		case pending != nil && pending.State == Requested:
			return AlreadyAsked
		}
	case ActionReceive:
		switch {
		case held:
			return AlreadyReceived
		case a.Coverage.Check() != OK:
			return a.Coverage.Check()
		case a.Corrects && !t.Current.State.Accepted():
			return NothingToMend
		case !a.Corrects && t.Current.State.Accepted() && !a.Coverage.Extends(t.Current.Coverage):
			return AddsNoCoverage
		}
	case ActionReview, ActionAccept, ActionReturn:
		return t.readable(a, pending, held)
	case ActionGrace:
		return t.tolerable(a, now)
	case ActionWithdraw:
		if !t.Current.State.Accepted() && !held {
			return NothingInForce
		}
	default:
		return BadRequest
	}
	return OK
}

// readable judges the acts of a review by the document they are about.
func (t Tracker) readable(a Act, pending *Artefact, held bool) Reason {
	switch {
	case !held:
		return NothingReceived
	case a.Binding.Mark != pending.Mark:
		return StaleDocument
	case a.Action == ActionReview && pending.State == UnderReview:
		return AlreadyReading
	case a.Action != ActionReview && pending.State == Received:
		return NotUnderReview
	}
	return OK
}

// tolerable judges a decision on grace by the calendar (A8): asked for, not in
// force, with an end that is allowed and still to come. All graces count from
// the last covered day, so that repeating them does not add up.
func (t Tracker) tolerable(a Act, now time.Time) Reason {
	switch state := t.Moved(t.passed(now)).Current.State; {
	case state == Grace:
		return AlreadyInGrace
	case state != Expiring && state != Expired:
		return GraceNotOpen
	}
	for _, r := range t.Schedule.Rungs {
		if r.Action == DecideGrace && now.Before(r.At) {
			return GraceTooEarly
		}
	}
	switch {
	case !a.Grant:
		return OK
	case a.Days < 1:
		return BadRequest
	case a.Days > t.Ladder.MaxGrace:
		return GraceTooLong
	case t.Current.Coverage.To.Add(a.Days).Before(t.Schedule.Today):
		return GraceOver
	}
	return OK
}
