package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// unread lets the tracker fail to be read, or read again.
func (w *world) unread(is bool) {
	w.tracker.set(func() {
		w.tracker.fail = nil
		if is {
			w.tracker.fail = func(op string) error { return map[string]error{"read": down("read ticket")}[op] }
		}
	})
}

// at are the instants of the records of this type, to the second.
func (w *world) at(kind string) []time.Time {
	var out []time.Time
	for _, e := range w.Entries(subject) {
		if e.Record.Type == kind {
			out = append(out, e.Record.At.UTC().Truncate(time.Second))
		}
	}
	return out
}

// A tracker that is down for days while a hint of it waits delays no reminder, no call
// of the fallback, no deputy and no expiry: each is on record at its time. What was
// edited meanwhile is followed up when it can be read (C10, C23).
func TestC10_NothingThatHasItsTimeWaitsForTheTracker(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n",
		"        groups: [platform-owners]\n        quorum: 2\n        deputies: [security]\n        fallback: {groups: [change-board], after: 75%}\n")
	w.represents("Chidi Okafor", "p-hana", "leave", saturday.Add(30*time.Hour), saturday.Add(90*time.Hour))
	w.At(time.Minute, func() {
		w.unread(true)
		w.edit(false, map[string]string{"plan": "Something else"})
	})
	w.At(48*time.Hour+time.Minute, func() {
		require.Equal(t, rules.Expired, w.standing().Review)
		require.Len(t, calls(w, "still asked for"), 2)
		require.Len(t, calls(w, "waited long"), 1)
		require.True(t, w.Surface.Called("p-hana", "in the place of somebody who is away"))
	})
	w.At(50*time.Hour, func() { w.unread(false) })
	w.At(53*time.Hour, func() {
		require.Empty(t, w.standing().Trouble, "it was read")
		w.edit(true, nil)
	})
	w.At(54*time.Hour, func() {
		require.Equal(t, 2, w.standing().Version)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "reminded", "reassigned", "escalated", "reminded", "expired", "submitted", "withdrawn"}, w.records())
	require.Equal(t, []time.Time{saturday.Add(24 * time.Hour), saturday.Add(38*time.Hour + 24*time.Minute)}, w.at(rules.EventReminded))
	require.Equal(t, []time.Time{saturday.Add(30 * time.Hour)}, w.at(rules.EventReassigned))
	require.Equal(t, []time.Time{saturday.Add(36 * time.Hour)}, w.at(rules.EventEscalated))
	require.Equal(t, []time.Time{saturday.Add(48 * time.Hour)}, w.at(rules.EventExpired))
	evidencetest.Check(t, w.Log)
}

// Nor does an approval age longer, a window open later, or a hold last longer while
// the tracker is down (C3, C29, C31).
func TestC31_ApprovalsAndHoldsEndWhileTheTrackerIsDown(t *testing.T) {
	t.Run("approval", func(t *testing.T) {
		w := newWorld(t)
		approved(w)
		w.At(4*time.Minute, func() {
			w.unread(true)
			w.hint(false)
		})
		w.At(14*24*time.Hour+5*time.Minute, func() {
			require.Equal(t, rules.Expired, w.standing().Review)
			w.unread(false)
			w.withdraw()
		})
		w.run()
		require.NoError(t, w.Env.GetWorkflowError())
		require.Equal(t, []string{"approved", "expired", "withdrawn"}, w.records()[5:])
	})
	t.Run("window", func(t *testing.T) {
		w := newWorld(t)
		w.tracker.ticket.Fields["planned_start"] = saturday.Add(2 * time.Hour).Format(time.RFC3339)
		approved(w)
		w.At(4*time.Minute, func() {
			require.False(t, w.standing().Ready)
			w.unread(true)
			w.hint(false)
		})
		w.At(3*time.Hour, func() {
			require.True(t, w.Surface.Called("p-goran", "may be started now"))
			w.act("goran", rules.ActionStart, ready(), refused(t, rules.TicketUnreadable))
		})
		w.At(3*time.Hour+time.Minute, func() { w.unread(false) })
		w.At(4*time.Hour, w.withdraw)
		w.run()
		require.NoError(t, w.Env.GetWorkflowError())
	})
	t.Run("hold", func(t *testing.T) {
		w := newWorld(t)
		w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("Vendor is down"), counted(t)) })
		w.At(2*time.Hour, func() {
			w.unread(true)
			w.hint(false)
		})
		w.run()
		require.NoError(t, w.Env.GetWorkflowError())
		require.True(t, w.Surface.Called("p-jonas", "still on hold"))
		require.Equal(t, []time.Time{saturday.Add(721 * time.Hour)}, w.at(rules.EventWithdrawn))
	})
}

// What was edited while the tracker was down voids the votes once it can be read, also
// where they completed the approval meanwhile; until then nothing is started (C11, C13).
func TestC13_EditedWhileTheTrackerIsDown(t *testing.T) {
	w := newWorld(t)
	w.At(30*time.Second, func() {
		w.unread(true)
		w.edit(false, map[string]string{"plan": "Something else"})
	})
	approved(w)
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State, "decisions go on")
		w.act("goran", rules.ActionStart, ready(), refused(t, rules.TicketUnreadable))
	})
	w.At(5*time.Minute, func() { w.unread(false) })
	w.At(2*time.Hour, func() {
		s := w.standing()
		require.Equal(t, 2, s.Version)
		require.Equal(t, rules.InReview, s.Review)
		require.Empty(t, s.Votes)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "voided", "submitted", "withdrawn"}, w.records())
}

// A run that continues as new while the tracker is down hands its hints on, and the
// next one follows them up (C35).
func TestHintsContinueAsNew(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.unread(true)
		w.edit(false, map[string]string{"plan": "Something else"})
	})
	w.At(2*time.Hour, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.hint(false)
	})
	w.run()
	in := w.forgetful()
	w.unread(false)
	w.engine(saturday.Add(3 * time.Hour))
	w.At(time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		w.withdraw()
	})
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "voided", "submitted", "withdrawn"}, w.records())
}
