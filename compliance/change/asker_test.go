package change_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func account(id string) compliance.Account { return compliance.Account{Provider: "jira", ID: id} }

func TestC5_WhoeverAskedIsNeverTakenOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := []change.Reason{change.IsCreator, change.IsSubmitter, change.WasRequester, change.IsRequester}
		var asked []change.Asker
		for range rapid.IntRange(0, 12).Draw(t, "joins") {
			a := change.Asker{
				Account: account(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "account")),
				Person:  rapid.SampledFrom(ids{"", "p-1"}).Draw(t, "person"),
				As:      rapid.SampledFrom(parts).Draw(t, "as"),
			}
			before := slices.Clone(asked)
			asked = change.Joined(asked, a)
			require.True(t, slices.Equal(before, asked[:len(before)]), "the first part is kept")
			require.True(t, slices.ContainsFunc(asked, func(b change.Asker) bool { return b.Account == a.Account && b.Person == a.Person }))
		}
		require.LessOrEqual(t, len(asked), 6, "each once")
	})
	require.Empty(t, change.Joined(nil, change.Asker{As: change.IsSubmitter}), "nobody is nobody")
	base := make([]change.Asker, 1, 4)
	require.NotSame(t, &change.Joined(base, change.Asker{Person: "p-1"})[0], &base[0], "the given list is not altered")
}

// Every part in asking excludes, at submission and at a vote, and counts the
// person out of the quorum.
func TestC5_WhoeverAskedDoesNotDecide(t *testing.T) {
	d := change.Duties{Requester: "p-req", Implementer: "p-imp", Acting: ids{"p-act"}, AskedBy: []change.Exclusion{
		{Person: "p-made", Reason: change.IsCreator}, {Person: "p-sent", Reason: change.IsSubmitter}, {Person: "p-was", Reason: change.WasRequester},
		{Person: "p-req", Reason: change.WasRequester}, {Person: "p-act", Reason: change.IsSubmitter},
	}}
	members := group("owners", person("p-1"), person("p-made"), person("p-sent"), person("p-was"), person("p-req"), person("p-act"))
	r, err := change.ResolveLevel(level("2", "owners"), members, d, nil, false, noon)
	require.NoError(t, err)
	require.Equal(t, ids{"p-1"}, r.Eligible)
	require.Equal(t, []change.Exclusion{
		{Person: "p-act", Reason: change.IsSubmitter}, {Person: "p-made", Reason: change.IsCreator}, {Person: "p-req", Reason: change.IsRequester},
		{Person: "p-sent", Reason: change.IsSubmitter}, {Person: "p-was", Reason: change.WasRequester},
	}, r.Excluded)
	for _, x := range r.Excluded {
		require.Equal(t, x.Reason, change.EligibleNow(r, person(x.Person), members, d, noon))
	}
	short := change.Unreachable([]change.ResolvedLevel{r})
	require.Len(t, short, 1)
	require.Contains(t, short[0].Text(), "Left out: the requester, the creator of the ticket, 2 people who submitted it, the requester of an earlier version.")
}

// A vote of somebody who lost their group may be kept by the policy. One of
// somebody who asked never is, nor of their deputy, whatever the policy says.
func TestC5_NoPolicyKeepsTheVoteOfWhoeverAsked(t *testing.T) {
	votes := []change.Vote{vote("p-1", 1, change.Approve), vote("p-2", 1, change.Approve), vote("p-3", 1, change.Deny)}
	route := routeOf(change.KeepVote, 2)
	for _, why := range []change.Reason{change.IsRequester, change.IsCreator, change.IsSubmitter, change.WasRequester, change.IsImplementer, change.IsActing} {
		after, reason := change.AfterLoss(route, votes, []change.Loss{
			{Person: "p-1", Level: 1, Reason: why}, {Person: "p-2", Level: 1, Reason: change.Inactive}, {Person: "p-3", Level: 1, Reason: why},
		})
		require.Equal(t, change.EligibilityLost, reason)
		require.Equal(t, []change.Reason{why, change.OK, change.OK}, []change.Reason{after[0].Void, after[1].Void, after[2].Void}, "a denial is never voided")
	}
}

func TestC5_AnAskerWhoDecides(t *testing.T) {
	route := change.Route{Levels: []change.ResolvedLevel{{Eligible: ids{"p-1"}}, {Eligible: ids{"p-2"}}}}
	votes := []change.Vote{vote("p-left", 1, change.Approve), void(vote("p-void", 1, change.Approve))}
	for p, decides := range map[compliance.PersonID]bool{"p-1": true, "p-2": true, "p-left": true, "p-void": false, "p-3": false} {
		require.Equal(t, decides, change.AskerDecidesOn(route, votes, []change.Exclusion{{Person: "p-9"}, {Person: p}}), p)
	}
}

// What a record says of those who asked for its version.
func TestC5_AskedByTheRecord(t *testing.T) {
	f := change.SubmittedFacts{Requester: "p-1", Implementer: "p-9", AskedBy: []change.Exclusion{{Person: "p-2", Reason: change.IsCreator}}}
	require.Equal(t, []change.Asker{{Person: "p-1", As: change.WasRequester}, {Person: "p-2", As: change.IsCreator}}, f.AskedOf())
	require.Equal(t, ids{"p-1", "p-2", "p-9"}, f.Authors(), "the implementer is the last")
	require.Empty(t, change.SubmittedFacts{}.AskedOf(), "refused before anybody was known")
}
