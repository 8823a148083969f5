package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func reported(edit func(*change.Emergency)) *change.Emergency {
	e := &change.Emergency{
		Invoker: "p-req", Answer: change.GoAhead, AnsweredBy: "p-call", AnsweredAt: night, Outcome: change.Verifying, FinishedAt: night,
		Rules: change.EmergencyRules{EscalateFor: 24 * time.Hour, RemedyWithin: 4 * 24 * time.Hour},
		Retro: &change.Retro{Due: night.Add(72 * time.Hour)},
	}
	if edit != nil {
		edit(e)
	}
	return e
}

// A reminder at half time and one a day before, the control owner when it is due,
// then a violation; an outage costs reminders and moves no deadline.
func TestC33_NextRetro(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*change.Emergency)
		after  time.Duration
		step   change.RetroStep
		passed int
		at     time.Duration
	}{
		"at first":                    {nil, 0, change.RetroWait, 0, 36 * time.Hour},
		"half time":                   {nil, 36 * time.Hour, change.RetroRemind, 1, 0},
		"reminded":                    {func(e *change.Emergency) { e.Retro.Reminded = 1 }, 36 * time.Hour, change.RetroWait, 1, 48 * time.Hour},
		"a day before":                {func(e *change.Emergency) { e.Retro.Reminded = 1 }, 48 * time.Hour, change.RetroRemind, 2, 0},
		"one for two after an outage": {nil, 50 * time.Hour, change.RetroRemind, 2, 0},
		"reminded twice":              {func(e *change.Emergency) { e.Retro.Reminded = 2 }, 50 * time.Hour, change.RetroWait, 2, 72 * time.Hour},
		"due":                         {nil, 72 * time.Hour, change.RetroEscalate, 2, 0},
		"escalated":                   {func(e *change.Emergency) { e.Retro.Escalated = night }, 73 * time.Hour, change.RetroWait, 2, 96 * time.Hour},
		"an instant too early":        {func(e *change.Emergency) { e.Retro.Escalated = night }, 96*time.Hour - 1, change.RetroWait, 2, 96 * time.Hour},
		"too late":                    {func(e *change.Emergency) { e.Retro.Escalated = night }, 96 * time.Hour, change.RetroViolate, 2, 0},
		"too late in one outage":      {nil, 1000 * time.Hour, change.RetroViolate, 2, 0},
		"a short one: half time only": {func(e *change.Emergency) { e.Retro.Due = night.Add(24 * time.Hour) }, 12 * time.Hour, change.RetroRemind, 1, 0},
		"a remedy is owed":            {wouldNot, 0, change.RetroWait, 0, 48 * time.Hour},
		"half time of the remedy":     {wouldNot, 48 * time.Hour, change.RetroRemind, 1, 0},
		"no remedy":                   {wouldNot, 96 * time.Hour, change.RetroViolate, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			step, passed, at := change.NextRetro(reported(c.edit), night.Add(c.after))
			require.Equal(t, c.step, step)
			require.Equal(t, c.passed, passed)
			if c.step == change.RetroWait {
				require.Equal(t, night.Add(c.at), at)
			}
		})
	}
}

func wouldNot(e *change.Emergency) {
	e.Retro.Verdict, e.Retro.At, e.Retro.RemedyDue = change.WouldNot, night, night.Add(96*time.Hour)
}

// Whenever it is looked, and however often, the wait ends in a violation at its
// instant and not before; each step is taken once, and none waits for the past.
func TestC33_TheWaitForAReviewEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := reported(func(e *change.Emergency) {
			e.Retro.Due = night.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "within")) * time.Hour)
			e.Rules.EscalateFor = time.Duration(rapid.IntRange(1, 100).Draw(t, "grace")) * time.Hour
		})
		now, taken := night, map[change.RetroStep]int{}
		for range 20 {
			step, passed, at := change.NextRetro(e, now)
			taken[step]++
			e.Retro.Reminded = passed
			switch step {
			case change.RetroEscalate:
				e.Retro.Escalated = now
			case change.RetroViolate:
				require.False(t, now.Before(e.Retro.Due.Add(e.Rules.EscalateFor)))
				require.LessOrEqual(t, taken[change.RetroEscalate], 1)
				require.LessOrEqual(t, taken[change.RetroRemind], 2)
				return
			case change.RetroWait:
				require.True(t, at.After(now))
				now = at.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "outage")) * time.Hour)
			}
		}
		t.Fatal("the wait does not end")
	})
}

