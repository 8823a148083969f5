package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

func TestP1_AnotherRolloutIsInTheWayWhileItIsUnderWay(t *testing.T) {
	mine := []string{"a", "b", "c"}
	in := map[patch.State]bool{patch.Rolling: true, patch.Held: true, patch.Reverting: true, patch.Stranded: true}
	for _, s := range patch.States() {
		other := patch.Course{Number: "PAT-1", Subject: "patch/1", State: s, Begun: true, Targets: []string{"b", "c", "d"}}
		got := patch.InTheWay("patch/2", mine, []patch.Course{other}, nil)
		if !in[s] {
			require.Empty(t, got, "%s has taken nothing, or nothing any more", s)
			continue
		}
		require.Equal(t, []patch.Other{{Number: "PAT-1", Subject: "patch/1", State: s, Targets: []string{"b", "c"}}}, got, s)
		require.Empty(t, patch.InTheWay("patch/1", mine, []patch.Course{other}, nil), "nobody is in their own way")
		require.Empty(t, patch.InTheWay("patch/2", []string{"e"}, []patch.Course{other}, nil), "other targets")
		passed := patch.InTheWay("patch/2", mine, []patch.Course{other}, []string{"PAT-1"})
		require.Equal(t, s == patch.Stranded, len(passed) == 0, "only one at rest can be passed: %s", s)
		other.Begun = false
		require.Empty(t, patch.InTheWay("patch/2", mine, []patch.Course{other}, nil), "%s, and not begun", s)
	}
	require.Equal(t, "PAT-1 (rolling back) on a, b, c and 1 more; PAT-4 (held) on a", patch.TakenText([]patch.Other{
		{Number: "PAT-1", State: patch.Reverting, Targets: []string{"a", "b", "c", "d"}}, {Number: "PAT-4", State: patch.Held, Targets: []string{"a"}},
	}))
}

func TestP1_ARingWaitsForAnotherRollout(t *testing.T) {
	s := situation(t)
	s.Others = []patch.Other{{Number: "PAT-1", State: patch.Rolling, Targets: []string{"p1"}}}
	require.Equal(t, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.TargetsTaken}, patch.Next(s, noon))
	s.Rings[2].State, s.Rings[2].Outcome = patch.Testing, patch.Fail
	require.Equal(t, patch.RollBack, patch.Next(s, noon).Move, "the way back waits for nobody")
}

func TestALookElsewhereIsSoonAtFirstAndNeverRare(t *testing.T) {
	require.Equal(t, time.Minute, patch.NextLookElsewhere(0))
	require.Equal(t, 8*time.Minute, patch.NextLookElsewhere(3))
	for _, n := range []int{5, 6, 1000} {
		require.Equal(t, 30*time.Minute, patch.NextLookElsewhere(n))
	}
}

func TestP1_OnlyARolloutAtRestIsPassedByAWord(t *testing.T) {
	act := patch.Act{Action: patch.ActionResume}
	s := patch.Standing{State: patch.Held, HeldFor: patch.TargetsTaken, Taken: true}
	by := patch.Voter{Person: "p-emeka"}
	require.Equal(t, patch.TargetsTaken, patch.JudgeAct(s, act, by))
	s.Taken = false
	require.Equal(t, patch.OK, patch.JudgeAct(s, act, by))
}
