package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

func because(why string) map[string]string { return map[string]string{"reason": why} }

// refused wants an act declined for this reason.
func refused(t *testing.T, why rules.Reason) func(compliance.Reply) {
	return func(r compliance.Reply) {
		require.Equal(t, compliance.Declined, r.Outcome, r.Text)
		require.Equal(t, string(why), r.Reason)
	}
}

// counted wants an act recorded.
func counted(t *testing.T) func(compliance.Reply) {
	return func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) }
}

// A hold stops the deadline and keeps the votes; nobody decides meanwhile. What was
// left of the deadline runs on from the resumption, and a form that was opened before
// counts, because what it was about is the same (C3).
func TestC3_HoldStopsTheDeadline(t *testing.T) {
	w := newWorld(t)
	var before string
	w.At(time.Hour, func() { w.approve("bruno", counted(t)) })
	w.At(2*time.Hour, func() {
		before = w.standing().Ref
		w.act("ingrid", rules.ActionHold, because("I am curious"), refused(t, rules.NotInvolved))
		w.act("goran", rules.ActionHold, nil, refused(t, rules.MissingAnswer))
	})
	w.At(2*time.Hour+time.Second, func() { w.act("goran", rules.ActionHold, because("The vendor is under attack"), counted(t)) })
	w.At(3*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, 46*time.Hour-time.Second, s.Hold.Remaining.Truncate(time.Second))
		require.Equal(t, saturday.Add(722*time.Hour+time.Second), s.Due.UTC().Truncate(time.Second))
		require.ElementsMatch(t, []compliance.PersonID{"p-goran", "p-jonas"}, s.Awaiting)
		require.Contains(t, facts(w.Surface.Last().Facts), "Why: The vendor is under attack")
		require.Equal(t, []string{rules.ActionResume, rules.ActionWithdraw}, w.Surface.Buttons())
		require.True(t, w.Surface.Called("p-jonas", "is on hold"))
		w.approve("chidi", refused(t, rules.OnHold))
		w.act("jonas", rules.ActionHold, because("me too"), refused(t, rules.AlreadyHeld))
		w.act("goran", rules.ActionStart, ready(), refused(t, rules.OnHold))
		w.act("chidi", rules.ActionResume, nil, refused(t, rules.NotHolder))
	})
	w.At(60*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State, "its deadline is not running")
		w.act("goran", rules.ActionResume, nil, counted(t))
	})
	w.At(105*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.InReview, s.Review)
		require.Nil(t, s.Hold)
		require.Equal(t, saturday.Add(106*time.Hour-time.Second), s.Due.UTC().Truncate(time.Second))
		require.Len(t, s.Votes, 1)
		require.True(t, w.Surface.Called("p-chidi", "goes on"))
		require.False(t, w.Surface.Called("p-bruno", "goes on"), "who has decided is not asked again")
		w.send("late", before, "chidi", rules.ActionApprove, attested(), counted(t))
	})
	w.At(106*time.Hour, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionResume, nil, refused(t, rules.NotHeld))
	})
	w.At(154*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, because("enough"), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "refused", "refused", "held", "refused", "refused", "refused", "refused", "resumed", "reminded", "reminded", "decided", "refused", "reminded", "reminded", "expired", "withdrawn"}, w.records())
	require.Equal(t, []string{"in_review", "in_review", "expired", "withdrawn"}, w.tracker.statuses(), "the policy maps no status for a hold: the ticket stays where it is")
	require.Equal(t, []string{"in_review", "held", "in_review", "in_review", "expired", "withdrawn"}, w.stages)
	evidencetest.Check(t, w.Log)
}

