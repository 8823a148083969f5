package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// An older change that was told of an approved newer one while an edit of it could not
// be read is not started before it gives way: its start reads the ticket (C4, C13).
func TestC4_AStartGivesWayToANewerChange(t *testing.T) {
	w := newWorld(t)
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 2, Place: portal}
	answers := w.tells(newer.Subject, change.SignalSupersedes, nil)
	approved(w)
	w.At(4*time.Minute, func() {
		w.unread(true)
		w.hint(false)
	})
	w.At(5*time.Minute, func() { w.Env.SignalWorkflow(change.SignalSuperseded, newer) })
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		require.Empty(t, answers.list())
		w.unread(false)
		w.act("goran", rules.ActionStart, ready(), refused(t, rules.AlreadyClosed))
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Superseded, w.standing().State)
	require.Len(t, answers.list(), 1)
	require.True(t, answers.list()[0].Done)
	require.Zero(t, countOf(w.records(), "started"))
	evidencetest.Check(t, w.Log)
}

// A newer change that is carried out before a hint of it was followed up tells the
// older one when it starts, and its card never says so before (C4).
func TestC4_ANewerChangeThatIsStartedTellsTheOlderOne(t *testing.T) {
	w := newWorld(t)
	w.older("order-portal", rules.WaitingWindow)
	w.tracker.ticket.Fields["supersedes"] = "CHG-1"
	told := w.tells(olderChange, change.SignalSuperseded, nil)
	w.At(30*time.Second, func() {
		w.unread(true)
		w.hint(false)
	})
	approved(w)
	w.At(2*time.Hour, func() {
		require.Empty(t, told.list())
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: CHG-1 is told that this change takes its place once")
		w.unread(false)
		w.act("goran", rules.ActionStart, ready(), counted(t))
	})
	w.At(2*time.Hour+time.Minute, func() {
		require.Len(t, told.list(), 1)
		require.Equal(t, portal, told.list()[0].Place)
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: CHG-1 was told that this change takes its place.")
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, told.list(), 1)
}
