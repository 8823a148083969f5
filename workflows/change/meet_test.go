package change_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// A tracker that is down while a hint of it waits to be followed up keeps nobody on
// call from being paged, and no silence from being noticed (C32).
func TestC32_TrackerDownWhileAHintWaits(t *testing.T) {
	n := newNight(t)
	down := func(on bool) {
		n.tracker.set(func() {
			n.tracker.fail = func(string) error {
				if on {
					return &compliance.Failure{Class: compliance.Unavailable, Op: "read ticket"}
				}
				return nil
			}
		})
	}
	n.At(time.Minute, func() {
		down(true)
		n.hint(false)
	})
	n.At(10*time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(12*time.Minute, func() { require.Len(t, n.pager.pages, 1, "the page does not wait for the tracker") })
	n.At(26*time.Minute, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State, "nobody answered in time")
		n.finish("succeeded", recorded(t))
	})
	n.At(4*time.Hour, func() { down(false) })
	n.At(6*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "unanswered", "finished", "reviewed", "closed")
	evidencetest.Check(t, n.Log)
}

// Whoever puts the change on hold ends the call for a go-ahead, also where it is
// resumed at once: silence afterwards lets nothing go on (C3, C32).
func TestC32_AHoldEndsTheCall(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() {
		ref := n.standing().Ref
		// Both by the second way, as when no worker was there.
		n.Env.SignalWorkflow(change.SignalActed, n.Inbound("hold", subject, ref, processtest.By("bruno"), rules.ActionHold, because("Look at the logs first")))
		n.Env.SignalWorkflow(change.SignalActed, n.Inbound("resume", subject, ref, processtest.By("bruno"), rules.ActionResume, nil))
	})
	n.At(3*time.Minute, func() {
		s := n.standing()
		require.Equal(t, rules.Open, s.State, "nobody said go ahead, and the time for it is not over")
		require.Equal(t, rules.Overtaken, s.Emergency.Answer)
		n.answer("dana", rules.GoAhead, declinedFor(t, rules.NoCall))
	})
	n.At(time.Hour, func() {
		require.Equal(t, rules.Open, n.standing().State)
		n.breakGlass("goran", "INC-1", recorded(t))
	})
	n.At(time.Hour+time.Minute, func() { n.act("bruno", rules.ActionHold, because("Still no"), counted(t)) })
	n.At(2*time.Hour, func() {
		n.breakGlass("goran", "INC-1", declinedFor(t, rules.OnHold))
		n.act("bruno", rules.ActionResume, nil, counted(t))
	})
	n.At(3*time.Hour, func() {
		require.Equal(t, rules.Open, n.standing().State)
		n.act("jonas", rules.ActionWithdraw, because("enough"), counted(t))
	})
	n.over(rules.WithdrawnChange, "emergency", "held", "overtaken", "resumed", "refused", "emergency", "held", "overtaken", "refused", "resumed", "withdrawn")
	evidencetest.Check(t, n.Log)
}

// Resumed while others come first, its implementer is not called before its turn (C3, C29).
func TestC29_ResumedBeforeItsTurn(t *testing.T) {
	w, _ := limited(t)
	approved(w)
	w.At(4*time.Minute, func() { w.act("dana", rules.ActionHold, because("Wait for the backup"), counted(t)) })
	w.At(5*time.Minute, func() { w.act("dana", rules.ActionResume, nil, counted(t)) })
	w.At(6*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		require.False(t, w.standing().Ready)
		require.False(t, w.Surface.Called("p-goran", "may be started now"), "it is not its turn")
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// forgetful is what the run carries over to the next, but for the answers it gave.
func (w *world) forgetful() change.Input {
	w.T.Helper()
	var next *workflow.ContinueAsNewError
	require.True(w.T, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(w.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	in.Carried.Delivered = nil
	return in
}

// Acts of an emergency that are repeated when their answers are forgotten change
// nothing: they meet their records (C16, C32).
func TestC32_ActsRepeatedLateChangeNothing(t *testing.T) {
	n := newNight(t)
	var ref string
	glass := map[string]string{"incident": "INC-1", "reason": "Orders hang", "bypass": "yes"}
	outcome := map[string]string{"result": "succeeded", "note": "Orders flow again"}
	n.At(time.Minute, func() {
		ref = n.standing().Ref
		n.send("glass", ref, "goran", rules.ActionBreakGlass, glass, recorded(t))
	})
	n.At(2*time.Minute, func() {
		n.send("yes", ref, "dana", rules.ActionAcknowledge, map[string]string{"answer": "go_ahead"}, recorded(t))
	})
	n.At(10*time.Minute, func() { n.send("done", ref, "goran", rules.ActionFinish, outcome, recorded(t)) })
	n.At(20*time.Minute, func() {
		n.Env.SetContinueAsNewSuggested(true)
		n.hint(false)
	})
	n.run()
	in := n.forgetful()

	n.begin(monday.Add(time.Hour))
	again := func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyRecorded), r.Reason) }
	n.At(time.Minute, func() { n.send("glass", ref, "goran", rules.ActionBreakGlass, glass, again) })
	n.At(2*time.Minute, func() {
		n.send("yes", ref, "dana", rules.ActionAcknowledge, map[string]string{"answer": "go_ahead"}, again)
	})
	n.At(3*time.Minute, func() { n.send("done", ref, "goran", rules.ActionFinish, outcome, again) })
	n.At(4*time.Minute, func() {
		s := n.standing()
		require.Equal(t, rules.RetroReview, s.State)
		require.NotNil(t, s.Emergency.Retro)
		n.review("farah", rules.WouldApprove, recorded(t))
	})
	n.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, n.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "emergency", "acknowledged", "finished", "reviewed", "closed"}, n.records())
	require.Len(t, n.pager.pages, 1)
}

