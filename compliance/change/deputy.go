package change

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Delegation says that a person acts for another one, the principal, in a
// half-open span of time (C9). It is one step deep: a deputy acts in person.
type Delegation struct {
	// ID tells delegations apart for ever; it goes on record with every vote
	// that was given under it.
	ID        string              `json:"id,omitempty"`
	Principal compliance.PersonID `json:"principal"`
	Person    compliance.PersonID `json:"person"`
	compliance.Interval
}

// Seat is in whose place somebody decides at a level, and by which delegation;
// zero for themselves.
type Seat struct {
	For        compliance.PersonID
	Delegation string
}

// Roster is what the live directory says of a level's people: the memberships of
// all groups that Level.Pool names, and who acts for whom.
type Roster struct {
	Members     []Member
	Delegations []Delegation
}

// in finds somebody in one of the groups.
func (r Roster) in(groups []string, p compliance.PersonID) (compliance.Person, bool) {
	for _, m := range r.Members {
		if m.Person.ID == p && slices.Contains(groups, m.Group) {
			return m.Person, true
		}
	}
	return compliance.Person{}, false
}

// SeatOf says in whose place a person would decide at a level (from 1) at the
// instant now, or why they may not. Who is in the groups that decide does so for
// themselves. Who is only in the level's deputies decides for the person they act
// for; for the first by id whose seat is free when they act for several. One
// person has one vote at a level and fills one seat, and no seat is filled twice:
// whoever of the two comes first has decided, and the other is told so.
//
// Nobody decides for somebody who had a part in the change, because whoever acts
// for one of those has a duty themselves, nor for the external approver, who was
// agreed by name.
func SeatOf(level int, l ResolvedLevel, p compliance.Person, r Roster, d Duties, votes []Vote, now time.Time) (Seat, Reason) {
	own := EligibleNow(l, p, r.Members, d, now)
	if own != OK && own != NotEligible {
		return Seat{}, own
	}
	if represented(votes, level, p.ID) {
		return Seat{}, Represented
	}
	first := standing(votes, level, p.ID)
	if own == OK {
		if first != nil { // what becomes of a second vote is for Judge to say
			return Seat{first.For, first.Delegation}, OK
		}
		return Seat{}, OK
	}
	held := r.heldBy(l, p.ID, d, now)
	if len(held) == 0 {
		return Seat{}, NotEligible
	}
	if _, deputy := r.in(l.Deputies, p.ID); !deputy {
		return Seat{}, NotDeputy
	}
	if first != nil {
		if i := slices.IndexFunc(held, func(e Delegation) bool { return e.Principal == first.For }); i < 0 {
			return Seat{}, NotEligible
		}
		return Seat{first.For, first.Delegation}, OK
	}
	for _, e := range held {
		if !spent(votes, level, e.Principal) {
			return Seat{e.Principal, e.ID}, OK
		}
	}
	return Seat{}, SeatTaken
}

// heldBy lists the delegations by which a person acts now for somebody who decides
// the level, by principal.
func (r Roster) heldBy(l ResolvedLevel, p compliance.PersonID, d Duties, now time.Time) []Delegation {
	var held []Delegation
	for _, e := range r.Delegations {
		principal, decides := r.in(l.Deciding(), e.Principal)
		if e.Person == p && e.Contains(now) && decides && EligibleNow(l, principal, r.Members, d, now) == OK {
			held = append(held, e)
		}
	}
	slices.SortFunc(held, func(a, b Delegation) int {
		return cmp.Or(cmp.Compare(a.Principal, b.Principal), a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return held
}

// represented reports whether somebody else's vote at the level stands in this person's place.
func represented(votes []Vote, level int, p compliance.PersonID) bool {
	return slices.ContainsFunc(votes, func(v Vote) bool { return v.Level == level && v.Void == OK && v.For == p })
}

// spent reports whether a person has decided at the level, themselves, for
// somebody or by somebody.
func spent(votes []Vote, level int, p compliance.PersonID) bool {
	return standing(votes, level, p) != nil || represented(votes, level, p)
}

// StillCounts judges a counted vote again, before execution (C5): OK, or why its
// voter could not give it any more. That a delegation has ended since loses
// nothing; that the principal may not decide, had a part in the change, or that
// the deputy left the level's deputies, does. The voter is zero where the directory
// no longer knows them; a part in the change counts all the same.
func StillCounts(l ResolvedLevel, v Vote, voter compliance.Person, r Roster, d Duties, now time.Time) Reason {
	if why := d.Reason(v.Person); why != OK {
		return why
	}
	if v.For == "" {
		return EligibleNow(l, voter, r.Members, d, now)
	}
	principal, decides := r.in(l.Deciding(), v.For)
	_, deputy := r.in(append(slices.Clone(l.Deputies), l.Deciding()...), v.Person)
	switch {
	case d.Reason(v.For) != OK:
		return IsActing // they spoke for somebody who turned out to have a part in it
	case voter.ID == "":
		return UnknownPerson
	case !voter.ActiveAt(now):
		return Inactive
	case !deputy:
		return NotDeputy
	case !decides:
		return NotEligible
	}
	return EligibleNow(l, principal, r.Members, d, now)
}

// Representing lists the delegations by which somebody may decide at the level in
// the place of one of its eligible people at some time of the span, by their start
// and then their id.
func Representing(l ResolvedLevel, r Roster, d Duties, span compliance.Interval) []Delegation {
	var out []Delegation
	for _, e := range r.Delegations {
		deputy, may := r.in(l.Deputies, e.Person)
		_, decides := r.in(l.Deciding(), e.Person)
		begins := e.Start
		if begins.Before(span.Start) {
			begins = span.Start
		}
		if may && !decides && begins.Before(span.End) && e.Contains(begins) &&
			d.Reason(e.Person) == OK && deputy.ActiveAt(begins) && slices.Contains(l.Eligible, e.Principal) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Delegation) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Principal, b.Principal))
	})
	return out
}

// JudgeClaim says whether somebody who claims a decision by moving the ticket could
// give one at the level: OK, or why not (C22). Nothing counts by it.
func JudgeClaim(level int, l ResolvedLevel, p compliance.Person, r Roster, d Duties, votes []Vote, now time.Time) Reason {
	_, reason := SeatOf(level, l, p, r, d, votes, now)
	if reason == OK && standing(votes, level, p.ID) != nil {
		return AlreadyRecorded
	}
	return reason
}
