package activities

import (
	"context"
	"errors"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// called is the person that a text names: by id, name or e-mail address, if it is
// exactly one; else nobody. What nobody is called is not kept: it may be personal.
func called(dir *policy.Directory, text compliance.PersonID) compliance.PersonID {
	var found []compliance.PersonID
	for _, p := range dir.People() {
		if p.ID == text {
			return p.ID
		}
		if strings.EqualFold(p.Name, string(text)) || p.Email != "" && strings.EqualFold(p.Email, string(text)) {
			found = append(found, p.ID)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// named is a request with the people that it names; whoever asks owns it where it
// names no owner.
func named(dir *policy.Directory, r exception.Request, asks compliance.PersonID) exception.Request {
	if r.Owner == "" {
		r.Owner = asks
	} else {
		r.Owner = called(dir, r.Owner)
	}
	r.Verifier = called(dir, r.Verifier)
	return r
}

// askedChange is what the record says of the one change that a request is for.
type askedChange struct{ known, over bool }

// changeOf looks the change up: its number stands on record from its first moment,
// and so does its end. A request for every change of its system names none.
func (j *Judgement) changeOf(ctx context.Context, number string) (askedChange, error) {
	if number == "" {
		return askedChange{known: true}, nil
	}
	st, err := j.Log.ByNumber(ctx, number)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return askedChange{}, nil
	case err != nil:
		return askedChange{}, recordFailure(err)
	}
	return askedChange{known: true, over: st.Final}, nil
}

// asked is what policy and directory say of a request, and the record of its change.
func (x excepted) asked(r exception.Request, person compliance.Person, known bool, of askedChange) exception.Asked {
	e := exception.Exception{Owner: r.Owner, Requester: person.ID, Verifier: r.Verifier, Control: r.Control, System: r.System}
	a := exception.Asked{Requester: person.ID, Reason: x.actor(person, known, e).Reason}
	a.Terms, a.HasTerms = x.rules.ExceptionTerms(r.Control)
	system, ok := x.rules.System(r.System)
	a.Change, a.Over = of.known, of.over
	a.System, a.Place = ok, r.Environment == "" || system.HasEnvironment(r.Environment)
	a.Owner, a.Verifier = len(x.active(e.Owner)) == 1, len(x.active(e.Verifier)) == 1
	e.Terms = a.Terms
	a.Approvers = len(x.deciders(e))
	return a
}
