package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
)

// Those who have not decided are reminded at shares of the level's time, each time on
// record and with one call, and nobody else; then silence expires (C10).
func TestC10_ThoseWhoHaveNotDecidedAreReminded(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() { w.approve("bruno", w.counted()) })
	w.At(23*time.Hour, func() { require.Empty(t, calls(w, "still asked for")) })
	w.At(25*time.Hour, func() { require.Len(t, calls(w, "still asked for"), 1) })
	w.At(26*time.Hour, func() { w.act("dana", rules.ActionAbstain, nil, w.counted()) })
	w.At(49*time.Hour, func() { require.Equal(t, rules.Expired, w.standing().Review) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "reminded", "decided", "reminded", "expired", "withdrawn"}, w.records())
	reminded := calls(w, "still asked for")
	require.Len(t, reminded, 2)
	require.Equal(t, []compliance.PersonID{"p-chidi", "p-dana", "p-emeka"}, reminded[0].People)
	require.Equal(t, []compliance.PersonID{"p-chidi", "p-emeka"}, reminded[1].People)
	facts := processtest.Facts[rules.CalledFacts](w.World, subject, rules.EventReminded)
	require.Equal(t, []int{50, 80}, []int{facts[0].Share, facts[1].Share})
	require.Equal(t, reminded[1].People, facts[1].Called)
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventReminded {
			require.Contains(t, []time.Time{saturday.Add(24 * time.Hour), saturday.Add(38*time.Hour + 24*time.Minute)}, e.Record.At.Truncate(time.Minute))
		}
	}
	evidencetest.Check(t, w.Log)
}

// A level with no reminders reminds nobody, and neither does one where nobody is left
// to be reminded (C10).
func TestC10_NobodyIsRemindedInVain(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		w := newWorld(t)
		w.Rewrite("rules/chains.yaml", "        deadline: 48h\n", "        deadline: 48h\n        reminders: []\n")
		w.run()
		require.NoError(t, w.Env.GetWorkflowError())
		require.Equal(t, []string{"received", "submitted", "expired", "withdrawn"}, w.records())
	})
	t.Run("nobody left", func(t *testing.T) {
		w := newWorld(t)
		w.At(time.Minute, func() { w.approve("bruno", w.counted()) })
		for i, who := range []string{"chidi", "dana", "emeka"} {
			w.At(time.Duration(i+2)*time.Minute, func() { w.act(who, rules.ActionAbstain, nil, w.counted()) })
		}
		w.run()
		require.NoError(t, w.Env.GetWorkflowError())
		require.NotContains(t, w.records(), "reminded")
		require.Contains(t, w.records(), "expired")
	})
}

// A level that has waited long asks its fallback, too: they are called once and may
// decide from then on and at no time before, the quorum stays, and those who could
// decide still can. Their votes stand at the start (C10).
func TestC10_ALevelEscalatesToItsFallback(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n", "        groups: [platform-owners]\n        quorum: 2\n        fallback: {groups: [change-board], after: 75%}\n")
	w.At(35*time.Hour, func() { w.approve("farah", w.refused(rules.NotEligible)) })
	w.At(37*time.Hour, func() {
		require.Len(t, calls(w, "waited long"), 1)
		require.Equal(t, []compliance.PersonID{"p-alice", "p-farah"}, calls(w, "waited long")[0].People, "Dana was asked before")
		require.Contains(t, facts(w.Surface.Last().Facts), "Escalated")
		require.Contains(t, w.standing().Awaiting, compliance.PersonID("p-farah"))
		require.Equal(t, 2, w.standing().Remaining)
		w.approve("farah", w.counted())
	})
	w.At(38*time.Hour, func() { w.approve("chidi", w.counted()) })
	w.At(38*time.Hour+time.Minute, func() { w.approve("dana", w.counted()) })
	w.At(38*time.Hour+2*time.Minute, func() { require.Equal(t, rules.WaitingWindow, w.standing().State) })
	w.At(39*time.Hour, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "reminded", "refused", "escalated", "decided", "decided", "decided", "approved", "withdrawn",
	}, w.records())
	escalated := processtest.Facts[rules.CalledFacts](w.World, subject, rules.EventEscalated)[0]
	require.Equal(t, []string{"change-board"}, escalated.Groups)
	require.Equal(t, []compliance.PersonID{"p-alice", "p-farah"}, escalated.Called)
	evidencetest.Check(t, w.Log)
}

// An escalated level that nobody decides expires as any other (C10).
func TestC10_AnEscalatedLevelExpires(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n", "        groups: [platform-owners]\n        quorum: 2\n        fallback: {groups: [change-board], after: 75%}\n")
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "reminded", "escalated", "reminded", "expired", "withdrawn"}, w.records())
	require.Contains(t, calls(w, "80%")[0].People, compliance.PersonID("p-farah"), "whom it escalated to is reminded, too")
}