// An approved change that is held does not start, and goes on in its window by the
// calendar as it is then (C3).
func TestC3_HeldWhileItWaits(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(4*time.Minute, func() {
		require.True(t, w.standing().Ready)
		w.act("dana", rules.ActionHold, because("Wait for the backup"), counted(t))
	})
	w.At(time.Hour, func() {
		w.act("goran", rules.ActionStart, ready(), refused(t, rules.OnHold))
		w.Rewrite("rules/calendars.yaml", "      - name: year-end 2026\n        start: \"2026-12-14T00:00\"\n        end: \"2027-01-05T06:00\"",
			"      - name: storm\n        start: \"2026-11-21T00:00\"\n        end: \"2026-11-21T12:00\"")
		w.act("jonas", rules.ActionResume, map[string]string{"comment": "It is there"}, counted(t))
	})
	w.At(61*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.WaitingWindow, s.State)
		require.False(t, s.Ready, "a freeze came meanwhile")
		require.Equal(t, time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC), s.Opens.UTC())
		require.Equal(t, []string{rules.ActionHold, rules.ActionObject, rules.ActionWithdraw}, w.Surface.Buttons())
	})
	w.At(2*time.Hour+time.Minute, func() { w.act("goran", rules.ActionStart, ready(), counted(t)) })
	w.At(3*time.Hour, func() {
		w.act("goran", rules.ActionHold, because("too late"), refused(t, rules.AlreadyExecuting))
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "held", "refused", "resumed", "started", "refused", "finished", "closed"}, w.records())
}

// An approval ages on while the change is held: what comes back too late is expired
// and needs the next version (C3, C31).
func TestC3_ApprovalAgesWhileHeld(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("Vendor is down"), counted(t)) })
	w.At(340*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State)
		w.act("goran", rules.ActionResume, nil, counted(t))
	})
	w.At(341*time.Hour, func() {
		require.Equal(t, rules.Expired, w.standing().Review)
		require.Equal(t, rules.ApprovalExpired, w.standing().Reason)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "held", "resumed", "expired", "withdrawn"}, w.records())
}

// A hold that nobody ends ends the change; who can end it is called once, a day before (C3).
func TestC3_HeldTooLong(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "    resubmit: 168h\n    on_lost_eligibility: void\n    levels:\n      - name: Platform owners\n        groups: [platform-owners]\n        quorum: 2",
		"    resubmit: 168h\n    hold_limit: 5d\n    on_lost_eligibility: void\n    levels:\n      - name: Platform owners\n        groups: [platform-owners]\n        quorum: 2")
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("Until the incident is over"), counted(t)) })
	w.At(96*time.Hour+59*time.Minute, func() { require.False(t, w.Surface.Called("p-jonas", "still on hold")) })
	w.At(97*time.Hour+time.Minute, func() {
		require.True(t, w.Surface.Called("p-jonas", "counts as withdrawn from 26 November 2026, 10:00 UTC on"))
		require.True(t, w.Surface.Called("p-goran", "still on hold"))
		w.hint(false) // what wakes the run does not call anybody twice
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "held", "withdrawn"}, w.records())
	require.Equal(t, saturday.Add(121*time.Hour), w.Env.Now().UTC().Truncate(time.Second))
	n := 0
	for _, note := range w.Surface.Notes() {
		if note.Key == "CHG-1/hold/1795255200/ends" {
			n++
		}
	}
	require.Equal(t, 1, n)
	require.Contains(t, w.Surface.Last().Status, "nobody resumed it in time")
}

// An edit while on hold voids the votes and lifts nobody's hold: what the ticket says
// when the change is resumed is reviewed from the start (C3, C11).
func TestC3_EditedWhileHeld(t *testing.T) {
	w := newWorld(t)
	approved(w)
	var first string
	w.At(time.Hour, func() {
		first = w.standing().Ref
		w.act("goran", rules.ActionHold, because("The plan lacks a step"), counted(t))
	})
	w.At(2*time.Hour, func() { w.edit(true, map[string]string{"plan": "1. Stop\n2. Import the package\n3. Restart"}) })
	w.At(3*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, rules.Withdrawn, s.Review)
		require.Equal(t, rules.ContentChanged, s.Votes[0].Void)
		require.Contains(t, w.Surface.Last().Status, "It was edited")
		w.act("farah", rules.ActionObject, because("I no longer stand by it"), refused(t, rules.NotApprover))
		w.edit(false, map[string]string{"duration": "45m"})
	})
	w.At(4*time.Hour, func() { w.act("goran", rules.ActionResume, nil, counted(t)) })
	w.At(5*time.Hour, func() {
		s := w.standing()
		require.Equal(t, 2, s.Version)
		require.Equal(t, rules.InReview, s.Review)
		require.Empty(t, s.Votes)
		w.act("jonas", rules.ActionHold, because("One more step"), counted(t))
	})
	w.At(6*time.Hour, func() {
		w.send("stale", first, "jonas", rules.ActionResume, nil, refused(t, rules.StaleContent))
	})
	w.At(7*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, because("enough"), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "held", "voided", "refused", "resumed", "submitted", "held", "refused", "withdrawn"}, w.records())
}

