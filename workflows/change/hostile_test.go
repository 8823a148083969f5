package change_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// A policy that loses the system while its change is decided costs nobody's
// vote: the approval that is on record stands, and the start waits for the
// calendar to be readable again (C25, C35).
func TestC35_SystemRemovedFromThePolicyMidReview(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.approve("chidi", nil) })
	w.At(3*time.Minute, func() {
		w.renameSystem("order-portal", "other-portal")
		w.approve("farah", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		require.Len(t, w.standing().Votes, 3)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.NotRecorded, r.Outcome) })
	})
	w.At(5*time.Minute, func() { w.renameSystem("other-portal", "order-portal") })
	w.At(6*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(7*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, w.records())
	evidencetest.Check(t, w.Log)
}

// The same while the approved change waits: the run outlives it, says so to the
// people waiting, and goes on when the policy is mended.
func TestC25_SystemRemovedFromThePolicyWhileWaiting(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)) // a Monday: the window opens at 19:00
	approved(w)
	w.At(time.Hour, func() { w.renameSystem("order-portal", "other-portal") })
	w.At(9*time.Hour+30*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.WaitingWindow, s.State)
		require.False(t, s.Ready, "nobody knows the window")
		require.Len(t, s.Trouble, 1)
		w.renameSystem("other-portal", "order-portal")
	})
	w.At(10*time.Hour+45*time.Minute, func() {
		require.True(t, w.standing().Ready)
		require.Empty(t, w.standing().Trouble)
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(11*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "closed", w.records()[len(w.records())-1])
}

// A start that had to wait for the evidence log is judged by the ticket as it
// is when the log answers, not as it was when the button was pressed (C13).
func TestC13_TicketEditedWhileTheLogIsDown(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(4*time.Minute, func() {
		w.Journal.Down(true)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.ContentChanged), r.Reason, r.Text)
		})
	})
	w.At(10*time.Minute, func() { w.edit(false, map[string]string{"plan": "Something nobody approved"}) })
	w.At(40*time.Minute, func() { w.Journal.Down(false) })
	w.At(3*time.Hour, func() {
		require.Equal(t, rules.Open, w.standing().State)
		require.Equal(t, 2, w.standing().Version)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.NotContains(t, w.records(), "started")
}

// Who decided in time is not late because the evidence log was down over the
// deadline (C10, C15, E4).
func TestC10_LogDownOverTheDeadline(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(47*time.Hour+50*time.Minute, func() {
		w.Journal.Down(true)
		w.approve("chidi", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(49*time.Hour, func() { w.Journal.Down(false) })
	w.At(51*time.Hour, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "reminded", "reminded", "decided", "withdrawn"}, w.records())
}

// A vote that was made durable as a signal before the deadline counts, however
// late somebody is there to take it up: the gateway noted when it came (C15).
func TestC15_SignalledBeforeTheDeadline(t *testing.T) {
	w := newWorld(t)
	var ref string
	w.At(time.Minute, func() { ref = w.standing().Ref; w.approve("bruno", nil) })
	w.At(47*time.Hour+50*time.Minute, func() {
		w.Journal.Down(true)
		w.approve("jonas", nil) // will be refused; until then everybody waits
	})
	w.At(48*time.Hour+30*time.Minute, func() {
		in := compliance.Inbound{
			Delivery: "s1", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "chidi"}, Subject: subject,
			Action: rules.ActionApprove, Ref: ref, Received: w.Env.Now().Add(-time.Hour),
		}
		for name, value := range attested() {
			in.Answers = append(in.Answers, compliance.Answer{Name: name, Value: value, Shown: "shown"})
		}
		w.Env.SignalWorkflow("acted", in)
	})
	w.At(49*time.Hour, func() { w.Journal.Down(false) })
	w.At(51*time.Hour, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "reminded", "reminded", "refused", "decided", "withdrawn"}, w.records())
}

// An operator cannot cancel away an execution that is under way: only the
// implementer knows what happened. The attempt is on record (C1).
func TestC1_CancelledDuringExecution(t *testing.T) {
	w := newWorld(t)
	approved(w)
	w.At(4*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(5*time.Minute, w.Env.CancelWorkflow)
	w.At(6*time.Minute, func() {
		require.Equal(t, rules.Executing, w.standing().State)
		w.act("goran", rules.ActionFinish, success(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome) })
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "drift", "finished", "closed"}, w.records())
	require.Equal(t, []string{"in_review", "approved", "executing", "closed"}, w.tracker.statuses())
	require.Len(t, w.Surface.Posts(), 1)
}

// A vote that is being recorded when an operator cancels is answered and stays
// on record; the change is withdrawn after it, not around it.
func TestC15_CancelledWhileAVoteIsRecorded(t *testing.T) {
	w := newWorld(t)
	var reply compliance.Reply
	w.At(time.Minute, func() { w.Journal.Down(true); w.approve("bruno", func(r compliance.Reply) { reply = r }) })
	w.At(2*time.Minute, w.Env.CancelWorkflow)
	w.At(5*time.Minute, func() { w.Journal.Down(false) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, compliance.Recorded, reply.Outcome)
	require.Equal(t, []string{"received", "submitted", "decided", "withdrawn"}, w.records())
}

// An act on a ticket that turns out not to exist is answered and on record as
// late; it does not keep the run open for ever (C19).
func TestC19_ActBeforeATicketThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.tracker.fail = func(op string) error { return map[string]error{"read": down("read ticket")}[op] }
	var reply compliance.Reply
	w.At(time.Second, func() {
		w.send("d1", "CHG-1.1.1.abcd.0123456789ab", "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) { reply = r })
	})
	w.At(2*time.Second, func() { w.Env.SignalWorkflow("acted", "not an act") })
	w.At(5*time.Minute, func() { w.tracker.set(func() { w.tracker.gone = true }) })
	w.run()
	require.True(t, w.Env.IsWorkflowCompleted())
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, compliance.Declined, reply.Outcome)
	require.ElementsMatch(t, []string{"late", "unreadable"}, w.records())
}

// Only the requester of the version under review withdraws by moving the
// ticket: not whoever made themselves its reporter afterwards, and not because
// the requester happened to touch it in the same moment (C21, C22).
func TestC22_WithdrawnInAnothersName(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.tracker.set(func() { w.tracker.ticket.Requester.ID = "acc-hana" })
		w.move("acc-hana", "withdrawn")
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, rules.Open, w.standing().State, "the reporter was changed after the submission")
		w.move("acc-hana", "withdrawn")
		w.hint(false) // a comment of the requester in the same moment
	})
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Open, w.standing().State, "the requester only wrote a comment")
		w.move("acc-jonas", "withdrawn")
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "drift", "drift", "withdrawn"}, w.records())
}

