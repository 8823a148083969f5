package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Duties are the people who may not decide on a change, whatever groups they
// are in: all who have an interest in it, and whoever acts for one of them at
// the instant now (C5).
func (d *Directory) Duties(requester, implementer compliance.PersonID, asked []change.Asker, now time.Time) change.Duties {
	out := change.Duties{Requester: requester, Implementer: implementer, AskedBy: d.Askers(asked, requester)}
	out.Acting = append(d.Acting(requester, now), d.Acting(implementer, now)...)
	for _, a := range out.AskedBy {
		out.Acting = append(out.Acting, d.Acting(a.Person, now)...)
	}
	return out
}

// Askers are the people behind those who asked, each once and with their first
// part, sorted; the requester has a place of their own. An account that is
// several people's excludes every one of them: who may not decide is not guessed.
func (d *Directory) Askers(asked []change.Asker, requester compliance.PersonID) []change.Exclusion {
	var found []change.Exclusion
	add := func(p compliance.PersonID, as change.Reason) {
		known := func(e change.Exclusion) bool { return e.Person == p }
		if p != "" && p != requester && !slices.ContainsFunc(found, known) {
			found = append(found, change.Exclusion{Person: p, Reason: as})
		}
	}
	for _, a := range asked {
		add(a.Person, a.As)
		if a.Account.IsZero() {
			continue
		}
		for _, p := range d.ByAccount(a.Account) {
			add(p.ID, a.As)
		}
	}
	slices.SortFunc(found, func(a, b change.Exclusion) int { return cmp.Compare(a.Person, b.Person) })
	return found
}

// Levels turns a chain into people and numbers at the instant now; external is
// the requester's wish for the agreed stand-ins (C6). The error is that of
// change.ResolveLevel.
func (d *Directory) Levels(chain Chain, duties change.Duties, external bool, now time.Time) ([]change.ResolvedLevel, error) {
	levels := make([]change.ResolvedLevel, 0, len(chain.Levels))
	latest := now // at which the level at hand can be open
	for _, l := range chain.Levels {
		var standIn *compliance.Person
		if p, ok := d.Person(l.External); ok {
			standIn = &p
		}
		resolved, err := change.ResolveLevel(l, d.Members(l.Groups), duties, standIn, external, now)
		if err != nil {
			return nil, err
		}
		latest = latest.Add(l.Deadline)
		resolved.Delegations = change.Representing(resolved, d.Roster(resolved, now, latest), duties, compliance.Interval{Start: now, End: latest})
		levels = append(levels, resolved)
	}
	return levels, nil
}

// Deputy is somebody who acts for a person in a span of time.
type Deputy = change.Delegation

// Deputies returns who acts for the person at the instant now, by id, and from
// when until when.
func (d *Directory) Deputies(principal compliance.PersonID, now time.Time) []Deputy {
	var out []Deputy
	for _, e := range d.deputies[principal] {
		if e.Contains(now) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Deputy) int { return cmp.Compare(a.Person, b.Person) })
	return out
}
