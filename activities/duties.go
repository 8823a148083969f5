package activities

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// duties are the people who may not decide here, whatever groups they are in:
// all who have an interest in it, and whoever acts for one of them now (C5).
func duties(dir *policy.Directory, requester, implementer compliance.PersonID, asked []change.Asker, now time.Time) change.Duties {
	d := change.Duties{Requester: requester, Implementer: implementer, AskedBy: askers(dir, asked, requester)}
	d.Acting = append(dir.Acting(requester, now), dir.Acting(implementer, now)...)
	for _, a := range d.AskedBy {
		d.Acting = append(d.Acting, dir.Acting(a.Person, now)...)
	}
	return d
}

// askers are the people behind those who asked, each once and with their first
// part, sorted; the requester has a place of their own. An account that is
// several people's excludes every one of them: who may not decide is not guessed.
func askers(dir *policy.Directory, asked []change.Asker, requester compliance.PersonID) []change.Exclusion {
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
		for _, p := range dir.ByAccount(a.Account) {
			add(p.ID, a.As)
		}
	}
	slices.SortFunc(found, func(a, b change.Exclusion) int { return cmp.Compare(a.Person, b.Person) })
	return found
}