// An edit that arrives while the ticket is read for the first time is not
// forgotten: approvers get to see it (C11).
func TestC11_EditedDuringAdmission(t *testing.T) {
	w := newWorld(t)
	reads := 0
	w.tracker.seen = func() {
		if reads++; reads == 1 {
			w.edit(false, map[string]string{"plan": "Edited while it was read"})
		}
	}
	w.At(time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "voided", "submitted", "withdrawn"}, w.records())
}

// A change whose run an operator terminated is submitted again under its
// number. What the first run left on record is not taken for this one's: the
// approval has a record of its own, and whoever requested it then does not
// decide now (C2, C5, C36, E3).
func TestC2_SubmittedAgainAfterATermination(t *testing.T) {
	w := newWorld(t)
	_, err := w.Log.Append(t.Context(), []evidence.Event{
		{Key: "earlier/received", Type: rules.EventReceived, Schema: 1, Subject: subject, Series: "CHG", State: "open", At: saturday},
		{Key: "earlier/v1/submitted", Type: rules.EventSubmitted, Schema: 1, Subject: subject, Number: "CHG-1", State: "open", At: saturday,
			Facts: json.RawMessage(`{"version":1,"requester":"p-emeka","implementer":"p-goran"}`)},
		{Key: "CHG-1/v1/approved", Type: rules.EventApproved, Schema: 1, Subject: subject, Number: "CHG-1", State: "waiting_window", At: saturday},
	})
	require.NoError(t, err)
	w.At(30*time.Second, func() {
		w.approve("emeka", func(r compliance.Reply) { require.Equal(t, string(rules.WasRequester), r.Reason, r.Text) })
	})
	approved(w)
	w.At(4*time.Minute, func() {
		require.Equal(t, "CHG-1", w.standing().Number)
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "approved",
		"received", "submitted", "refused", "decided", "decided", "decided", "approved", "withdrawn"}, w.records())
	require.Len(t, w.tracker.looked, len(w.tracker.steps), "the ticket may show this from before")
	evidencetest.Check(t, w.Log)
}