// So do a start and a question at a safe point (C16, C30).
func TestC16_StartRepeatedLateChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Fields["safe_points"] = "Imported\nRestarted"
	approved(w)
	var ref string
	w.At(4*time.Minute, func() {
		ref = w.standing().Ref
		w.send("start", ref, "goran", rules.ActionStart, ready(), counted(t))
	})
	w.At(5*time.Minute, func() {
		w.send("go", ref, "goran", rules.ActionProceed, map[string]string{"point": "1"}, counted(t))
	})
	w.At(6*time.Minute, func() {
		w.act("goran", rules.ActionProceed, map[string]string{"point": "2", "remaining": "20h"}, refused(t, rules.DoesNotFit))
	})
	w.At(7*time.Minute, func() {
		require.Equal(t, 2, w.standing().Halt.Point)
		w.Env.SetContinueAsNewSuggested(true)
		w.hint(false)
	})
	w.run()
	in := w.forgetful()

	w.engine(saturday.Add(10 * time.Minute))
	again := func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyRecorded), r.Reason) }
	w.At(time.Minute, func() { w.send("start", ref, "goran", rules.ActionStart, ready(), again) })
	w.At(2*time.Minute, func() {
		w.send("go", ref, "goran", rules.ActionProceed, map[string]string{"point": "1"}, again)
	})
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Executing, w.standing().State)
		require.Equal(t, 2, w.standing().Halt.Point, "the work waits where it was told to")
		w.act("goran", rules.ActionFinish, success(), counted(t))
	})
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"started", "proceeded", "refused", "paused", "finished", "closed"}, w.records()[6:])
}

// What the record says was bypassed is what stood when it went on, not when the glass
// was broken: an approval that ended in between bypasses nobody's no (C32).
func TestC32_WhatIsBypassedIsWhatStandsThen(t *testing.T) {
	n := newNight(t)
	approved(n.world)
	n.At(4*time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(5*time.Minute, func() {
		n.Rewrite("directory/groups.yaml", "members: [p-bruno, p-chidi, p-dana, p-emeka]", "members: [p-dana, p-emeka]")
		n.act("goran", rules.ActionStart, ready(), declinedFor(t, rules.EligibilityLost))
	})
	n.At(6*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(7*time.Minute, func() { n.finish("succeeded", recorded(t)) })
	n.At(8*time.Minute, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed)
	all := n.emergencies()
	require.True(t, all[0].Bypassed.Approved)
	for _, e := range all[1:] {
		require.False(t, e.Bypassed.Approved, "nothing was approved any more")
		require.Equal(t, []string{"month-end billing"}, e.Bypassed.Freezes)
		require.NotEmpty(t, e.Bypassed.Approvers)
	}
	evidencetest.Check(t, n.Log)
}

// A tracker that is down for days delays no reminder of a review, and no violation (C33).
func TestC33_TrackerDownWhileTheReviewIsDue(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(3*time.Minute, func() { n.finish("succeeded", recorded(t)) })
	n.At(4*time.Minute, func() {
		n.tracker.set(func() {
			n.tracker.fail = func(string) error { return &compliance.Failure{Class: compliance.Unavailable, Op: "read ticket"} }
		})
		n.hint(false)
	})
	n.At(52*time.Hour, func() {
		require.Equal(t, rules.Violation, n.standing().State)
		n.tracker.set(func() { n.tracker.fail = nil })
	})
	n.over(rules.Violation, "emergency", "acknowledged", "finished", "review_reminded", "review_escalated", "violation")
}
