package change

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Voter is the person a decision came from, as the live directory says now:
// Reason is why the open level excludes them, OK when they may decide.
type Voter struct {
	Person compliance.PersonID
	Reason Reason
	// SignIn is the proven sign-in the decision came with, nil without one, and
	// Linked the person it was asked for, empty when that is nobody.
	SignIn *compliance.SignIn
	Linked compliance.PersonID
}

// Ruling is what becomes of a decision.
type Ruling struct {
	Reason Reason
	// Counts is set when the decision is to be recorded as a vote; an abstention is.
	Counts bool
	// Duplicate is the voter's standing vote at this level, set with
	// AlreadyRecorded (its time is the answer, C16).
	Duplicate *Vote
	// Replaces is the voter's standing vote that a different one, which counts,
	// takes the place of (C24).
	Replaces *Vote
	// Changes says, with StaleContent and where it is known, what was edited
	// since the person opened the form (C11).
	Changes string
}

// Judge decides whether a decision counts, at the instant now. The order of
// the checks is part of the rule: what the person saw comes before who they
// are, so that somebody who acts on an outdated card learns that first, and a
// repeated click is told about its first arrival only while the level is open.
// The sign-in comes last: nobody is sent to it who may not decide anyway.
func Judge(r Review, d Decision, voter Voter, now time.Time) Ruling {
	if d.Verdict != Approve && d.Verdict != Deny && d.Verdict != Abstain {
		return Ruling{Reason: BadRequest}
	}
	if r.Number != "" && d.Binding.Number != r.Number {
		return Ruling{Reason: BadRequest}
	}
	switch {
	case r.Held:
		return Ruling{Reason: OnHold}
	case r.State == Expired:
		return Ruling{Reason: DeadlinePassed} // what they saw is over by age, and they are told so
	case r.State != InReview:
		return Ruling{Reason: NotInReview}
	}
	if !d.Binding.sameContent(r.Version, r.Hash) {
		return Ruling{Reason: StaleContent, Changes: r.changesSince(d.Binding)}
	}
	if d.Binding.Level != r.Level || d.Binding.Nonce != r.Nonce || r.Level < 1 || r.Level > len(r.Route.Levels) {
		return Ruling{Reason: StaleLevel}
	}
	if !now.Before(r.Deadline) {
		return Ruling{Reason: DeadlinePassed} // half-open: the deadline itself is too late
	}
	switch {
	case voter.SignIn != nil && voter.Person != "" && voter.Linked != voter.Person:
		return Ruling{Reason: StepUpOtherPerson} // at any level: it says that something is wrong
	case voter.Reason != OK:
		return Ruling{Reason: voter.Reason}
	case voter.Person == "":
		return Ruling{Reason: UnknownPerson}
	}
	first := standing(r.Votes, r.Level, voter.Person)
	if first != nil && first.Verdict == d.Verdict {
		return Ruling{Reason: AlreadyRecorded, Duplicate: first}
	}
	if r.Route.Levels[r.Level-1].StepUp {
		if bad := r.Factors.Judge(voter.SignIn, now); bad != OK {
			return Ruling{Reason: bad}
		}
	}
	return Ruling{Counts: true, Replaces: first}
}

// standing finds a person's vote at a level that has not been voided.
func standing(votes []Vote, level int, p compliance.PersonID) *Vote {
	for _, v := range votes {
		if v.Level == level && v.Person == p && v.Void == OK {
			return &v
		}
	}
	return nil
}

// changesSince describes what differs between the content a binding was made
// for and the present one; empty when that content is not among the earlier ones.
func (r Review) changesSince(b Binding) string {
	for _, s := range r.Earlier {
		if len(b.Hash) == hashPrefix && strings.HasPrefix(s.Hash, b.Hash) {
			return Describe(Diff(s.Fields, r.Fields))
		}
	}
	return ""
}