// A resumption reads the ticket itself: an edit whose webhook was lost sends the
// change back to review, and a tracker that is away keeps it on hold (C3, C13).
func TestC3_ResumeReadsTheTicket(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("The plan lacks a step"), counted(t)) })
	w.At(2*time.Hour, func() {
		w.tracker.set(func() {
			w.tracker.ticket.Fields["plan"] = "Something else"
			w.tracker.fail = func(op string) error { return map[string]error{"read": down("read")}[op] }
		})
		w.act("goran", rules.ActionResume, nil, refused(t, rules.TicketUnreadable))
	})
	w.At(3*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State)
		w.tracker.set(func() { w.tracker.fail = nil })
		w.act("goran", rules.ActionResume, nil, counted(t))
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, 2, w.standing().Version)
		require.Equal(t, rules.InReview, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "held", "refused", "resumed", "voided", "submitted", "withdrawn"}, w.records())
}

// Who lost the right to decide meanwhile does not count after a hold: at the open
// level others decide, a complete level that misses its quorum ends the version (C3, C5).
func TestC3_EligibilityLostWhileHeld(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(time.Hour, func() { w.act("jonas", rules.ActionHold, because("Holidays"), counted(t)) })
	w.At(2*time.Hour, func() {
		w.Rewrite("directory/groups.yaml", "members: [p-bruno, p-chidi, p-dana, p-emeka]", "members: [p-chidi, p-dana, p-emeka]")
		w.act("jonas", rules.ActionResume, nil, counted(t))
	})
	w.At(3*time.Hour, func() {
		s := w.standing()
		require.Equal(t, 2, s.Remaining)
		require.Equal(t, rules.NotEligible, s.Votes[0].Void)
		w.approve("chidi", counted(t))
		w.approve("emeka", counted(t))
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionHold, because("Holidays again"), counted(t))
	})
	w.At(5*time.Hour, func() {
		w.Rewrite("directory/groups.yaml", "members: [p-chidi, p-dana, p-emeka]", "members: [p-bruno, p-dana, p-emeka]")
		w.act("jonas", rules.ActionResume, nil, counted(t))
	})
	w.At(6*time.Hour, func() {
		require.Equal(t, rules.Expired, w.standing().Review)
		require.Equal(t, rules.EligibilityLost, w.standing().Reason)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "held", "resumed", "decided", "decided", "held", "resumed", "expired", "withdrawn"}, w.records())
}

// Where the policy maps a status for changes on hold the ticket has it, and a hand
// that moves it elsewhere is put back (C3, C22).
func TestC3_TicketShowsTheHold(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/organisation.yaml", "    withdrawn: Withdrawn\n", "    withdrawn: Withdrawn\n    held: On Hold\n")
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("The vendor is under attack"), counted(t)) })
	w.At(2*time.Hour, func() { w.move("acc-goran", "approved") })
	w.At(3*time.Hour, func() { w.act("jonas", rules.ActionResume, nil, counted(t)) })
	w.At(4*time.Hour, func() { w.act("goran", rules.ActionHold, because("Again"), counted(t)) })
	w.At(5*time.Hour, func() { w.move("acc-jonas", "withdrawn") })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"in_review", "held", "held", "in_review", "held", "withdrawn"}, w.tracker.statuses())
	require.Equal(t, []string{"received", "submitted", "held", "drift", "resumed", "held", "withdrawn"}, w.records())
	require.Contains(t, facts(w.tracker.steps[2].Comment), "is on hold and goes on when it is resumed")
}

// An operator's cancellation ends a change on hold as withdrawn, on record (C3).
func TestC3_CancelledWhileHeld(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("The vendor is under attack"), counted(t)) })
	w.At(2*time.Hour, w.Env.CancelWorkflow)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "held", "withdrawn"}, w.records())
}
