package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func vote(p compliance.PersonID, level int, v change.Verdict) change.Vote {
	return change.Vote{Person: p, Level: level, Verdict: v}
}

func void(v change.Vote) change.Vote {
	v.Void = change.EligibilityLost
	return v
}

func TestC8_Tally(t *testing.T) {
	four := ids{"p-1", "p-2", "p-3", "p-4"}
	two := change.ResolvedLevel{Required: 2, Eligible: four}
	tolerant := change.ResolvedLevel{Required: 2, Eligible: four, Level: change.Level{MaxDenials: 1}}
	a, d, s := change.Approve, change.Deny, change.Abstain
	for name, c := range map[string]struct {
		level change.ResolvedLevel
		votes []change.Vote
		want  change.Result
	}{
		"nobody yet": {two, nil, change.Result{
			Required: 2, Remaining: 2, Outcome: change.Pending, Outstanding: four, CanStillReach: true,
		}},
		"one of two": {two, []change.Vote{vote("p-2", 1, a)}, change.Result{
			Approvals: 1, Required: 2, Remaining: 1, Outcome: change.Pending, Outstanding: ids{"p-1", "p-3", "p-4"}, CanStillReach: true,
		}},
		"reached": {two, []change.Vote{vote("p-2", 1, a), vote("p-1", 1, a)}, change.Result{
			Approvals: 2, Required: 2, Outcome: change.Reached, Outstanding: ids{"p-3", "p-4"}, CanStillReach: true,
		}},
		"a person counts once": {two, []change.Vote{vote("p-2", 1, a), vote("p-2", 1, a), vote("p-2", 1, d)}, change.Result{
			Approvals: 1, Required: 2, Remaining: 1, Outcome: change.Pending, Outstanding: ids{"p-1", "p-3", "p-4"}, CanStillReach: true,
		}},
		"other levels and void votes do not count": {two, []change.Vote{vote("p-1", 2, a), void(vote("p-2", 1, a)), void(vote("p-3", 1, d)), vote("p-3", 1, a)}, change.Result{
			Approvals: 1, Required: 2, Remaining: 1, Outcome: change.Pending, Outstanding: ids{"p-1", "p-2", "p-4"}, CanStillReach: true,
		}},
		"the first denial ends it": {two, []change.Vote{vote("p-1", 1, a), vote("p-2", 1, d)}, change.Result{
			Approvals: 1, Denials: 1, Required: 2, Remaining: 1, Outcome: change.Denied, Outstanding: ids{"p-3", "p-4"},
		}},
		"denial beats approval": {two, []change.Vote{vote("p-1", 1, a), vote("p-2", 1, a), vote("p-3", 1, d)}, change.Result{
			Approvals: 2, Denials: 1, Required: 2, Outcome: change.Denied, Outstanding: ids{"p-4"},
		}},
		"one denial survived": {tolerant, []change.Vote{vote("p-1", 1, d), vote("p-2", 1, a), vote("p-3", 1, a)}, change.Result{
			Approvals: 2, Denials: 1, Required: 2, Outcome: change.Reached, Outstanding: ids{"p-4"}, CanStillReach: true,
		}},
		"two denials not": {tolerant, []change.Vote{vote("p-1", 1, d), vote("p-2", 1, d)}, change.Result{
			Denials: 2, Required: 2, Remaining: 2, Outcome: change.Denied, Outstanding: ids{"p-3", "p-4"},
		}},
		"abstentions put it out of reach": {two, []change.Vote{vote("p-1", 1, s), vote("p-2", 1, s), vote("p-3", 1, s)}, change.Result{
			Abstentions: 3, Required: 2, Remaining: 2, Outcome: change.Pending, Outstanding: ids{"p-4"},
		}},
		"a voter who joined later counts": {two, []change.Vote{vote("p-9", 1, a), vote("p-1", 1, a)}, change.Result{
			Approvals: 2, Required: 2, Outcome: change.Reached, Outstanding: ids{"p-2", "p-3", "p-4"}, CanStillReach: true,
		}},
		"no verdict, nobody": {two, []change.Vote{vote("p-1", 1, "perhaps"), vote("", 1, a)}, change.Result{
			Required: 2, Remaining: 2, Outcome: change.Pending, Outstanding: four, CanStillReach: true,
		}},
		"an empty level approves nothing": {change.ResolvedLevel{}, nil, change.Result{
			Required: 1, Remaining: 1, Outcome: change.Pending,
		}},
	} {
		require.Equal(t, c.want, change.Tally(1, c.level, c.votes), name)
	}
}

