package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// claims is the place to which the changes of these tests are edited.
var claims = rules.Place{System: "claims-desk", Environment: "production"}

// An older change that was edited to be about another system keeps its place: that is
// on record with its reason, its requester is told in ticket and thread, and the newer
// change is answered (C4).
func TestC4_TheOlderOneWasEditedToAnotherPlace(t *testing.T) {
	w := newWorld(t)
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 2, Place: portal}
	answers := w.tells(newer.Subject, change.SignalSupersedes, nil)
	w.At(time.Minute, func() { w.edit(false, map[string]string{"system": claims.System, "data_class": "internal"}) })
	w.At(2*time.Minute, func() { w.Env.SignalWorkflow(change.SignalSuperseded, newer) })
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Open, w.standing().State)
		require.Len(t, answers.list(), 1)
		answer := answers.list()[0]
		require.False(t, answer.Done)
		require.Equal(t, rules.OtherPlace, answer.Reason)
		require.Equal(t, claims, answer.Met)
		require.Len(t, calls(w, "CHG-9 wanted to take the place of this change and did not"), 1)
		require.Equal(t, []compliance.PersonID{"p-jonas"}, calls(w, "CHG-9 wanted")[0].People)
		require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), "It is a change of order-portal in production, and this one of claims-desk in production by now")
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "voided", "submitted", "not_replaced", "withdrawn"}, w.records())
	kept := processtest.Facts[rules.MovedFacts](w.World, subject, rules.EventNotReplaced)[0]
	require.Equal(t, rules.OtherPlace, kept.Reason)
	require.Equal(t, "CHG-9", kept.Newer)
	evidencetest.Check(t, w.Log)
}

// What the ticket of the older change says counts also where no version of it says so
// yet: it was denied, and edited since (C4).
func TestC4_TheOlderOneWasEditedAfterItsDenial(t *testing.T) {
	w := newWorld(t)
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 2, Place: portal}
	answers := w.tells(newer.Subject, change.SignalSupersedes, nil)
	w.At(time.Minute, func() { w.act("bruno", rules.ActionDeny, because("Not now"), nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"environment": "acceptance"}) })
	w.At(3*time.Minute, func() { w.Env.SignalWorkflow(change.SignalSuperseded, newer) })
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.OtherPlace, answers.list()[0].Reason)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 0, countOf(w.records(), "superseded"))
}

// An edit of the older change that nobody could read yet comes before the newer one (C4, C23).
func TestC4_TheOlderOneIsReadFirst(t *testing.T) {
	w := newWorld(t)
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 2, Place: portal}
	answers := w.tells(newer.Subject, change.SignalSupersedes, nil)
	w.At(time.Minute, func() {
		w.unread(true)
		w.edit(false, map[string]string{"system": claims.System, "data_class": "internal"})
	})
	w.At(2*time.Minute, func() { w.Env.SignalWorkflow(change.SignalSuperseded, newer) })
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Open, w.standing().State, "what it is about is not known")
		require.Empty(t, answers.list())
		w.unread(false)
	})
	w.At(time.Hour, func() {
		require.Equal(t, rules.OtherPlace, answers.list()[0].Reason)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, answers.list(), 1)
	require.Equal(t, []string{"received", "submitted", "voided", "submitted", "not_replaced", "withdrawn"}, w.records())
}

// A newer change that was approved while an edit of it could not be read tells the
// older one nothing before it was (C4, C23).
func TestC4_TheNewerOneIsReadFirst(t *testing.T) {
	w := newWorld(t)
	w.older("order-portal", rules.WaitingWindow)
	w.tracker.ticket.Fields["supersedes"] = "CHG-1"
	told := w.tells(olderChange, change.SignalSuperseded, nil)
	w.At(30*time.Second, func() {
		w.unread(true)
		w.edit(false, map[string]string{"system": claims.System, "data_class": "internal"})
	})
	approved(w)
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.unread(false)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.IncompleteContent, w.standing().Reason, "they are compared again with the next version")
		require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), "CHG-1 is a change of order-portal in production")
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Empty(t, told.list())
}

// The newer change says on record, on its card, in its ticket and to its requester that
// it did not take the place, and goes on by itself (C4).
func TestC4_TheNewerOneSaysThatTheOlderOneIsElsewhere(t *testing.T) {
	w := newWorld(t)
	w.older("order-portal", rules.WaitingWindow)
	w.tracker.ticket.Fields["supersedes"] = "CHG-1"
	told := w.tells(olderChange, change.SignalSuperseded, nil)
	approved(w)
	w.At(4*time.Minute, func() {
		answer := told.list()[0]
		answer.Stood, answer.Met, answer.Reason = rules.WaitingWindow, claims, rules.OtherPlace
		w.Env.SignalWorkflow(change.SignalSupersedes, answer)
	})
	w.At(5*time.Minute, func() {
		const want = "CHG-1 is a change of claims-desk in production by now, and this one of order-portal in production, so it was not replaced"
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: "+want)
		require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), want)
		require.True(t, w.Surface.Called("p-jonas", want))
		w.act("goran", rules.ActionStart, ready(), counted(t))
	})
	w.At(6*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	answered := processtest.Facts[rules.MovedFacts](w.World, subject, rules.EventSupersedes)
	require.Len(t, answered, 1)
	require.Equal(t, rules.OtherPlace, answered[0].Reason)
}
