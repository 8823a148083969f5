package commands

import (
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// names translates people's opaque ids for the reader, where a policy
// directory is at hand. Without one the ids are shown: names are a comfort of
// the display, nothing is decided by them.
type names struct{ directory *policy.Directory }

// people loads the directory at first use. A broken policy does not stop a
// display, so its errors are left to "policy check".
func (p *program) people() *names {
	if p.names == nil {
		p.names = &names{}
		if p.options.policy != "" {
			if _, directory, err := policy.Load(p.options.policy); err == nil {
				p.names.directory = directory
			}
		}
	}
	return p.names
}

// of gives a person's name with the id, or the id alone.
func (n *names) of(id compliance.PersonID) string {
	if n.directory != nil {
		if person, ok := n.directory.Person(id); ok && person.Name != "" {
			return line(person.Name) + " (" + string(id) + ")"
		}
	}
	return visible(string(id))
}

func (n *names) list(ids []compliance.PersonID) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = n.of(id)
	}
	return strings.Join(all, ", ")
}

// accounts lists the directory's accounts at one provider, for completion.
func (n *names) accounts(provider string) []string {
	if n.directory == nil {
		return nil
	}
	var all []string
	for _, person := range n.directory.People() {
		if id := person.Accounts[provider]; id != "" {
			all = append(all, provider+":"+id+"\t"+line(person.Name))
		}
	}
	slices.Sort(all)
	return all
}
