package activities

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
)

// groups are those that decide now: of the renewal under decision, or of the exception.
func groups(e exception.Exception) []string {
	if e.Round != nil && e.Round.Terms != nil {
		return e.Round.Terms.Approvers
	}
	return e.Terms.Approvers
}

// deciders are the people who may decide (A16).
func (x excepted) deciders(e exception.Exception) []compliance.PersonID {
	barred := slices.Concat([]compliance.PersonID{e.Owner, e.Requester}, x.dir.Acting(e.Owner, x.now), x.dir.Acting(e.Requester, x.now))
	var out []compliance.PersonID
	for _, m := range x.dir.Members(groups(e)) {
		if m.Person.ActiveAt(x.now) && !slices.Contains(barred, m.Person.ID) && !slices.Contains(out, m.Person.ID) {
			out = append(out, m.Person.ID)
		}
	}
	return out
}

// actor is what somebody is to the exception now.
func (x excepted) actor(person compliance.Person, known bool, e exception.Exception) exception.Actor {
	switch {
	case !known:
		return exception.Actor{Reason: exception.UnknownPerson}
	case !person.ActiveAt(x.now):
		return exception.Actor{Person: person.ID, Reason: exception.Inactive}
	}
	stands := func(p compliance.PersonID) bool { return slices.Contains(x.dir.Acting(p, x.now), person.ID) }
	who := exception.Actor{
		Person: person.ID, ActsFor: stands(e.Owner) || stands(e.Requester),
		Owner: person.ID == e.Owner || stands(e.Owner), Verifier: person.ID == e.Verifier || stands(e.Verifier),
		Approver: member(x.dir, person.ID, groups(e)), Deciders: x.deciders(e),
	}
	if terms, ok := x.rules.ExceptionTerms(e.Control); ok {
		who.Terms = &terms
	}
	return who
}

// active gives those of the people who can be told, each once.
func (x excepted) active(people ...compliance.PersonID) []compliance.PersonID {
	var out []compliance.PersonID
	for _, p := range people {
		if person, ok := x.dir.Person(p); ok && person.ActiveAt(x.now) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// concerned are those who are told of what came of an event (A17, A18): the
// owner, or their manager when they have left, and with the end the sponsor, who
// owns the system, and those who decide.
func (x excepted) concerned(event string, e exception.Exception) []compliance.PersonID {
	owner := x.active(e.Owner)
	boss, _ := x.dir.Person(e.Owner)
	if len(owner) == 0 {
		owner = x.active(boss.Manager)
	}
	system, _ := x.rules.System(e.System)
	everybody := append(slices.Concat(owner, []compliance.PersonID{e.Requester, e.Verifier, system.Owner}), x.deciders(e)...)
	switch event {
	case exception.EventRequested, exception.EventRenewing:
		return x.active(x.deciders(e)...)
	case exception.EventAsked:
		return x.active(append([]compliance.PersonID{e.Verifier}, owner...)...)
	case exception.EventWarned, exception.EventApproved, exception.EventConfirmed:
		return owner
	case exception.EventEscalated, exception.EventReminded:
		return x.active(append(everybody, boss.Manager)...)
	case exception.EventExpired, exception.EventUnanswered, exception.EventFailed, exception.EventRevoked:
		return x.active(everybody...)
	default:
		return x.active(append(owner, e.Requester, e.Verifier)...)
	}
}
