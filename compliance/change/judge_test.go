package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func review() change.Review {
	return change.Review{
		Number: "CHG-7", State: change.InReview, Version: 2, Level: 1, Nonce: "n1", Hash: fullHash, Deadline: noon.Add(time.Hour),
		Route: change.Route{Levels: []change.ResolvedLevel{
			{Required: 2, Eligible: ids{"p-1", "p-2", "p-3"}}, {Required: 1, Eligible: ids{"p-4"}},
		}},
	}
}

func approval() change.Decision {
	return change.Decision{Verdict: change.Approve, Binding: change.NewBinding("CHG-7", 2, 1, "n1", fullHash)}
}

func TestJudgeCountsAValidDecision(t *testing.T) {
	for _, v := range []change.Verdict{change.Approve, change.Deny, change.Abstain} {
		d := approval()
		d.Verdict = v
		for level := 1; level <= 2; level++ { // the first and the last
			r := review()
			r.Level, d.Binding.Level = level, level
			require.Equal(t, change.Ruling{Counts: true}, change.Judge(r, d, change.Voter{Person: "p-1"}, noon))
		}
	}
}

// The faults are listed in the order of the checks: whatever else is wrong,
// the first one is the answer.
type fault struct {
	name   string
	reason change.Reason
	plant  func(*change.Review, *change.Decision, *change.Voter)
}

func faults() []fault {
	return []fault{
		{"no verdict", change.BadRequest, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Verdict = "maybe" }},
		{"another change", change.BadRequest, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Number = "CHG-8" }},
		{"on hold", change.OnHold, func(r *change.Review, _ *change.Decision, _ *change.Voter) { r.Held = true }},
		{"version expired", change.DeadlinePassed, func(r *change.Review, _ *change.Decision, _ *change.Voter) { r.State = change.Expired }},
		{"version over", change.NotInReview, func(r *change.Review, _ *change.Decision, _ *change.Voter) {
			if r.State != change.Expired {
				r.State = change.Withdrawn
			}
		}},
		{"other content", change.StaleContent, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Hash = "ffffffffffff" }},
		{"other version", change.StaleContent, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Version = 1 }},
		{"no content", change.StaleContent, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Hash = "" }},
		{"other level", change.StaleLevel, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Level = 2 }},
		{"other opening", change.StaleLevel, func(_ *change.Review, d *change.Decision, _ *change.Voter) { d.Binding.Nonce = "n0" }},
		{"at the deadline", change.DeadlinePassed, func(r *change.Review, _ *change.Decision, _ *change.Voter) { r.Deadline = noon }},
		{"no deadline known", change.DeadlinePassed, func(r *change.Review, _ *change.Decision, _ *change.Voter) { r.Deadline = time.Time{} }},
		{"not eligible", change.IsRequester, func(_ *change.Review, _ *change.Decision, v *change.Voter) { v.Reason = change.IsRequester }},
		{"nobody", change.UnknownPerson, func(_ *change.Review, _ *change.Decision, v *change.Voter) { v.Person = "" }},
		{"approved before", change.AlreadyRecorded, func(r *change.Review, _ *change.Decision, v *change.Voter) {
			r.Votes = append(r.Votes, change.Vote{Person: v.Person, Level: 1, Verdict: change.Approve, At: noon.Add(-time.Minute)})
		}},
		{"no sign-in", change.StepUpNeeded, func(r *change.Review, _ *change.Decision, _ *change.Voter) {
			r.Route.Levels[0].StepUp, r.Route.Levels[1].StepUp = true, true
		}},
	}
}

func TestJudgeRefusesForTheFirstReasonThatApplies(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			r, d, v := review(), approval(), change.Voter{Person: "p-1"}
			f.plant(&r, &d, &v)
			ruling := change.Judge(r, d, v, noon)
			require.Equal(t, f.reason, ruling.Reason)
			require.False(t, ruling.Counts)
		})
	}
	t.Run("together", rapid.MakeCheck(func(t *rapid.T) {
		all := faults()
		r, d, v := review(), approval(), change.Voter{Person: "p-1"}
		first := len(all)
		for i, f := range all {
			if rapid.IntRange(0, 3).Draw(t, f.name) == 0 {
				f.plant(&r, &d, &v)
				first = min(first, i)
			}
		}
		ruling := change.Judge(r, d, v, noon)
		require.Equal(t, first == len(all), ruling.Counts)
		require.Equal(t, ruling.Counts, ruling.Reason == change.OK)
		if first < len(all) {
			require.Equal(t, all[first].reason, ruling.Reason)
		}
	}))
}

func TestC16_TheSameVerdictAgainIsANoOp(t *testing.T) {
	r := review()
	first := change.Vote{Person: "p-1", Level: 1, Verdict: change.Approve, At: noon.Add(-time.Minute), Index: 17}
	r.Votes = []change.Vote{
		{Person: "p-1", Level: 1, Verdict: change.Deny, Void: change.EligibilityLost}, // void: as if never cast
		{Person: "p-1", Level: 2, Verdict: change.Deny},
		{Person: "p-2", Level: 1, Verdict: change.Deny},
		first,
	}
	ruling := change.Judge(r, approval(), change.Voter{Person: "p-1"}, noon)
	require.Equal(t, change.Ruling{Reason: change.AlreadyRecorded, Duplicate: &first}, ruling)
	ruling.Duplicate.Index = 99
	require.EqualValues(t, 17, r.Votes[3].Index, "the ruling holds a copy")

	d := approval()
	d.Verdict = change.Deny
	require.Equal(t, change.Ruling{Counts: true, Replaces: &first}, change.Judge(r, d, change.Voter{Person: "p-1"}, noon), "the last word counts (C24)")
}

func TestC11_AStaleVoteIsToldWhatChanged(t *testing.T) {
	was, is := snap(t, map[string]string{"risk": "low"}), snap(t, map[string]string{"risk": "high"})
	r := review()
	r.Hash, r.Fields, r.Earlier = is.Hash, is.Fields, []change.Snapshot{snap(t, map[string]string{"plan": "x"}), was}
	d := approval()
	d.Binding = change.NewBinding("CHG-7", 1, 1, "n0", was.Hash)
	require.Equal(t, change.Ruling{Reason: change.StaleContent, Changes: "risk: low → high"}, change.Judge(r, d, change.Voter{Person: "p-1"}, noon))
	d.Binding.Hash = "ffffffffffff"
	require.Equal(t, change.Ruling{Reason: change.StaleContent}, change.Judge(r, d, change.Voter{Person: "p-1"}, noon))
}

func TestJudgeKeepsItsFeetOnDamagedReviews(t *testing.T) {
	for _, level := range []int{0, -1, 3} {
		r, d := review(), approval()
		r.Level, d.Binding.Level = level, level
		require.Equal(t, change.StaleLevel, change.Judge(r, d, change.Voter{Person: "p-1"}, noon).Reason)
	}
	require.Equal(t, change.NotInReview, change.Judge(change.Review{}, approval(), change.Voter{Person: "p-1"}, noon).Reason)
	r := review()
	r.Number, r.Hash = "", ""
	require.Equal(t, change.StaleContent, change.Judge(r, approval(), change.Voter{Person: compliance.PersonID("p-1")}, noon).Reason)
}
