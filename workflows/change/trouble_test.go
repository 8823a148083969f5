package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/change"
)

func down(op string) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "503"}
}

// When the tracker fails for hours, decisions already taken stand, the card
// says so to the people waiting, and the comments follow in order, each once.
func TestTrackerDown(t *testing.T) {
	w := newWorld(t)
	broken := false
	w.tracker.fail = func(op string) error {
		if broken && op == "apply" {
			return down("comment")
		}
		return nil
	}
	w.At(30*time.Second, func() { w.tracker.set(func() { broken = true }) })
	approved(w)
	w.At(20*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State, "nobody's decision waited for the tracker")
		require.Contains(t, facts(w.Surface.Last().Facts), "The ticket has been failing")
		require.Len(t, w.standing().Trouble, 1)
	})
	w.At(2*time.Hour, func() { w.tracker.set(func() { broken = false }) })
	w.At(5*time.Hour, func() {
		require.Empty(t, w.standing().Trouble)
		require.NotContains(t, facts(w.Surface.Last().Facts), "failing")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"in_review", "approved", "withdrawn"}, w.tracker.statuses())
}

// When the message surface fails, the ticket says so; the card comes later, once.
func TestSurfaceDown(t *testing.T) {
	w := newWorld(t)
	w.Surface.Fail(func() error { return down("post message") })
	w.At(30*time.Minute, func() {
		require.Empty(t, w.Surface.Posts())
		w.tracker.set(func() {
			require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), "The card has been failing")
		})
		w.Surface.Fail(nil)
	})
	w.At(5*time.Hour, func() {
		require.Len(t, w.Surface.Posts(), 1)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	notes := 0
	for _, s := range w.tracker.steps {
		if strings.Contains(facts(s.Comment), "failing") {
			notes++
		}
	}
	require.Equal(t, 1, notes, "one remark per outage")
}

// A deleted ticket withdraws the change, on record.
func TestTicketDeleted(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.tracker.set(func() { w.tracker.gone = true })
		w.Env.SignalWorkflow(change.SignalTicketChanged, compliance.TicketEvent{Delivery: "deleted", Deleted: true, Received: w.Env.Now()})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
}

// A tracker that knows the ticket no longer, without saying that it was
// deleted, ends nothing: an account may have lost its permission for a while.
func TestTicketNotFoundIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.tracker.set(func() { w.tracker.gone = true }); w.hint(false) })
	w.At(2*time.Minute, func() { w.approve("bruno", nil); w.approve("chidi", nil) })
	w.At(3*time.Minute, func() {
		require.Len(t, w.standing().Trouble, 1)
		w.approve("farah", nil)
	})
	w.At(4*time.Minute, func() {
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.TicketUnreadable), r.Reason) })
	})
	w.At(5*time.Minute, func() { w.tracker.set(func() { w.tracker.gone = false }) })
	w.At(2*time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(3*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
	require.Equal(t, "closed", w.tracker.statuses()[len(w.tracker.statuses())-1])
}

// A submission made while our account could not see the ticket is not lost.
func TestTicketNotFoundAtFirst(t *testing.T) {
	w := newWorld(t)
	w.tracker.gone = true
	w.At(5*time.Hour, func() { w.tracker.set(func() { w.tracker.gone = false }) })
	w.At(7*time.Hour, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Empty(t, w.standing().Trouble)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
}

// A status moved by hand is a claim and never a vote: it is set back and on
// record. A requester who moves the ticket to withdrawn withdraws (C22, in part).
func TestC22_MovedByHand(t *testing.T) {
	w := newWorld(t)
	move := func(to string) { w.move("acc-jonas", to) }
	w.At(time.Minute, func() { move("approved") })
	w.At(2*time.Minute, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Equal(t, "in_review", w.tracker.ticket.Status)
	})
	w.At(3*time.Minute, func() { move("withdrawn") })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "drift", "withdrawn"}, w.records())
}

// A ticket whose change is over gets no second life: it is told so, and its
// number and records stay as they were.
func TestClosedTicketIsNotResurrected(t *testing.T) {
	w := newWorld(t)
	_, err := w.Log.Append(t.Context(), []evidence.Event{
		{Key: "earlier/received", Type: rules.EventReceived, Schema: 1, Subject: subject, Series: "CHG", State: "open", At: saturday},
		{Key: "CHG-1/closed", Type: rules.EventClosed, Schema: 1, Subject: subject, Number: "CHG-1", State: "closed", Final: true, At: saturday},
	})
	require.NoError(t, err)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "closed"}, w.records())
	require.Empty(t, w.Surface.Posts())
	require.Len(t, w.tracker.steps, 1)
	require.Contains(t, facts(w.tracker.steps[0].Comment), "CHG-1 is over")
	require.Empty(t, w.tracker.steps[0].Status)
}

// An operator's cancellation is a withdrawal on record, shown to everybody.
func TestCancelledByOperator(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, w.Env.CancelWorkflow)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
	require.Equal(t, "Withdrawn", w.Surface.Last().Status)
	require.Equal(t, []string{"in_review", "withdrawn"}, w.tracker.statuses())
}

// While the tracker cannot be read nothing is started, nobody else waits for
// it, and decisions go on (C13).
func TestC13_TrackerUnreadable(t *testing.T) {
	w := newWorld(t)
	broken := false
	w.tracker.fail = func(op string) error {
		if broken && op == "read" {
			return down("read ticket")
		}
		return nil
	}
	w.At(30*time.Second, func() { w.tracker.set(func() { broken = true }); w.hint(false) })
	approved(w) // while the hint is being followed up in vain
	w.At(10*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.TicketUnreadable), r.Reason)
			w.tracker.set(func() { broken = false })
		})
	})
	w.At(3*time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(3*time.Hour+time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
}
