package change

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Member is a membership: a person as the directory knows them now, in one
// group. A person in several groups has several memberships and one vote (C7).
type Member struct {
	Person compliance.Person `json:"person"`
	Group  string            `json:"group"`
}

// Duties says who may not decide on a change because of their part in it (C5).
type Duties struct {
	Requester   compliance.PersonID `json:"requester"`
	Implementer compliance.PersonID `json:"implementer"`
	// AskedBy are the others who had a part in asking, each with the part.
	AskedBy []Exclusion `json:"asked_by,omitempty"`
	// Acting lists the people who act for any of them.
	Acting []compliance.PersonID `json:"acting,omitempty"`
}

// Reason says which duty keeps a person from deciding, OK when none does.
func (d Duties) Reason(p compliance.PersonID) Reason {
	switch {
	case p == d.Requester:
		return IsRequester
	case p == d.Implementer:
		return IsImplementer
	}
	for _, a := range d.AskedBy {
		if a.Person == p {
			return a.Reason
		}
	}
	if slices.Contains(d.Acting, p) {
		return IsActing
	}
	return OK
}

// interested reports whether the reason is a duty in the change that no policy
// lets anybody's own vote stand beside. Acting for somebody with one is as good as
// having it: whom a change turns out to be from may be learned after their deputy voted.
func (r Reason) interested() bool {
	return slices.Contains([]Reason{IsRequester, IsCreator, IsSubmitter, WasRequester, IsImplementer, IsActing}, r)
}

// known reports whether separation of duties can be judged at all. Without a
// requester or implementer everybody would look independent.
func (d Duties) known() bool { return d.Requester != "" && d.Implementer != "" }

// ResolveLevel turns a level of the rules into people and a number, at the
// instant now (C5 to C7). Eligible are the distinct active people in the
// level's groups, less those with a duty in the change; memberships of other
// groups are passed over. The quorum is resolved against them.
//
// When the quorum is out of reach and the requester asked for it, the agreed
// external approver stands in, provided that the directory has them, they are
// active and have no duty in the change (C6); a stand-in that was asked for and
// may not act is listed among the excluded. Nobody ever approves for themselves.
//
// It returns an error when the quorum cannot be read, or when requester or
// implementer is not known, since independence cannot be shown then. An
// unreachable quorum is no error here: see Unreachable.
func ResolveLevel(l Level, members []Member, d Duties, external *compliance.Person, wantExternal bool, now time.Time) (ResolvedLevel, error) {
	q, err := ParseQuorum(l.Quorum)
	if err != nil {
		return ResolvedLevel{}, fmt.Errorf("level %q: %w", l.Name, err)
	}
	if !d.known() {
		return ResolvedLevel{}, fmt.Errorf("level %q: requester and implementer must both be known people before approvers can be chosen", l.Name)
	}
	reasons := judgeMembers(l, members, d, now)
	resolved := ResolvedLevel{Level: l}
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		if r := reasons[id]; r != OK {
			resolved.Excluded = append(resolved.Excluded, Exclusion{id, r})
		} else {
			resolved.Eligible = append(resolved.Eligible, id)
		}
	}
	resolved.Required = q.Of(len(resolved.Eligible))
	if resolved.Required > len(resolved.Eligible) && wantExternal && l.External != "" {
		resolved.admit(external, reasons, d, now)
	}
	return resolved, nil
}

// judgeMembers says of every person in the level's groups whether they may
// decide. Should memberships disagree on whether somebody is active, they are not.
func judgeMembers(l Level, members []Member, d Duties, now time.Time) map[compliance.PersonID]Reason {
	reasons := make(map[compliance.PersonID]Reason)
	for _, m := range members {
		id := m.Person.ID
		if id == "" || !slices.Contains(l.Groups, m.Group) {
			continue
		}
		r := d.Reason(id)
		if r == OK && !m.Person.ActiveAt(now) {
			r = Inactive
		}
		if reasons[id] == OK {
			reasons[id] = r
		}
	}
	return reasons
}

// admit lets the external approver stand in, or records why they may not.
func (l *ResolvedLevel) admit(external *compliance.Person, members map[compliance.PersonID]Reason, d Duties, now time.Time) {
	if _, member := members[l.External]; member {
		return // already eligible, or already listed with the reason why not
	}
	r := d.Reason(l.External)
	switch {
	case r != OK:
	case external == nil || external.ID != l.External:
		r = UnknownPerson
	case !external.ActiveAt(now):
		r = Inactive
	}
	if r != OK {
		l.Excluded = append(l.Excluded, Exclusion{l.External, r})
		slices.SortFunc(l.Excluded, func(a, b Exclusion) int { return cmp.Compare(a.Person, b.Person) })
		return
	}
	l.Eligible = append(l.Eligible, l.External)
	slices.Sort(l.Eligible)
	l.UsesExternal = true
}

// EligibleNow judges a person against the live directory, at a vote and again
// just before execution (C5): OK, or why they may not decide at this level.
// Members are the level's memberships as of now; somebody who joined a group
// after submission may decide, somebody who left it may not.
func EligibleNow(level ResolvedLevel, p compliance.Person, members []Member, d Duties, now time.Time) Reason {
	if p.ID == "" {
		return UnknownPerson
	}
	if !d.known() {
		return NotEligible
	}
	if r := d.Reason(p.ID); r != OK {
		return r
	}
	if !p.ActiveAt(now) {
		return Inactive
	}
	if level.UsesExternal && p.ID == level.External {
		return OK
	}
	in := func(m Member) bool { return m.Person.ID == p.ID && slices.Contains(level.Deciding(), m.Group) }
	if !slices.ContainsFunc(members, in) {
		return NotEligible
	}
	return OK
}