// Who reviews, and who does not.
func TestC33_JudgeRetro(t *testing.T) {
	e := reported(nil)
	require.Equal(t, change.OK, change.JudgeRetro(e, change.RetroReview, "p-rev", true, change.OK))
	require.Equal(t, change.NotReviewer, change.JudgeRetro(e, change.RetroReview, "p-rev", false, change.OK))
	require.Equal(t, change.IsActing, change.JudgeRetro(e, change.RetroReview, "p-rev", true, change.IsActing))
	require.Equal(t, change.GaveGoAhead, change.JudgeRetro(e, change.RetroReview, "p-call", true, change.OK))
	require.Equal(t, change.NotInRetroReview, change.JudgeRetro(e, change.ExecutingUnapproved, "p-rev", true, change.OK))
	require.Equal(t, change.NotInRetroReview, change.JudgeRetro(nil, change.Open, "p-rev", true, change.OK))
	require.Equal(t, change.AlreadyClosed, change.JudgeRetro(e, change.Violation, "p-rev", true, change.OK))
	require.Equal(t, change.AlreadyReviewed, change.JudgeRetro(reported(wouldNot), change.RetroReview, "p-rev", true, change.OK))
}

// How it ends follows from the outcome and from what the reviewer says.
func TestC33_Reviewed(t *testing.T) {
	for outcome, ends := range map[change.State]struct{ would, not change.State }{
		change.Verifying:  {change.Closed, change.RetroReview},
		change.RolledBack: {change.RolledBack, change.RolledBack},
		change.Failed:     {change.Failed, change.RetroReview},
	} {
		before := *reported(func(e *change.Emergency) { e.Outcome = outcome })
		done, to := before.Reviewed("p-rev", change.WouldApprove, before.Retro.Due)
		require.Equal(t, ends.would, to, outcome)
		require.False(t, done.Retro.InTime, "due is too late")
		require.False(t, done.Retro.Outstanding())
		require.True(t, done.Retro.Over())
		require.Empty(t, before.Retro.Verdict, "what was judged is not altered")
		done, to = before.Reviewed("p-rev", change.WouldNot, before.Retro.Due.Add(-1))
		require.Equal(t, ends.not, to, outcome)
		require.True(t, done.Retro.InTime)
		require.Equal(t, outcome != change.RolledBack, done.Retro.Outstanding(), "nothing is left to be undone after a way back")
		if done.Retro.Outstanding() {
			back, to := done.Remedied(change.RemedyRollback, "")
			require.Equal(t, change.RolledBack, to)
			require.True(t, back.Retro.Over())
			_, to = done.Remedied(change.RemedyFollowUp, "CHG-9")
			require.Equal(t, change.Closed, to)
		}
	}
}

func TestC33_JudgeRemedy(t *testing.T) {
	e := reported(wouldNot)
	good := change.FollowUp{Number: "CHG-9", Exists: true, System: "orders", Submitted: night.Add(time.Hour)}
	judge := func(by compliance.PersonID, f *change.FollowUp) change.Reason {
		return change.JudgeRemedy(e, change.RetroReview, "p-impl", by, "orders", f)
	}
	require.Equal(t, change.OK, judge("p-impl", nil))
	require.Equal(t, change.OK, judge("p-impl", &good))
	require.Equal(t, change.NotImplementer, judge("p-rev", nil))
	require.Equal(t, change.NothingToRemedy, change.JudgeRemedy(reported(nil), change.RetroReview, "p-impl", "p-impl", "orders", nil))
	for want, edit := range map[change.Reason]func(*change.FollowUp){
		change.NoFollowUp:        func(f *change.FollowUp) { f.Exists = false },
		change.FollowUpElsewhere: func(f *change.FollowUp) { f.System = "yard" },
		change.FollowUpTooEarly:  func(f *change.FollowUp) { f.Submitted = night },
		change.FollowUpAbandoned: func(f *change.FollowUp) { f.Abandoned = true },
	} {
		f := good
		edit(&f)
		require.Equal(t, want, judge("p-impl", &f))
	}
}

// A tenth is not flagged, more is; a quarter begins in UTC.
func TestC34_RatioOfAQuarter(t *testing.T) {
	var all []change.Counted
	for i := range 20 {
		all = append(all, change.Counted{Received: time.Date(2026, 10, 1, 0, 0, i, 0, time.UTC), Emergency: i < 2})
	}
	all = append(all, change.Counted{Received: time.Date(2026, 9, 30, 23, 59, 59, 0, time.UTC), Emergency: true})
	got := change.EmergencyRatio(all)
	require.Equal(t, []change.Ratio{
		{Quarter: "2026-Q3", All: 1, Emergencies: 1, Flagged: true},
		{Quarter: "2026-Q4", All: 20, Emergencies: 2},
	}, got)
	require.InDelta(t, 10, got[1].Percent(), 1e-9)
	all[2].Emergency = true
	require.True(t, change.EmergencyRatio(all)[1].Flagged)
	require.Empty(t, change.EmergencyRatio(nil))
	require.Zero(t, change.Ratio{}.Percent())
	require.Equal(t, "2026-Q1", change.Quarter(time.Date(2025, 12, 31, 20, 0, 0, 0, time.FixedZone("west", -5*3600))))
}
