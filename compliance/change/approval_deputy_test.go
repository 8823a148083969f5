package change_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// roster is what the rules are given of a level's people and of who acts for whom.
func (o *orgchart) roster() change.Roster {
	r := change.Roster{Members: o.members()}
	for _, k := range slices.Sorted(maps.Keys(o.acts)) {
		if principal, deputy, _ := strings.Cut(k, "/"); o.acts[k] {
			r.Delegations = append(r.Delegations, change.Delegation{ID: k, Principal: compliance.PersonID(principal), Person: compliance.PersonID(deputy)})
		}
	}
	return r
}

// seat is the oracle's: whose seat at a level, from 0, somebody would fill now; nobody's
// when they may not decide there (C9).
func (a *approvals) seat(p compliance.PersonID, at int) compliance.PersonID {
	l := a.chain[at]
	mine, voted := a.seats[at][p]
	switch {
	case a.filled(at, p), !a.org.works(p), !a.independent(p):
		return ""
	case a.mayDecide(p, at) && voted:
		return mine
	case a.mayDecide(p, at):
		return p
	case !a.org.belongs(p, l.Deputies):
		return ""
	}
	for _, q := range everybody {
		free := !voted && a.seats[at][q] == "" && !a.filled(at, q)
		if a.org.acts[string(q)+"/"+string(p)] && a.org.works(q) && a.independent(q) && a.org.belongs(q, l.Groups) && (free || mine == q) {
			return q
		}
	}
	return ""
}

// filled says that somebody else's vote stands in this person's place.
func (a *approvals) filled(at int, p compliance.PersonID) bool {
	for by, seat := range a.seats[at] {
		if seat == p && by != p {
			return true
		}
	}
	return false
}

// fills notes a counted vote's seat, which is the one that the rules gave.
func (a *approvals) fills(t *rapid.T, p compliance.PersonID, at int, got change.Seat) {
	want := a.seat(p, at)
	if got.For == "" {
		require.Equal(t, want, p)
	} else {
		require.Equal(t, want, got.For)
		require.Equal(t, string(want)+"/"+string(p), got.Delegation)
		require.False(t, a.org.belongs(p, a.chain[at].Groups) && a.seats[at][p] == "", "whoever decides for themselves decides for nobody else")
		a.tally["deputies' votes"]++
	}
	a.seats[at][p] = want
	filled := slices.Sorted(maps.Values(a.seats[at]))
	require.Equal(t, len(filled), len(slices.Compact(slices.Clone(filled))), "no seat is filled twice: %v", a.seats[at])
}

// vouched is somebody's vote that stands at a level, from 1.
func (a *approvals) vouched(level int, p compliance.PersonID) change.Vote {
	for _, v := range a.review.Votes {
		if v.Level == level && v.Person == p && v.Void == change.OK {
			return v
		}
	}
	return change.Vote{Person: p}
}

// stays says that a counted vote still counts before execution.
func (a *approvals) stays(p compliance.PersonID, at int) bool {
	q, l := a.seats[at][p], a.chain[at]
	keeps := a.review.Route.OnLost == change.KeepVote && a.independent(p) && a.independent(q)
	if q == p {
		return keeps || a.mayDecide(p, at)
	}
	return keeps || a.org.works(p) && a.org.works(q) && a.independent(p) && a.independent(q) && a.org.belongs(q, l.Groups) &&
		(a.org.belongs(p, l.Deputies) || a.org.belongs(p, l.Groups))
}

// away sometimes has somebody away just then, and whom they named decide instead.
func (a *approvals) away(t *rapid.T, by *compliance.Account) {
	if rapid.IntRange(0, 5).Draw(t, "away") > 0 {
		return
	}
	principal, deputy := rapid.SampledFrom(everybody).Draw(t, "principal"), rapid.SampledFrom(everybody).Draw(t, "deputy")
	a.org.acts[string(principal)+"/"+string(deputy)] = principal != deputy
	by.ID = string(deputy)
	if rapid.IntRange(0, 2).Draw(t, "only a deputy") > 0 {
		l := a.chain[max(0, min(a.review.Level, len(a.chain))-1)]
		for _, g := range l.Deputies {
			a.org.in[g+"/"+string(deputy)] = true
		}
		for _, g := range l.Groups {
			a.org.in[g+"/"+string(deputy)] = false
		}
	}
}
