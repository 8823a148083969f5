package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// A reading that was under way while the process itself moved the ticket shows
// the status of before. That is nobody's hand: no drift goes on record, and the
// ticket gets no comment about one (C22). It happens whenever a webhook is
// repeated, for example after a crash of whoever received it.
func TestC22_AReadingOvertakenByOurOwnStep(t *testing.T) {
	w := newWorld(t)
	overtaken := make(chan struct{})
	reads := 0
	w.tracker.seen = func() {
		if reads++; reads == 2 { // the first is the admission
			select {
			case <-overtaken:
			case <-time.After(10 * time.Second):
				t.Error("the process waited for the reading")
			}
		}
	}
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.approve("chidi", nil) })
	w.At(3*time.Minute, func() {
		w.hint(true)
		w.approve("farah", func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome)
			w.act("farah", rules.ActionWithdraw, map[string]string{"reason": "not mine"}, func(compliance.Reply) {
				w.act("farah", rules.ActionWithdraw, map[string]string{"reason": "still not mine"}, func(compliance.Reply) { close(overtaken) })
			})
		})
	})
	w.At(time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 2, reads)
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "refused", "withdrawn"}, w.records())
	require.Equal(t, []string{"in_review", "approved", "withdrawn"}, w.tracker.statuses())
}

// A reading older than the version it is held against says nothing about that
// version: the ticket was edited, a refused start has put the edit under
// review, and the older reading must not put the former content back (C11).
func TestC11_AReadingOlderThanTheVersion(t *testing.T) {
	w := newWorld(t)
	edited, replaced := make(chan struct{}), make(chan struct{})
	reads := 0
	w.tracker.seen = func() {
		w.tracker.mu.Lock()
		reads++
		n := reads
		w.tracker.mu.Unlock()
		if n == 2 {
			w.tracker.set(func() { w.tracker.ticket.Fields["plan"] = "1. Something else" })
			close(edited)
			select {
			case <-replaced:
			case <-time.After(10 * time.Second):
				t.Error("the process waited for the reading")
			}
		}
	}
	approved(w)
	w.At(time.Hour, func() {
		w.hint(false)
		w.Env.RegisterDelayedCallback(func() {
			<-edited
			w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
				require.Equal(t, string(rules.ContentChanged), r.Reason)
				close(replaced)
			})
		}, 100*time.Millisecond)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, 2, w.standing().Version)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "decided", "decided", "approved", "refused", "voided", "submitted", "withdrawn",
	}, w.records())
}

// A ticket moved by hand says something that nobody decided, whatever the
// change is doing: after a denial it would pass for approved, and during the
// execution for done. Where else a requester keeps a denied ticket is their own
// business (C22).
func TestC22_MovedByHandOutsideReview(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.act("bruno", rules.ActionDeny, map[string]string{"reason": "no way back"}, nil) })
	w.At(2*time.Minute, func() { w.move("acc-chidi", "approved") })
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Rejected, w.standing().Review)
		require.Equal(t, []string{"in_review", "rejected", "rejected"}, w.tracker.statuses())
		w.move("acc-jonas", "Backlog")
	})
	w.At(4*time.Minute, func() { w.move("acc-bruno", "withdrawn") })
	w.At(5*time.Minute, func() { w.edit(true, map[string]string{"plan": "1. With a way back"}) })
	w.At(6*time.Minute, func() { w.approve("bruno", nil) })
	w.At(7*time.Minute, func() { w.approve("chidi", nil) })
	w.At(8*time.Minute, func() { w.approve("farah", nil) })
	w.At(time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(61*time.Minute, func() { w.move("acc-goran", "closed") })
	w.At(62*time.Minute, func() {
		require.Equal(t, rules.Executing, w.standing().State)
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "rejected", "drift", "drift", "submitted",
		"decided", "decided", "decided", "approved", "started", "drift", "finished", "closed",
	}, w.records())
	require.Equal(t, []string{
		"in_review", "rejected", "rejected", "rejected", "in_review", "approved", "executing", "executing", "closed",
	}, w.tracker.statuses())
}
