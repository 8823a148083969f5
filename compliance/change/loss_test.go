package change_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func routeOf(policy change.LostEligibility, required ...int) change.Route {
	r := change.Route{OnLost: policy}
	for _, n := range required {
		r.Levels = append(r.Levels, change.ResolvedLevel{Required: n, Level: change.Level{MaxDenials: 1}})
	}
	return r
}

func TestC5_ACountedVoterWhoLostEligibility(t *testing.T) {
	votes := []change.Vote{
		vote("p-1", 1, change.Approve), vote("p-2", 1, change.Approve), vote("p-3", 1, change.Deny),
		vote("p-4", 1, change.Abstain), void(vote("p-5", 1, change.Approve)), vote("p-1", 2, change.Approve),
	}
	asked := map[compliance.PersonID]int{}
	losses := change.Lost(routeOf(change.KeepVote, 2, 1), votes, func(level int, p compliance.PersonID) change.Reason {
		asked[p]++
		if level == 1 && p != "p-2" {
			return change.Inactive
		}
		return change.OK
	})
	require.Equal(t, []change.Loss{
		{Person: "p-1", Level: 1, Reason: change.Inactive}, {Person: "p-3", Level: 1, Reason: change.Inactive},
	}, losses)
	require.Equal(t, map[compliance.PersonID]int{"p-1": 2, "p-2": 1, "p-3": 1}, asked, "only counted voters, at each of their levels")

	before := slices.Clone(votes)
	kept, reason := change.AfterLoss(routeOf(change.KeepVote, 2, 1), votes, losses)
	require.Equal(t, change.OK, reason)
	require.Equal(t, votes, kept)

	for _, policy := range []change.LostEligibility{change.VoidVote, "", "unheard-of"} {
		after, reason := change.AfterLoss(routeOf(policy, 2, 1), votes, losses)
		require.Equal(t, change.EligibilityLost, reason)
		require.Equal(t, change.Inactive, after[0].Void)
		require.Equal(t, change.OK, after[2].Void, "a denial is never voided")
		require.Equal(t, change.OK, after[5].Void, "the other level stands")
		require.Len(t, after, len(votes), "void votes stay visible")

		after, reason = change.AfterLoss(routeOf(policy, 1, 1), votes, losses)
		require.Equal(t, change.OK, reason, "the quorum holds without them")
		require.Equal(t, change.Inactive, after[0].Void)
	}
	require.Equal(t, before, votes, "the given votes are not altered")
	after, reason := change.AfterLoss(routeOf(change.VoidVote, 2), votes, nil)
	require.Equal(t, change.OK, reason)
	require.Equal(t, votes, after)
}

func TestC5_VoidingNeverHelpsAChange(t *testing.T) {
	pool := ids{"p-1", "p-2", "p-3", "p-4"}
	rapid.Check(t, func(t *rapid.T) {
		route := routeOf(change.VoidVote, rapid.IntRange(1, 3).Draw(t, "one"), rapid.IntRange(1, 3).Draw(t, "two"))
		votes := drawVotes(t, pool)
		out := rapid.SliceOfDistinct(rapid.SampledFrom(pool), rapid.ID).Draw(t, "out")
		losses := change.Lost(route, votes, func(_ int, p compliance.PersonID) change.Reason {
			if slices.Contains(out, p) {
				return change.NotEligible
			}
			return change.OK
		})
		after, reason := change.AfterLoss(route, votes, losses)
		for i, l := range route.Levels {
			was, is := change.Tally(i+1, l, votes), change.Tally(i+1, l, after)
			require.LessOrEqual(t, is.Approvals, was.Approvals)
			require.True(t, was.Outcome != change.Denied || is.Outcome == change.Denied)
			if len(losses) > 0 && reason == change.OK {
				require.Equal(t, change.Reached, is.Outcome)
			}
		}
		for _, v := range after {
			if v.Verdict == change.Approve && v.Void == change.OK {
				require.NotContains(t, out, v.Person)
			}
		}
	})
}
