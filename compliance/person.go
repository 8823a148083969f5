// Package compliance is the vocabulary that every process, capability and
// vendor of Countersign shares: people and their accounts, what arrives from
// outside (Inbound, AlertEvent), what people are shown and called with (Card,
// Form, Page), and the classes that failures fall into. It performs no I/O,
// reads no clock and knows neither the workflow engine nor any vendor.
package compliance

import (
	"slices"
	"strings"
	"time"
)

// PersonID is an opaque identifier of a person in the directory. It is the
// only name of a person that reaches workflow ids, search attributes, history
// and evidence records; everything personal is looked up when it is shown.
type PersonID string

// Account is an identity at one provider, for example the workspace member or
// the tracker user that pressed a button. Provider is a lower-case word from
// the directory ("slack", "jira", "cli"); ID is whatever the provider calls it.
type Account struct {
	Provider string `json:"provider"`
	ID       string `json:"id"`
}

// IsZero reports whether the account is absent.
func (a Account) IsZero() bool { return a == Account{} }

// Person is what the directory knows about somebody at one moment.
type Person struct {
	ID       PersonID          `json:"id"`
	Name     string            `json:"name"`
	Email    string            `json:"email,omitempty"`
	Zone     string            `json:"zone,omitempty"` // IANA zone name, for times shown to this person
	Manager  PersonID          `json:"manager,omitempty"`
	Accounts map[string]string `json:"accounts,omitempty"` // provider → account id
	Groups   []string          `json:"groups,omitempty"`   // sorted names of the groups the person is in

	// ActiveFrom and ActiveTo bound the half-open interval in which the person
	// may act; a zero time leaves that side open.
	ActiveFrom time.Time `json:"active_from,omitzero"`
	ActiveTo   time.Time `json:"active_to,omitzero"`
}

// ActiveAt reports whether the person may act at the instant now.
func (p Person) ActiveAt(now time.Time) bool {
	if !p.ActiveFrom.IsZero() && now.Before(p.ActiveFrom) {
		return false
	}
	return p.ActiveTo.IsZero() || now.Before(p.ActiveTo)
}

// Interval is a half-open span of time [Start, End) in UTC. A zero End means
// that the span does not end.
type Interval struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"`
}

// Contains reports whether the instant t lies in the interval.
func (i Interval) Contains(t time.Time) bool {
	return !t.Before(i.Start) && (i.End.IsZero() || t.Before(i.End))
}

// NamePeople writes the people's names into a text that names them by their ids,
// for somebody who reads it. name gives what a person is called, the id itself
// where nobody knows. Texts are made with ids because names are looked up where
// they are shown: no history and no record holds one.
func NamePeople(text string, people []PersonID, name func(PersonID) string) string {
	longest := slices.Clone(people)
	slices.SortFunc(longest, func(a, b PersonID) int { return len(b) - len(a) }) // "p-ann" must not name "p-anna"
	var pairs []string
	for _, p := range longest {
		if p != "" {
			pairs = append(pairs, string(p), name(p))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text) // of several at one place the first of the list counts
}
