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
	w.at(30*time.Second, func() { w.tracker.set(func() { broken = true }) })
	approved(w)
	w.at(20*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State, "nobody's decision waited for the tracker")
		require.Contains(t, facts(w.surface.last().Facts), "The ticket has been failing")
		require.Len(t, w.standing().Trouble, 1)
	})
	w.at(2*time.Hour, func() { w.tracker.set(func() { broken = false }) })
	w.at(5*time.Hour, func() {
		require.Empty(t, w.standing().Trouble)
		require.NotContains(t, facts(w.surface.last().Facts), "failing")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"in_review", "approved", "withdrawn"}, w.tracker.statuses())
}

// When the message surface fails, the ticket says so; the card comes later, once.
func TestSurfaceDown(t *testing.T) {
	w := newWorld(t)
	broken := true
	w.surface.fail = func() error {
		if broken {
			return down("post message")
		}
		return nil
	}
	w.at(30*time.Minute, func() {
		require.Zero(t, w.surface.posts)
		w.tracker.set(func() {
			require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), "The card has been failing")
		})
		w.surface.set(func() { broken = false })
	})
	w.at(5*time.Hour, func() {
		require.Equal(t, 1, w.surface.posts)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
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
	w.at(time.Minute, func() {
		w.tracker.set(func() { w.tracker.gone = true })
		w.env.SignalWorkflow(change.SignalTicketChanged, compliance.TicketEvent{Delivery: "deleted", Deleted: true, Received: w.env.Now()})
	})
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
}

// A tracker that knows the ticket no longer, without saying that it was
// deleted, ends nothing: an account may have lost its permission for a while.
func TestTicketNotFoundIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	w.at(time.Minute, func() { w.tracker.set(func() { w.tracker.gone = true }); w.hint(false) })
	w.at(2*time.Minute, func() { w.approve("bruno", nil); w.approve("chidi", nil) })
	w.at(3*time.Minute, func() {
		require.Len(t, w.standing().Trouble, 1)
		w.approve("farah", nil)
	})
	w.at(4*time.Minute, func() {
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.TicketUnreadable), r.Reason) })
	})
	w.at(5*time.Minute, func() { w.tracker.set(func() { w.tracker.gone = false }) })
	w.at(2*time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.at(3*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
	require.Equal(t, "closed", w.tracker.statuses()[len(w.tracker.statuses())-1])
}

// A submission made while our account could not see the ticket is not lost.
func TestTicketNotFoundAtFirst(t *testing.T) {
	w := newWorld(t)
	w.tracker.gone = true
	w.at(5*time.Hour, func() { w.tracker.set(func() { w.tracker.gone = false }) })
	w.at(7*time.Hour, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Empty(t, w.standing().Trouble)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
}

// A status moved by hand is a claim and never a vote: it is set back and on
// record. A requester who moves the ticket to withdrawn withdraws (C22, in part).
func TestC22_MovedByHand(t *testing.T) {
	w := newWorld(t)
	move := func(to string) { w.move("acc-jonas", to) }
	w.at(time.Minute, func() { move("approved") })
	w.at(2*time.Minute, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Equal(t, "in_review", w.tracker.ticket.Status)
	})
	w.at(3*time.Minute, func() { move("withdrawn") })
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "drift", "withdrawn"}, w.records())
}

// A ticket whose change is over gets no second life: it is told so, and its
// number and records stay as they were.
func TestClosedTicketIsNotResurrected(t *testing.T) {
	w := newWorld(t)
	_, err := w.log.Append(t.Context(), []evidence.Event{
		{Key: "earlier/received", Type: rules.EventReceived, Schema: 1, Subject: subject, Series: "CHG", State: "open", At: saturday},
		{Key: "CHG-1/closed", Type: rules.EventClosed, Schema: 1, Subject: subject, Number: "CHG-1", State: "closed", Final: true, At: saturday},
	})
	require.NoError(t, err)
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "closed"}, w.records())
	require.Zero(t, w.surface.posts)
	require.Len(t, w.tracker.steps, 1)
	require.Contains(t, facts(w.tracker.steps[0].Comment), "CHG-1 is over")
	require.Empty(t, w.tracker.steps[0].Status)
}

// An operator's cancellation is a withdrawal on record, shown to everybody.
func TestCancelledByOperator(t *testing.T) {
	w := newWorld(t)
	w.at(time.Minute, w.env.CancelWorkflow)
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
	require.Equal(t, "Withdrawn", w.surface.last().Status)
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
	w.at(30*time.Second, func() { w.tracker.set(func() { broken = true }); w.hint(false) })
	approved(w) // while the hint is being followed up in vain
	w.at(10*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.TicketUnreadable), r.Reason)
			w.tracker.set(func() { broken = false })
		})
	})
	w.at(3*time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.at(3*time.Hour+time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
}
