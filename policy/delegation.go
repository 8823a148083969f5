package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// delegation reads a deputy of a person whose zone is given.
func (e deputyEntry) delegation(principal compliance.PersonID, loc *time.Location) (Deputy, error) {
	from, err := parseMoment(e.From, loc)
	if err != nil {
		return Deputy{}, err
	}
	until, err := parseMoment(e.Until, loc)
	if err != nil {
		return Deputy{}, err
	}
	d := Deputy{ID: e.ID, Principal: principal, Person: e.Person, Interval: compliance.Interval{Start: from, End: until}}
	// Without an id, whose it is and when it begins are what never changes.
	d.ID = cmp.Or(d.ID, fmt.Sprintf("%s/%s/%s", principal, e.Person, from.UTC().Format(time.RFC3339)))
	return d, nil
}

// Roster is what the directory says of a level's people: the memberships of every
// group that may have a vote there, and the delegations, of anybody, that are in
// force at some time from one instant until before the other. Where both are the same it is those at
// that instant.
func (d *Directory) Roster(l change.ResolvedLevel, from, until time.Time) change.Roster {
	r := change.Roster{Members: d.Members(l.Pool())}
	for _, id := range sortedKeys(d.deputies) {
		for _, e := range d.deputies[id] {
			if e.Contains(from) || e.Start.After(from) && e.Start.Before(until) {
				r.Delegations = append(r.Delegations, e)
			}
		}
	}
	return r
}

// Delegations returns every delegation, past and to come, by principal and start.
func (d *Directory) Delegations() []Deputy {
	var out []Deputy
	for _, id := range sortedKeys(d.deputies) {
		of := slices.Clone(d.deputies[id])
		slices.SortFunc(of, func(a, b Deputy) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
		})
		out = append(out, of...)
	}
	return out
}
