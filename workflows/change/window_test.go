package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// approved plays the approvals of both levels in the first three minutes.
func approved(w *world) {
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.approve("chidi", nil) })
	w.At(3*time.Minute, func() { w.approve("farah", nil) })
}

func ready() map[string]string { return map[string]string{"ready": "yes"} }

func success() map[string]string {
	return map[string]string{"result": "succeeded", "note": "Checked by hand"}
}

// An approved change waits on a durable timer until its window opens; a start
// before that is refused with the next opening, and the implementer is called
// when it opens. Requirement 1. (C27, C28)
func TestRequirement1_WaitsForItsWindow(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)) // Monday morning; the window opens at 20:00 in Amsterdam
	approved(w)
	w.At(time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.WaitingWindow, s.State)
		require.False(t, s.Ready)
		require.Equal(t, time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC), s.Opens.UTC())
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, compliance.Declined, r.Outcome)
			require.Equal(t, string(rules.WindowClosed), r.Reason)
		})
	})
	w.At(9*time.Hour+time.Minute, func() {
		require.True(t, w.standing().Ready)
		require.Equal(t, compliance.PersonID("p-goran"), w.Surface.Notes()[len(w.Surface.Notes())-1].People[0])
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(10*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
	require.Equal(t, []string{"in_review", "waiting_window", "executing", "closed"}, w.tracker.statuses())
	evidencetest.Check(t, w.Log)
}

// An estimate that no longer fits before the window ends closes the door until
// the next opening (C28).
func TestC28_EstimateMustFit(t *testing.T) {
	w := newWorld(t) // Saturday 09:00 UTC; the window ends at 13:00 UTC
	w.tracker.ticket.Fields["duration"] = "90m"
	approved(w)
	w.At(3*time.Hour, func() {
		s := w.standing()
		require.False(t, s.Ready)
		require.Equal(t, time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC), s.Opens.UTC())
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.DoesNotFit), r.Reason) })
	})
	w.At(4*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// A freeze that was added while a change waited is seen when it wakes.
func TestC28_FreezeAddedWhileWaiting(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
	approved(w)
	w.At(time.Hour, func() {
		w.Rewrite("rules/calendars.yaml", "    freezes:\n      - name: year-end 2026\n        start", "    freezes:\n      - name: audit week\n        start: \"2026-11-23T12:00\"\n        end: \"2026-11-25T12:00\"\n      - name: year-end 2026\n        start")
	})
	w.At(10*time.Hour, func() {
		s := w.standing()
		require.False(t, s.Ready, "frozen when it woke")
		require.Equal(t, time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC), s.Opens.UTC())
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.Frozen), r.Reason) })
	})
	w.At(11*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// An approval ages out by itself and must be given again (C31).
func TestC31_ApprovalExpires(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(15*24*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Open, s.State)
		require.Equal(t, rules.Expired, s.Review)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.NotApproved), r.Reason) })
	})
	w.At(15*24*time.Hour+time.Hour, func() { w.edit(true, nil) })
	w.At(15*24*time.Hour+2*time.Hour, func() {
		require.Equal(t, 2, w.standing().Version)
		require.Equal(t, rules.InReview, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "expired", "refused", "submitted", "withdrawn"}, w.records())
}

// The ticket is read again right before execution: an edit nobody told the
// process about sends the change back to review, not started. Requirement 5. (C13)
func TestC13_TicketEditedBeforeStart(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(4*time.Minute, func() {
		w.tracker.mu.Lock()
		w.tracker.ticket.Fields["plan"] = "Something nobody approved"
		w.tracker.mu.Unlock()
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.ContentChanged), r.Reason)
			require.Contains(t, r.Text, "plan")
		})
	})
	w.At(5*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.Open, s.State)
		require.Equal(t, 2, s.Version)
		require.Equal(t, rules.InReview, s.Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "voided", "submitted", "withdrawn"}, w.records())
}

// A counted approver who lost the right to decide just before execution makes
// the approval void where the policy says so (C5).
func TestC5_EligibilityLostBeforeStart(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(4*time.Minute, func() {
		w.Rewrite("directory/groups.yaml", "members: [p-bruno, p-chidi, p-dana, p-emeka]", "members: [p-bruno, p-dana, p-emeka]")
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.EligibilityLost), r.Reason) })
	})
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.Expired, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// Only the implementer starts and reports; a failed execution is final and on
// record as what it was.
func TestC1_FailedExecution(t *testing.T) {
	for result, want := range map[string]rules.State{"failed": rules.Failed, "rolled_back": rules.RolledBack} {
		t.Run(result, func(t *testing.T) {
			w := newWorld(t)
			approved(w)
			w.At(4*time.Minute, func() {
				w.act("farah", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.NotImplementer), r.Reason) })
			})
			w.At(5*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
			w.At(6*time.Minute, func() {
				w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "stop it"}, func(r compliance.Reply) {
					require.Equal(t, string(rules.AlreadyExecuting), r.Reason)
				})
			})
			w.At(7*time.Minute, func() {
				w.act("goran", rules.ActionFinish, map[string]string{"result": result, "note": "Import was refused"}, nil)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, string(want), w.tracker.statuses()[len(w.tracker.statuses())-1])
			standing, err := w.Log.Standing(t.Context(), subject)
			require.NoError(t, err)
			require.True(t, standing.Final)
			require.Equal(t, string(want), standing.State)
			evidencetest.Check(t, w.Log)
		})
	}
}

// A start that a freeze refused is offered again when the freeze is over, although the
// window was open before and nothing else would have woken the change. (C28)
func TestC28_StartAfterTheFreezeThatRefusedIt(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC)) // Monday evening; the window is open until Tuesday 01:00 UTC
	approved(w)
	w.At(time.Hour, func() {
		require.True(t, w.standing().Ready)
		w.Rewrite("rules/calendars.yaml", "    freezes:\n      - name: year-end 2026\n        start", "    freezes:\n      - name: an hour\n        start: \"2026-11-23T21:00\"\n        end: \"2026-11-23T22:00\"\n      - name: year-end 2026\n        start")
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.Frozen), r.Reason) })
	})
	w.At(time.Hour+time.Minute, func() { require.False(t, w.standing().Ready) })
	w.At(2*time.Hour+time.Minute, func() {
		require.True(t, w.standing().Ready, "the freeze is over")
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(3*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "closed", w.records()[len(w.records())-1])
	evidencetest.Check(t, w.Log)
}
