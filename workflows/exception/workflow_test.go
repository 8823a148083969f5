package exception_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/exception"
)

// Asked, decided by others, checked, warned of, reopened with its original start,
// renewed once, expired for good, told of every week, and remedied (A16 to A18).
func TestA16_TheWholeLife(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.Requested, s.State)
		require.Equal(t, []compliance.PersonID{"p-alice", "p-dana", "p-farah", "p-hana"}, s.Awaiting)
		require.Equal(t, []string{"approve", "deny", "end"}, w.Surface.Buttons())
		require.True(t, w.Surface.Called("p-farah", "EXC-1, gate/tests of Order portal: an exception until 2027-03-01 is asked for. One of the approvers has to decide until 11 January 2027, 23:00 UTC"))
		require.Empty(t, w.waivers(w.Env.Now()))
		w.refused("bruno", rules.ActionApprove, nil, rules.IsOwner)
		w.refused("goran", rules.ActionApprove, nil, rules.IsRequester)
		w.refused("jonas", rules.ActionApprove, nil, rules.NotApprover)
		w.refused("farah", rules.ActionDeny, nil, rules.MissingAnswer)
	})
	w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.InForce, w.standing().State)
		require.Equal(t, []string{"EXC-1"}, w.waivers(w.Env.Now()))
		w.refused("hana", rules.ActionConfirm, seen(), rules.NotAsked)
		w.refused("farah", rules.ActionApprove, nil, rules.NothingToDecide)
		w.refused("goran", rules.ActionEnd, remedied(), rules.NotConcerned)
	})
	w.on("2027-02-03", func() {
		require.True(t, w.Surface.Called("p-hana", "does the compensating control work?"))
		require.Equal(t, []compliance.PersonID{"p-hana"}, w.standing().Awaiting)
		w.refused("bruno", rules.ActionConfirm, seen(), rules.IsOwner)
		w.must("hana", rules.ActionConfirm, seen())
	})
	w.on("2027-02-16", func() {
		require.True(t, w.Surface.Called("p-bruno", "it ends with 2027-03-01, in 14 days."), w.Surface.Said())
		w.refused("hana", rules.ActionRenew, map[string]string{"until": "2027-04-15", "reason": "two more weeks"}, rules.NotOwner)
	})
	w.on("2027-03-03", func() {
		require.Equal(t, rules.Reopened, w.standing().State)
		require.Empty(t, w.waivers(w.Env.Now()))
		note := w.Surface.Told(t, "EXC-1/p0/expired")
		require.Equal(t, "EXC-1, gate/tests of Order portal: its last day, 2027-03-01, is over, and it excuses nothing any more. What it excused began on 2026-11-02, 120 days ago. It has to be remedied by 2027-03-09; that is no new term, only the shortest that can be kept. Changes that counted on it ask again before they start.", note.Text)
		require.ElementsMatch(t, []compliance.PersonID{"p-bruno", "p-goran", "p-hana", "p-alice", "p-dana", "p-farah"}, note.People)
		w.must("bruno", rules.ActionRenew, map[string]string{"until": "2027-04-15", "reason": "two suites are left"})
	})
	w.on("2027-03-04", func() {
		w.refused("bruno", rules.ActionApprove, nil, rules.IsOwner)
		w.must("alice", rules.ActionApprove, nil)
	})
	w.on("2027-03-05", func() {
		s := w.standing()
		require.Equal(t, rules.InForce, s.State)
		require.Equal(t, 1, s.Renewals)
		require.Equal(t, "2026-11-02", s.Since.String(), "a renewal does not begin anew")
	})
	w.on("2027-04-05", func() { w.must("hana", rules.ActionConfirm, seen()) })
	w.on("2027-05-12", func() {
		require.Equal(t, rules.Overdue, w.standing().State)
		require.Equal(t, 22, w.standing().OverdueDays)
		w.refused("bruno", rules.ActionRenew, map[string]string{"until": "2027-06-15", "reason": "one more time"}, rules.NoRenewalLeft)
		require.True(t, w.Surface.Called("p-alice", "The owner's manager is told from now on."))
		w.must("bruno", rules.ActionEnd, remedied())
	})
	w.play(w.request(nil))
	require.Equal(t, exception.Result{Number: "EXC-1", State: rules.Ended}, w.result())
	require.Equal(t, []string{
		"requested", "refused", "refused", "refused", "refused", "granted", "refused", "refused", "refused", "asked", "refused", "confirmed", "warned", "refused",
		"warned", "warned", "expired", "renewing", "refused", "renewed", "warned", "asked", "confirmed", "warned", "warned", "expired", "escalated", "reminded", "reminded", "refused", "ended",
	}, w.records())
	require.Len(t, w.Surface.Posts(), 1, "one card for life")
	require.Len(t, w.tickets.Opened(), 1)
	require.Equal(t, "exception", string(w.tickets.Opened()[0].Kind))
	require.Equal(t, subject, w.tickets.Opened()[0].Subject)
	require.Equal(t, []string{"requested", "in_force", "reopened", "in_force", "reopened", "done"}, w.tickets.Statuses("1"))
	require.Equal(t, "Over. What it excused is remedied", w.Surface.Last().Status)
	require.Empty(t, w.Surface.Last().Actions)
	for _, e := range w.Entries(subject) {
		require.NotContains(t, string(e.Record.Facts), "rebuilt", "what people wrote is a blob")
		require.NotEmpty(t, e.Record.Controls)
	}
	evidencetest.Check(t, w.Log)
}

