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

// stoppable is a change whose plan names two safe points, started at 20:00 UTC on
// Monday: its window is open until Tuesday 01:00 UTC, and opens again at 19:00.
func stoppable(t *testing.T) *world {
	w := newWorld(t)
	w.tracker.ticket.Fields["safe_points"] = "The package is imported\nThe rule is published"
	w.tracker.ticket.Fields["duration"] = "4h"
	w.Env.SetStartTime(time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC))
	approved(w)
	w.At(5*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	return w
}

func asks(point, remaining string) map[string]string {
	m := map[string]string{"point": point}
	if remaining != "" {
		m["remaining"] = remaining
	}
	return m
}

// The window closes on the way: the implementer is called once and told where to stop;
// at the safe point the work halts on record, waits for the next opening, is called
// again and goes on. Requirement 1. (C30)
func TestC30_HaltsAtASafePointUntilTheNextOpening(t *testing.T) {
	w := stoppable(t)
	closes := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	w.At(time.Hour, func() {
		require.Equal(t, []string{"finish", "proceed"}, w.Surface.Buttons())
		require.Contains(t, facts(w.Surface.Last().Facts), "1. The package is imported\n2. The rule is published")
		w.act("farah", rules.ActionProceed, asks("1", ""), func(r compliance.Reply) { require.Equal(t, string(rules.NotImplementer), r.Reason) })
		w.act("goran", rules.ActionProceed, asks("7", ""), func(r compliance.Reply) {
			require.Equal(t, string(rules.UnknownPoint), r.Reason)
			require.Equal(t, "point", r.Field)
		})
	})
	w.At(time.Hour+time.Minute, func() {
		w.act("goran", rules.ActionProceed, asks("1", "30m"), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(5*time.Hour+time.Minute, func() {
		require.True(t, w.Surface.Called("p-goran", "its window closed while it was being carried out (weeknights), 24 November 2026, 01:00 UTC. "+
			"Go on to the next safe point, stop there and ask, or take the way back and report it. Do not stop in between. Next: 2. The rule is published"), w.Surface.Said())
		require.Equal(t, "Being carried out, outside its window", w.Surface.Last().Status)
		w.tell() // nothing that moves anything: nobody is called again
	})
	w.At(6*time.Hour, func() {
		w.act("goran", rules.ActionProceed, asks("2", "45"), func(r compliance.Reply) {
			require.Equal(t, compliance.Declined, r.Outcome)
			require.Equal(t, string(rules.WindowClosed), r.Reason)
			require.Contains(t, r.Text, "The work waits at safe point 2. It may go on from 24 November 2026, 19:00 UTC")
		})
	})
	w.At(6*time.Hour+time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.Executing, s.State)
		require.Equal(t, 2, s.Halt.Point)
		require.Equal(t, time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC), s.Halt.Opening.At)
		require.Equal(t, "Waits at safe point 2 of 2", w.Surface.Last().Status)
	})
	w.At(23*time.Hour+time.Minute, func() {
		require.True(t, w.standing().Halt.May)
		require.True(t, w.Surface.Called("p-goran", "waits at safe point 2 and may go on now"), w.Surface.Said())
		w.act("goran", rules.ActionProceed, asks("2", "45"), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(24*time.Hour, func() {
		require.Nil(t, w.standing().Halt)
		require.Equal(t, "Being carried out", w.Surface.Last().Status)
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "decided", "decided", "approved", "started",
		"refused", "refused", "proceeded", "overrun", "refused", "paused", "proceeded", "finished", "closed",
	}, w.records())
	over := processtest.Facts[rules.OverrunFacts](w.World, subject, rules.EventOverrun)[0]
	require.Equal(t, rules.OverrunFacts{Version: 1, Reason: rules.WindowClosed, Since: closes, Name: "weeknights", Passed: 1, Points: 2}, over)
	paused := processtest.Facts[rules.ProceedFacts](w.World, subject, rules.EventPaused)[0]
	require.Equal(t, 2, paused.Point)
	require.Equal(t, 45*time.Minute, paused.Remaining)
	require.NotEmpty(t, paused.Calendar)
	evidencetest.Check(t, w.Log)
}

// A freeze that begins on the way, and was not known at the start, is seen as soon as it
// is said; the way back never waits for anything. (C30)
func TestC30_AFreezeOnTheWay(t *testing.T) {
	w := stoppable(t)
	w.At(time.Hour, func() {
		w.freeze(true, "2026-11-23T21:30", "2026-11-25T12:00") // 20:30 UTC: under way
		w.tell()
	})
	w.At(time.Hour+time.Minute, func() {
		require.True(t, w.Surface.Called("p-goran", "a freeze began while it was being carried out (audit week), 23 November 2026, 20:30 UTC. Go on to the next safe point"), w.Surface.Said())
		w.act("goran", rules.ActionProceed, asks("1", ""), func(r compliance.Reply) { require.Equal(t, string(rules.Frozen), r.Reason) })
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, 1, w.standing().Halt.Point)
		w.act("goran", rules.ActionFinish, map[string]string{"result": "rolled_back", "note": "The former package is back"}, func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"overrun", "refused", "paused", "finished"}, w.records()[7:])
	done := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventFinished)[0]
	require.Equal(t, 1, done.Point, "where it waited is on record with how it ended")
	evidencetest.Check(t, w.Log)
}

// A freeze that is lifted lets the work go on before its instant; one whose rest fits
// nowhere waits without an instant; and a plan without safe points is told to be finished.
func TestC30_LiftedAndUnknown(t *testing.T) {
	w := stoppable(t)
	w.At(time.Hour, func() { w.freeze(true, "2026-11-23T21:30", "2026-11-25T12:00") })
	w.At(time.Hour+time.Minute, func() {
		w.act("goran", rules.ActionProceed, asks("1", "30m"), func(r compliance.Reply) { require.Equal(t, string(rules.Frozen), r.Reason) })
	})
	w.At(2*time.Hour, func() {
		w.freeze(false, "2026-11-23T21:30", "2026-11-25T12:00")
		w.tell()
	})
	w.At(2*time.Hour+time.Minute, func() {
		require.True(t, w.standing().Halt.May, "lifted")
		require.True(t, w.Surface.Called("p-goran", "may go on now"))
		w.act("goran", rules.ActionProceed, asks("1", "7h"), func(r compliance.Reply) {
			require.Equal(t, string(rules.DoesNotFit), r.Reason)
			require.Contains(t, r.Text, "No opening is known for the rest")
		})
	})
	w.At(30*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "closed", w.records()[len(w.records())-1])

	w = newWorld(t)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC))
	approved(w)
	w.At(5*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(6*time.Minute, func() {
		require.Equal(t, []string{"finish"}, w.Surface.Buttons())
		w.act("goran", rules.ActionProceed, asks("1", ""), func(r compliance.Reply) { require.Equal(t, string(rules.NoSafePoints), r.Reason) })
	})
	w.At(6*time.Hour, func() {
		require.True(t, w.Surface.Called("p-goran", "The plan names no safe point: finish it, or take the way back"))
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}
