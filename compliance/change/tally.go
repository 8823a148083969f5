package change

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// LevelOutcome is where a level stands.
type LevelOutcome string

const (
	Pending LevelOutcome = "pending" // not decided; also when it can no longer be reached
	Reached LevelOutcome = "reached" // enough approvals and not too many denials
	Denied  LevelOutcome = "denied"  // more denials than the level survives (C8)
)

// Result is the count of one level.
type Result struct {
	Approvals, Denials, Abstentions int
	Required, Remaining             int // Remaining approvals, never below 0
	Outcome                         LevelOutcome
	// Outstanding are the eligible people without a vote at this level (C5), sorted.
	Outstanding []compliance.PersonID
	// CanStillReach is false when even the approval of everybody outstanding
	// would not make the quorum, or when the level is denied. A pending level
	// that cannot be reached need not wait for its deadline.
	CanStillReach bool
}

// Tally counts the votes of one level (from 1). Void votes do not count, and a
// person counts once, with their first vote, whether they gave it or a deputy gave
// it for them. Denial beats approval: a level
// with more denials than it survives is denied however many approve (C8).
//
// A vote of somebody who is not among l.Eligible counts: whether a voter was
// eligible is judged live when the vote arrives (EligibleNow), and whether they
// still are just before execution (Lost).
func Tally(level int, l ResolvedLevel, votes []Vote) Result {
	// A quorum of nobody would approve by itself; damaged input must not do that.
	r := Result{Required: max(1, l.Required), Outcome: Pending}
	voted := make(map[compliance.PersonID]bool)
	for _, v := range votes {
		if v.Level != level || v.Void != OK || v.Person == "" || voted[v.Person] || v.For != "" && voted[v.For] {
			continue
		}
		switch v.Verdict {
		case Approve:
			r.Approvals++
		case Deny:
			r.Denials++
		case Abstain:
			r.Abstentions++
		default:
			continue
		}
		voted[v.Person] = true
		if v.For != "" {
			voted[v.For] = true
		}
	}
	for _, p := range l.Eligible {
		if !voted[p] {
			r.Outstanding = append(r.Outstanding, p)
		}
	}
	slices.Sort(r.Outstanding)
	r.Outstanding = slices.Compact(r.Outstanding)
	r.Remaining = max(0, r.Required-r.Approvals)
	switch {
	case r.Denials > l.MaxDenials:
		r.Outcome = Denied
	case r.Remaining == 0:
		r.Outcome = Reached
	}
	r.CanStillReach = r.Outcome != Denied && len(r.Outstanding) >= r.Remaining
	return r
}

// Loss is a voter who may no longer decide at the level they voted on.
type Loss struct {
	Person compliance.PersonID `json:"person"`
	Level  int                 `json:"level"`
	Reason Reason              `json:"reason"`
}

// Lost lists the voters whose counted votes (approvals and denials that are
// not void) they could not cast now, by the caller's live check of each; a
// person is listed once per level.
func Lost(route Route, votes []Vote, stillEligible func(level int, p compliance.PersonID) Reason) []Loss {
	var losses []Loss
	for level := 1; level <= len(route.Levels); level++ {
		asked := make(map[compliance.PersonID]bool)
		for _, v := range votes {
			if v.Level != level || v.Void != OK || v.Verdict == Abstain || asked[v.Person] {
				continue
			}
			asked[v.Person] = true
			if r := stillEligible(level, v.Person); r != OK {
				losses = append(losses, Loss{v.Person, level, r})
			}
		}
	}
	return losses
}

// AfterLoss applies the route's policy on lost eligibility (C5). With KeepVote
// the votes stand and the losses are only on record, but for those of people who
// turned out to have asked for the change or to act for somebody who did: nobody
// approves for themselves.
// Otherwise the approvals of those who were lost become void, and the Reason is
// EligibilityLost when any level then misses its quorum. A denial is never voided: that could only make
// a change easier to pass. The given votes are not altered.
func AfterLoss(route Route, votes []Vote, losses []Loss) ([]Vote, Reason) {
	after := slices.Clone(votes)
	if len(losses) == 0 {
		return after, OK
	}
	voided := false
	for _, loss := range losses {
		if route.OnLost == KeepVote && !loss.Reason.interested() {
			continue
		}
		voided = true
		for i, v := range after {
			if v.Level == loss.Level && v.Person == loss.Person && v.Verdict == Approve && v.Void == OK {
				after[i].Void = loss.Reason
			}
		}
	}
	if !voided {
		return after, OK
	}
	for i, l := range route.Levels {
		if Tally(i+1, l, after).Outcome != Reached {
			return after, EligibilityLost
		}
	}
	return after, OK
}
