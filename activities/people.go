package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// PolicySource gives the rules and the directory as they are now. A broken
// edit leaves the last good version in force.
type PolicySource interface {
	Rules(ctx context.Context) (*policy.Rules, error)
	Directory(ctx context.Context) (*policy.Directory, error)
}

// People looks people up in the live directory when something is shown to
// them or written in their name.
type People struct {
	Source PolicySource
}

// Named returns what the directory knows of these people. Somebody it does not
// know is left out; the surface then shows the opaque id.
func (p People) Named(ctx context.Context, ids []compliance.PersonID) (map[compliance.PersonID]compliance.Person, error) {
	named := make(map[compliance.PersonID]compliance.Person, len(ids))
	if len(ids) == 0 {
		return named, nil
	}
	dir, err := p.directory(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if person, ok := dir.Person(id); ok {
			named[id] = person
		}
	}
	return named, nil
}

// AccountAt returns the same person's account at another provider. It is
// Invalid when nobody, or more than one person, has the given account, or the
// person has none there: the text says whom to add to the directory.
func (p People) AccountAt(ctx context.Context, a compliance.Account, provider string) (compliance.Account, error) {
	if a.Provider == provider {
		return a, nil
	}
	dir, err := p.directory(ctx)
	if err != nil {
		return compliance.Account{}, err
	}
	op := fmt.Sprintf("find the %s account of %s:%s", provider, a.Provider, a.ID)
	person, ok := theOne(dir, a)
	if !ok {
		return compliance.Account{}, &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "the directory must name exactly one person for this account"}
	}
	id, ok := person.Accounts[provider]
	if !ok {
		return compliance.Account{}, &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf("add a %s account to %s in the directory", provider, person.ID)}
	}
	return compliance.Account{Provider: provider, ID: id}, nil
}

// AccountOf returns a person's account at a provider and what to call them. The
// account is zero when they have none there, or are not in the directory; they
// are then called by their opaque id.
func (p People) AccountOf(ctx context.Context, id compliance.PersonID, provider string) (compliance.Account, string, error) {
	dir, err := p.directory(ctx)
	if err != nil {
		return compliance.Account{}, "", err
	}
	person, ok := dir.Person(id)
	if !ok {
		return compliance.Account{}, string(id), nil
	}
	if account := person.Accounts[provider]; account != "" {
		return compliance.Account{Provider: provider, ID: account}, person.Name, nil
	}
	return compliance.Account{}, person.Name, nil
}

// Owner returns the one person an account belongs to, nobody when there is none
// or more than one.
func (p People) Owner(ctx context.Context, a compliance.Account) (compliance.PersonID, error) {
	dir, err := p.directory(ctx)
	if err != nil {
		return "", err
	}
	person, _ := theOne(dir, a)
	return person.ID, nil
}

func (p People) directory(ctx context.Context) (*policy.Directory, error) {
	dir, err := p.Source.Directory(ctx)
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "read the directory", Detail: "see the worker's log", Err: err}
	}
	return dir, nil
}

// clockOf is the zone by whose clock a person reads; nil, which leaves UTC, where the
// directory does not say or this host does not know it.
func clockOf(p compliance.Person) *time.Location {
	if p.Zone == "" {
		return nil
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil
	}
	return zone
}

// theOne is the person an account belongs to; zero or several matches are
// nobody, because a guess here would let somebody decide in another's name.
func theOne(dir *policy.Directory, a compliance.Account) (compliance.Person, bool) {
	if found := dir.ByAccount(a); len(found) == 1 {
		return found[0], true
	}
	return compliance.Person{}, false
}
