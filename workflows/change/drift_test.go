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
	w.at(time.Minute, func() { w.approve("bruno", nil) })
	w.at(2*time.Minute, func() { w.approve("chidi", nil) })
	w.at(3*time.Minute, func() {
		w.hint(true)
		w.approve("farah", func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome)
			w.act("farah", rules.ActionWithdraw, map[string]string{"reason": "not mine"}, func(compliance.Reply) {
				w.act("farah", rules.ActionWithdraw, map[string]string{"reason": "still not mine"}, func(compliance.Reply) { close(overtaken) })
			})
		})
	})
	w.at(time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
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
	w.at(time.Hour, func() {
		w.hint(false)
		w.env.RegisterDelayedCallback(func() {
			<-edited
			w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
				require.Equal(t, string(rules.ContentChanged), r.Reason)
				close(replaced)
			})
		}, 100*time.Millisecond)
	})
	w.at(2*time.Hour, func() {
		require.Equal(t, 2, w.standing().Version)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "decided", "decided", "approved", "refused", "voided", "submitted", "withdrawn",
	}, w.records())
}