func drawVotes(t *rapid.T, pool ids) []change.Vote {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change.Vote {
		v := vote(rapid.SampledFrom(pool).Draw(t, "person"), rapid.IntRange(1, 2).Draw(t, "level"),
			rapid.SampledFrom([]change.Verdict{change.Approve, change.Deny, change.Abstain}).Draw(t, "verdict"))
		if rapid.IntRange(0, 4).Draw(t, "void") == 0 {
			v = void(v)
		}
		return v
	}), 0, 12).Draw(t, "votes")
}

func TestC8_TallyProperties(t *testing.T) {
	pool := ids{"p-1", "p-2", "p-3", "p-4", "p-5"}
	rapid.Check(t, func(t *rapid.T) {
		l := change.ResolvedLevel{
			Required: rapid.IntRange(0, 5).Draw(t, "required"), Eligible: pool,
			Level: change.Level{MaxDenials: rapid.IntRange(0, 2).Draw(t, "denials")},
		}
		votes := drawVotes(t, pool)
		r := change.Tally(1, l, votes)

		approvers, voters := map[compliance.PersonID]bool{}, map[compliance.PersonID]bool{}
		for _, v := range votes {
			if v.Level == 1 && v.Void == change.OK {
				voters[v.Person] = true
				approvers[v.Person] = approvers[v.Person] || v.Verdict == change.Approve
			}
		}
		require.Equal(t, len(voters), r.Approvals+r.Denials+r.Abstentions, "everybody once")
		require.Len(t, r.Outstanding, len(pool)-len(voters))
		if r.Outcome == change.Reached {
			n := 0
			for _, yes := range approvers {
				if yes {
					n++
				}
			}
			require.GreaterOrEqual(t, n, max(1, l.Required), "never reached with fewer people than required")
			require.LessOrEqual(t, r.Denials, l.MaxDenials)
		}

		// CanStillReach is a promise: everybody outstanding approving decides it.
		all := votes
		for _, p := range r.Outstanding {
			all = append(all, vote(p, 1, change.Approve))
		}
		require.Equal(t, r.CanStillReach, change.Tally(1, l, all).Outcome == change.Reached)

		// One more denial or abstention never brings a level closer.
		for _, v := range []change.Verdict{change.Deny, change.Abstain} {
			more := change.Tally(1, l, append(votes[:len(votes):len(votes)], vote("p-6", 1, v)))
			require.GreaterOrEqual(t, more.Remaining, r.Remaining)
			require.True(t, r.Outcome == change.Reached || more.Outcome != change.Reached)
		}
	})
}

// Votes that come through Judge: whatever people try, nobody is counted twice
// and a level is reached exactly when enough different people approved.
func TestC16_JudgedVotesNeverDouble(t *testing.T) {
	pool := ids{"p-1", "p-2", "p-3"}
	rapid.Check(t, func(t *rapid.T) {
		r := review()
		for range rapid.IntRange(0, 15).Draw(t, "attempts") {
			d := approval()
			d.Verdict = rapid.SampledFrom([]change.Verdict{change.Approve, change.Abstain, change.Deny}).Draw(t, "verdict")
			p := rapid.SampledFrom(pool).Draw(t, "person")
			ruling := change.Judge(r, d, change.Voter{Person: p}, noon)
			if !ruling.Counts {
				require.NotNil(t, ruling.Duplicate)
				require.Equal(t, d.Verdict, ruling.Duplicate.Verdict)
				require.Equal(t, change.AlreadyRecorded, ruling.Reason)
				continue
			}
			r.Votes = change.Recast(r.Votes, vote(p, r.Level, d.Verdict))
		}
		seen := map[compliance.PersonID]bool{}
		for _, v := range r.Votes {
			if v.Void == change.VoteChanged {
				continue
			}
			require.False(t, seen[v.Person], "%s is counted twice", v.Person)
			seen[v.Person] = true
		}
		result := change.Tally(1, r.Route.Levels[0], r.Votes)
		require.Equal(t, len(seen), result.Approvals+result.Denials+result.Abstentions)
	})
}
