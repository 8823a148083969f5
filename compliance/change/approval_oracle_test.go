package change_test

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// The oracle's own view of the same organisation: what C5 to C8 say in words.

// independent says that somebody had no part in the change and acts for nobody who had.
func (o *orgchart) independent(p compliance.PersonID, parts ids, accounts []compliance.Account) bool {
	for _, q := range everybody {
		part := slices.Contains(parts, q) || slices.ContainsFunc(accounts, func(a compliance.Account) bool { return slices.Contains(o.owners(a), q) })
		if part && (p == q || o.acts[string(q)+"/"+string(p)]) {
			return false
		}
	}
	return true
}

func (o *orgchart) belongs(p compliance.PersonID, groups []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return o.in[g+"/"+string(p)] })
}

func (o *orgchart) works(p compliance.PersonID) bool { return !o.inactive[p] && !o.removed[p] }

// needed is how many of n people a quorum in the rules is, at least one (C7).
func needed(quorum string, n int) int {
	text, share := strings.CutSuffix(quorum, "%")
	number := 0
	for _, digit := range text {
		number = 10*number + int(digit-'0')
	}
	if !share {
		return number
	}
	k := 1
	for k*100 < number*n {
		k++
	}
	return k
}

// known says that the directory lists somebody in one of the groups.
func (a *approvals) known(p compliance.PersonID, groups []string) bool {
	return !a.org.removed[p] && a.org.belongs(p, groups)
}

func (a *approvals) independent(p compliance.PersonID) bool {
	return a.org.independent(p, ids{a.review.Route.Requester, a.implementer}, a.parts)
}

func (a *approvals) mayDecide(p compliance.PersonID, level int) bool {
	l := a.chain[level]
	standsIn := a.standIn[level] && p == l.External
	return a.org.works(p) && a.independent(p) && (a.org.belongs(p, l.Groups) || standsIn)
}

// stands is the oracle's count: the first level, from 0, without its quorum, and
// whether there is nothing left to decide, since a level is denied or all are reached.
func (a *approvals) stands() (level int, over bool) {
	for i, votes := range a.counted {
		approvals, denials := 0, 0
		for _, verdict := range votes {
			switch verdict {
			case change.Approve:
				approvals++
			case change.Deny:
				denials++
			}
		}
		switch {
		case denials > a.chain[i].MaxDenials:
			return i, true
		case approvals < a.quorums[i]:
			return i, false
		}
	}
	return len(a.counted), true
}

// holds compares where the rules have brought the version with what the counted votes say.
func (a *approvals) holds(t *rapid.T) {
	if !a.taking {
		require.NotEqual(t, change.WaitingWindow, a.stage)
		return
	}
	level, over := a.stands()
	want := change.InReview // nothing is approved before every level has its quorum
	switch {
	case over && level == len(a.counted):
		want = change.Approved // and nothing stays open then
	case over:
		want = change.Rejected
	default:
		require.Equal(t, level+1, a.review.Level)
	}
	require.Equal(t, want, a.review.State)
	if a.hold != nil { // votes are kept, and nothing is carried out meanwhile
		require.Equal(t, change.Held, a.stage)
		return
	}
	require.Equal(t, want == change.Approved, a.stage == change.WaitingWindow)
}
