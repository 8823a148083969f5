package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// Shortfall is a level whose quorum cannot be reached however everybody
// decides; the submission is refused with it (C6).
type Shortfall struct {
	Level    int         `json:"level"` // from 1
	Name     string      `json:"name"`
	Groups   []string    `json:"groups"`
	Required int         `json:"required"`
	Eligible int         `json:"eligible"`
	Excluded []Exclusion `json:"excluded,omitempty"`
	// External is the agreed external approver of the level, if there is one;
	// UsesExternal says that they are counted already.
	External     compliance.PersonID `json:"external,omitempty"`
	UsesExternal bool                `json:"uses_external,omitempty"`
}

// Unreachable lists the levels that need more approvals than there are
// eligible people; empty means that the version may be submitted.
func Unreachable(levels []ResolvedLevel) []Shortfall {
	var short []Shortfall
	for i, l := range levels {
		if required := max(1, l.Required); required > len(l.Eligible) {
			short = append(short, Shortfall{
				Level: i + 1, Name: l.Name, Groups: l.Groups, Required: required, Eligible: len(l.Eligible),
				Excluded: l.Excluded, External: l.External, UsesExternal: l.UsesExternal,
			})
		}
	}
	return short
}

// Text says what is missing and how to mend it. It names groups and counts,
// never a person: the caller shows Excluded where people may be named.
func (s Shortfall) Text() string {
	var b strings.Builder
	who := "nobody may decide"
	if s.Eligible > 0 {
		who = "only " + compliance.Count(s.Eligible, "person may decide", "people may decide")
	}
	fmt.Fprintf(&b, "Level %d (%s) needs %s, but %s.", s.Level, s.Name, compliance.Count(s.Required, "approval", "approvals"), who)
	if why := s.exclusions(); why != "" {
		fmt.Fprintf(&b, " Left out: %s.", why)
	}
	missing := s.Required - s.Eligible
	group := "the group "
	if len(s.Groups) > 1 {
		group = "one of the groups "
	}
	fmt.Fprintf(&b, " Ask the owner of the rules to add %s to %s%s",
		compliance.Count(missing, "independent person", "independent people"), group, strings.Join(s.Groups, ", "))
	if slices.ContainsFunc(s.Excluded, func(e Exclusion) bool { return e.Reason == IsImplementer }) {
		b.WriteString(", or name another implementer")
	}
	b.WriteString(", then submit again.")
	if s.externalWouldDo() {
		b.WriteString(" Or set “external” to yes: the external approver agreed for this level may then stand in.")
	}
	return b.String()
}

// externalWouldDo reports whether the break-out of C6 would mend the shortfall.
func (s Shortfall) externalWouldDo() bool {
	out := func(e Exclusion) bool { return e.Person == s.External }
	return s.External != "" && !s.UsesExternal && s.Required == s.Eligible+1 && !slices.ContainsFunc(s.Excluded, out)
}

func (s Shortfall) exclusions() string {
	var parts []string
	for _, kind := range []struct {
		reason    Reason
		one, many string
	}{
		{IsRequester, "the requester", "the requesters"},
		{IsCreator, "the creator of the ticket", "creators of the ticket"},
		{IsSubmitter, "the submitter", "people who submitted it"},
		{WasRequester, "the requester of an earlier version", "requesters of earlier versions"},
		{IsImplementer, "the implementer", "the implementers"},
		{IsActing, "person acting for the requester or implementer", "people acting for the requester or implementer"},
		{Inactive, "person who is not active", "people who are not active"},
		{UnknownPerson, "external approver who is not in the directory", "external approvers who are not in the directory"},
	} {
		n := 0
		for _, e := range s.Excluded {
			if e.Reason == kind.reason {
				n++
			}
		}
		switch {
		case n == 0:
		case n == 1 && strings.HasPrefix(kind.one, "the "):
			parts = append(parts, kind.one)
		default:
			parts = append(parts, compliance.Count(n, kind.one, kind.many))
		}
	}
	return strings.Join(parts, ", ")
}
