package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Directory is the half of a policy that is live: people, their accounts,
// groups and deputies. Each decision is made with the directory as it stands
// then, and records the version it used. A Directory never changes and may be
// used from several goroutines; what its methods return is the caller's own.
//
// It holds personal data: its content goes nowhere but to people, only ids and
// the version go on record.
type Directory struct {
	Version string // first 12 hex digits of Hash
	Hash    string // SHA-256 (hex) of the directory's canonical JSON

	people   map[compliance.PersonID]compliance.Person
	groups   map[string][]compliance.PersonID // sorted
	accounts map[compliance.Account][]compliance.PersonID
	deputies map[compliance.PersonID][]Deputy // by principal
}

// compileDirectory turns a checked directory into what is in force.
func compileDirectory(p people) (*Directory, error) {
	doc := p.document
	slices.SortFunc(doc.People, func(a, b personEntry) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(doc.Groups, func(a, b groupEntry) int { return cmp.Compare(a.Name, b.Name) })
	d := &Directory{
		people:   map[compliance.PersonID]compliance.Person{},
		groups:   map[string][]compliance.PersonID{},
		accounts: map[compliance.Account][]compliance.PersonID{},
		deputies: map[compliance.PersonID][]Deputy{},
	}
	memberships := map[compliance.PersonID][]string{}
	for i := range doc.Groups {
		g := &doc.Groups[i]
		g.Members = slices.Sorted(slices.Values(g.Members))
		d.groups[g.Name] = g.Members
		for _, m := range g.Members {
			memberships[m] = append(memberships[m], g.Name)
		}
	}
	zones := zoneCache{}
	for _, e := range doc.People {
		if err := d.take(e, memberships[e.ID], zones); err != nil {
			return nil, fmt.Errorf("person %s: %w", e.ID, err)
		}
	}
	var err error
	if _, d.Hash, err = canonical(doc); err != nil {
		return nil, err
	}
	d.Version = d.Hash[:shortLength]
	return d, nil
}

func (d *Directory) take(e personEntry, groups []string, zones zoneCache) error {
	loc, err := zones.load(e.Zone)
	if err != nil {
		return err
	}
	p := compliance.Person{
		ID: e.ID, Name: e.Name, Email: e.Email, Zone: e.Zone, Manager: e.Manager,
		Accounts: e.Accounts, Groups: groups,
	}
	if p.ActiveFrom, err = parseMoment(e.ActiveFrom, loc); err != nil {
		return err
	}
	if p.ActiveTo, err = parseMoment(e.ActiveTo, loc); err != nil {
		return err
	}
	for _, entry := range e.Deputies {
		delegation, err := entry.delegation(e.ID, loc)
		if err != nil {
			return err
		}
		d.deputies[e.ID] = append(d.deputies[e.ID], delegation)
	}
	d.people[e.ID] = p
	for provider, id := range e.Accounts {
		a := compliance.Account{Provider: provider, ID: id}
		d.accounts[a] = append(d.accounts[a], e.ID)
	}
	return nil
}

// Person returns the person with this id.
func (d *Directory) Person(id compliance.PersonID) (compliance.Person, bool) {
	p, ok := d.people[id]
	p.Accounts = maps.Clone(p.Accounts)
	p.Groups = slices.Clone(p.Groups)
	return p, ok
}

// ByAccount returns the people who own the account, active or not. Anything
// but exactly one is to be refused and put on record by the caller.
func (d *Directory) ByAccount(a compliance.Account) []compliance.Person {
	var out []compliance.Person
	for _, id := range d.accounts[a] {
		p, _ := d.Person(id)
		out = append(out, p)
	}
	return out
}

// Members returns the members of the named groups, active or not, one entry
// per membership, in the order of the groups and of the people's ids. An
// unknown group has no members, so a quorum over it cannot be reached.
func (d *Directory) Members(groups []string) []change.Member {
	var out []change.Member
	for _, g := range groups {
		for _, id := range d.groups[g] {
			p, _ := d.Person(id)
			out = append(out, change.Member{Person: p, Group: g})
		}
	}
	return out
}

// Acting returns the people who act for the person at the instant now, by id:
// they share the person's duties and so the person's exclusions (C5, C9).
func (d *Directory) Acting(principal compliance.PersonID, now time.Time) []compliance.PersonID {
	var out []compliance.PersonID
	for _, e := range d.deputies[principal] {
		if e.Contains(now) {
			out = append(out, e.Person)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// People returns everybody, by id.
func (d *Directory) People() []compliance.Person {
	out := make([]compliance.Person, 0, len(d.people))
	for _, id := range sortedKeys(d.people) {
		p, _ := d.Person(id)
		out = append(out, p)
	}
	return out
}

// Groups returns the names of all groups, sorted.
func (d *Directory) Groups() []string { return sortedKeys(d.groups) }
