package exception

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Actor is who acts and what they are to the exception at that moment.
type Actor struct {
	Person compliance.PersonID
	Reason Reason // UnknownPerson or Inactive; OK
	// Owner is set for the owner and for whoever acts for them; Verifier likewise.
	Owner, Verifier bool
	// Approver is set for members of the groups that decide now.
	Approver bool
	// Deciders are all who may decide now: an earlier approval of anybody else, who
	// has left or come to act for the owner since, no longer counts.
	Deciders []compliance.PersonID
	// ActsFor is set for whoever acts for the owner or the requester.
	ActsFor bool
	// Terms are those of the policy now, for a renewal; nil when it has none left.
	Terms *Terms
}

// Apply judges an act and carries it out at the instant now; the event names
// what came of it. The exception is returned unchanged, with EventRefused and
// the reason, when the act does not count. What time has brought before now must
// have been applied.
func Apply(e Exception, a Act, who Actor, local Local, now time.Time) (Exception, string, Reason) {
	if r := Judge(e, a, who, local, now); r != OK {
		return e, EventRefused, r
	}
	switch a.Action {
	case ActionApprove:
		return e.approve(who, local)
	case ActionDeny:
		if e.State == Requested {
			e.State = Denied
		}
		e.Round = nil
		return e, EventDenied, OK
	case ActionConfirm:
		return e.nextCheck(local), EventConfirmed, OK
	case ActionFails:
		return e.reopen(Failed, local, now), EventFailed, OK
	case ActionRenew:
		return e.ask(a.Until, who.Terms, local), EventRenewing, OK
	default:
		return e.end(a.Remedied, local, now)
	}
}

func (e Exception) approve(who Actor, local Local) (Exception, string, Reason) {
	round := *e.Round // the given exception is not altered
	round.Approved = slices.DeleteFunc(slices.Clone(round.Approved), func(p compliance.PersonID) bool { return !slices.Contains(who.Deciders, p) })
	round.Approved = append(round.Approved, who.Person)
	e.Round = &round
	quorum := e.Terms.Quorum
	if round.Terms != nil {
		quorum = round.Terms.Quorum
	}
	if len(round.Approved) < max(1, quorum) {
		return e, EventApproved, OK
	}
	event := EventGranted
	if e.State != Requested {
		event = EventRenewed
	}
	return e.grant(local), event, OK
}

func (e Exception) end(remedied bool, local Local, now time.Time) (Exception, string, Reason) {
	switch {
	case e.State == Requested:
		e.State, e.Round = Withdrawn, nil
		return e, EventWithdrawn, OK
	case remedied:
		e.State, e.Round = Ended, nil
		return e, EventEnded, OK
	default:
		return e.reopen(Revoked, local, now), EventRevoked, OK
	}
}

// Judge says whether an act counts.
func Judge(e Exception, a Act, who Actor, local Local, now time.Time) Reason {
	switch {
	case who.Reason != OK:
		return who.Reason
	case a.Binding.Number != e.Number:
		return BadRequest
	case e.State.Terminal():
		return OverAlready
	}
	switch a.Action {
	case ActionApprove, ActionDeny:
		return e.judgeVote(a, who)
	case ActionConfirm, ActionFails:
		return e.judgeCheck(a, who, now)
	case ActionRenew:
		return e.judgeRenewal(a, who, local)
	case ActionEnd:
		switch {
		case e.State == Requested && who.Person == e.Requester:
			return OK
		case !who.Owner && !who.Approver:
			return NotConcerned
		case !a.Remedied && (e.State == Reopened || e.State == Overdue):
			return AlreadyOpen
		}
		return OK
	}
	return BadRequest
}

// judgeVote: whoever owns it, asked for it or acts for either decides nothing (A16).
func (e Exception) judgeVote(a Act, who Actor) Reason {
	switch {
	case e.Round == nil:
		return NothingToDecide
	case a.Binding.Round != e.Round.N:
		return StaleRound
	case who.Person == e.Owner:
		return IsOwner
	case who.Person == e.Requester:
		return IsRequester
	case who.ActsFor:
		return IsActing
	case !who.Approver:
		return NotApprover
	case a.Action == ActionApprove && slices.Contains(e.Round.Approved, who.Person):
		return AlreadyApproved
	}
	return OK
}

// judgeCheck: that the control fails may be said at any time, that it works only
// when it was asked (A18).
func (e Exception) judgeCheck(a Act, who Actor, now time.Time) Reason {
	switch {
	case who.Person == e.Owner || who.Verifier && who.Owner:
		return IsOwner
	case !who.Verifier:
		return NotVerifier
	case e.State != InForce || !now.Before(e.Ends):
		return NotInForce
	case a.Action == ActionFails:
		return OK
	case e.Check.Asked.IsZero():
		return NotAsked
	case a.Binding.Check != e.Check.N:
		return StaleCheck
	}
	return OK
}

// judgeRenewal: each period ends at most MaxDays after it was asked for, and all
// of them MaxDays for each decision after the first day (A16).
func (e Exception) judgeRenewal(a Act, who Actor, local Local) Reason {
	switch {
	case !who.Owner:
		return NotOwner
	case e.State == Requested:
		return NotRenewable
	case e.Round != nil:
		return AlreadyRenewing
	case e.Cause != "" && e.Cause != Expired:
		return ControlFailed
	case who.Terms == nil:
		return NoTerms
	case e.Renewals >= who.Terms.MaxRenewals:
		return NoRenewalLeft
	case a.Until.Before(local.Today):
		return InThePast
	case !a.Until.After(e.Last):
		return AddsNothing
	case a.Until.After(e.Longest(*who.Terms, local)):
		return TooLong
	}
	return OK
}

// Longest is the latest last day that a renewal may have now.
func (e Exception) Longest(terms Terms, local Local) Date {
	longest := local.Today.Add(terms.MaxDays)
	if all := e.First.Add(terms.MaxDays * (e.Renewals + 2)); all.Before(longest) {
		return all
	}
	return longest
}