// That the control fails ends it at once, and so does silence; both are told, with
// the changes' next start in mind, and neither is renewed (A18).
func TestA18_TheControlFailsOrNobodyAnswers(t *testing.T) {
	for _, tc := range []struct {
		name string
		fail bool
		kind string
		note string
	}{
		{"it fails", true, "failed", "the compensating control fails, so it excuses nothing any more."},
		{"silence", false, "unanswered", "the verifier did not say whether the compensating control works, so it excuses nothing any more."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
			if tc.fail {
				w.on("2027-01-20", func() { w.must("hana", rules.ActionFails, why()) })
			}
			w.on("2027-02-12", func() {
				require.Equal(t, rules.Overdue == w.standing().State, tc.fail)
				require.Empty(t, w.waivers(w.Env.Now()))
				for _, who := range []compliance.PersonID{"p-bruno", "p-goran", "p-alice", "p-farah"} {
					require.True(t, w.Surface.Called(who, tc.note), "%s: %s", who, w.Surface.Said())
				}
				w.refused("bruno", rules.ActionRenew, map[string]string{"until": "2027-04-01", "reason": "it works again"}, rules.ControlFailed)
				w.must("alice", rules.ActionEnd, remedied())
			})
			w.play(w.request(nil))
			require.Equal(t, rules.Ended, w.result().State)
			require.Contains(t, w.records(), tc.kind)
		})
	}
}

// Requests that do not become exceptions: refused by the policy, denied with a
// reason, not decided, taken back (A16).
func TestA16_WhatIsNotGranted(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := newWorld(t)
		w.play(w.request(map[string]string{"until": "2027-04-05"}))
		require.Equal(t, exception.Result{Number: "EXC-1", State: rules.Refused, Reason: rules.TooLong}, w.result())
		require.Equal(t, []string{"not_requested"}, w.records())
		require.Empty(t, w.tickets.Opened())
		require.True(t, w.Surface.Called("p-goran", rules.TooLong.Text()))
		require.Equal(t, "Not taken", w.Surface.Last().Status)
		evidencetest.Check(t, w.Log)
	})
	t.Run("nobody who is called so", func(t *testing.T) {
		w := newWorld(t)
		w.play(w.request(map[string]string{"owner": "Ann Elsewhere"}))
		require.Equal(t, rules.UnknownOwner, w.result().Reason)
		require.NotContains(t, string(w.Entries(subject)[0].Record.Facts), "Elsewhere", "what nobody is called is not kept")
	})
	t.Run("denied", func(t *testing.T) {
		w := newWorld(t)
		w.At(time.Hour, func() { w.must("farah", rules.ActionDeny, why()) })
		w.play(w.request(nil))
		require.Equal(t, rules.Denied, w.result().State)
		require.True(t, w.Surface.Called("p-goran", "denied. Nothing is excused."))
		require.Equal(t, []string{"requested", "cancelled"}, w.tickets.Statuses("1"))
	})
	t.Run("silence", func(t *testing.T) {
		w := newWorld(t)
		w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
		w.play(w.request(map[string]string{"control": "review/two-people"}))
		require.Equal(t, rules.Lapsed, w.result().State)
		require.Equal(t, []string{"requested", "approved", "lapsed"}, w.records(), "one of two is not enough")
		require.Equal(t, "2027-01-11T23:00:00Z", w.Entries(subject)[2].Record.At.Format(time.RFC3339), "midnight in Berlin")
	})
	t.Run("taken back", func(t *testing.T) {
		w := newWorld(t)
		w.At(time.Hour, func() {
			w.must("goran", rules.ActionEnd, map[string]string{"outcome": rules.OutcomeOpen, "reason": "not needed"})
		})
		w.play(w.request(nil))
		require.Equal(t, rules.Withdrawn, w.result().State)
	})
}

// A resolved ticket grants nothing and ends nothing: it is set back, on record; a
// deleted one is opened anew (A16).
func TestA16_TheTicketDecidesNothing(t *testing.T) {
	w := newWorld(t)
	touched := func(ev compliance.TicketEvent) {
		ev.Site, ev.TicketID = "example", "1"
		w.Env.SignalWorkflow(exception.SignalTicketChanged, ev)
	}
	w.At(time.Hour, func() {
		w.tickets.Move("1", "done")
		touched(compliance.TicketEvent{MovedTo: "Remedied"})
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.Requested, w.standing().State)
		require.Empty(t, w.waivers(w.Env.Now()))
		require.Equal(t, []string{"requested", "requested"}, w.tickets.Statuses("1"))
		w.must("farah", rules.ActionApprove, nil)
	})
	w.At(3*time.Hour, func() {
		w.tickets.Move("1", "done")
		touched(compliance.TicketEvent{MovedTo: "Remedied"})
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, rules.InForce, w.standing().State)
		touched(compliance.TicketEvent{Deleted: true})
	})
	w.At(5*time.Hour, func() {
		require.Equal(t, []string{"requested", "in_force"}, w.tickets.Statuses("2"))
		w.must("bruno", rules.ActionEnd, remedied())
	})
	w.play(w.request(nil))
	require.Equal(t, []string{"requested", "drift", "granted", "drift", "drift", "ended"}, w.records())
	require.Len(t, w.tickets.Opened(), 2)
}

// An operator who ends the run ends the exception: nothing is excused that nobody
// watches.
func TestA18_AnOperatorEndsTheRun(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
	w.At(2*time.Hour, w.Env.CancelWorkflow)
	w.play(w.request(nil))
	require.Error(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"requested", "granted", "stopped"}, w.records())
	require.Empty(t, w.waivers(start.Add(3*time.Hour)))
	require.Equal(t, []string{"requested", "in_force", "cancelled"}, w.tickets.Statuses("1"))
}
