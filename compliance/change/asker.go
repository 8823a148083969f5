package change

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Asker is somebody who had a part in asking for a change besides being the
// requester of its present version, and so never decides on it (C5). A ticket's
// reporter can be edited by many; who created it cannot, and who submitted it
// and who was the reporter of an earlier version are not forgotten. Person is
// set where only the record names them; else the live directory says who has
// the Account.
type Asker struct {
	Account compliance.Account  `json:"account,omitzero"`
	Person  compliance.PersonID `json:"person,omitempty"`
	// As is the part: IsCreator, IsSubmitter or WasRequester.
	As Reason `json:"as"`
}

// nobody reports whether nothing is known of the asker.
func (a Asker) nobody() bool { return a.Account.IsZero() && a.Person == "" }

// Joined adds somebody to those who asked, each once and for ever: nobody is
// ever taken off. The first part is kept. The given list is not altered.
func Joined(asked []Asker, a Asker) []Asker {
	same := func(b Asker) bool { return b.Account == a.Account && b.Person == a.Person }
	if a.nobody() || slices.ContainsFunc(asked, same) {
		return asked
	}
	return append(slices.Clip(asked), a)
}

// AskerDecidesOn reports whether somebody who asked is among those who may decide
// on a version at any of its levels, or whose vote counts.
func AskerDecidesOn(route Route, votes []Vote, asked []Exclusion) bool {
	return slices.ContainsFunc(asked, func(a Exclusion) bool {
		return slices.ContainsFunc(route.Levels, func(l ResolvedLevel) bool { return slices.Contains(l.Eligible, a.Person) }) ||
			slices.ContainsFunc(votes, func(v Vote) bool { return (v.Person == a.Person || v.For == a.Person) && v.Void == OK })
	})
}

// AskedOf are those who asked for a version that was recorded earlier, by its record.
func (f SubmittedFacts) AskedOf() []Asker {
	asked := Joined(nil, Asker{Person: f.Requester, As: WasRequester})
	for _, e := range f.AskedBy {
		asked = Joined(asked, Asker{Person: e.Person, As: e.Reason})
	}
	return asked
}

// Authors are all who had a part in a version: they asked for it or carry it
// out; the implementer is the last of them.
func (f SubmittedFacts) Authors() []compliance.PersonID {
	authors := []compliance.PersonID{f.Requester}
	for _, e := range f.AskedBy {
		authors = append(authors, e.Person)
	}
	return append(authors, f.Implementer)
}
