package change

import (
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Reassigned is a level with the people it has by the directory as it is now; the
// quorum stays the number that was resolved at the submission (C9, C10). external
// is the agreed external approver, nil where the directory does not have them:
// they stay where they stood in. until is how far ahead delegations are wanted.
func Reassigned(l ResolvedLevel, r Roster, d Duties, external *compliance.Person, until, now time.Time) ResolvedLevel {
	decided := l.Level
	decided.Groups = l.Deciding()
	reasons := judgeMembers(decided, r.Members, d, now)
	if l.UsesExternal {
		if _, member := reasons[l.External]; !member {
			reasons[l.External] = UnknownPerson
			if external != nil {
				reasons[l.External] = EligibleNow(l, *external, r.Members, d, now)
			}
		}
	}
	l.Eligible, l.Excluded = nil, nil
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		if why := reasons[id]; why != OK {
			l.Excluded = append(l.Excluded, Exclusion{id, why})
		} else {
			l.Eligible = append(l.Eligible, id)
		}
	}
	l.Delegations = Representing(l, r, d, compliance.Interval{Start: now, End: until})
	return l
}

// Came lists who is in the second list and not in the first, in its order; the
// other way about it lists who left.
func Came(was, is []compliance.PersonID) []compliance.PersonID {
	var out []compliance.PersonID
	for _, p := range is {
		if !slices.Contains(was, p) {
			out = append(out, p)
		}
	}
	return out
}
