package exception_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/exception"
)

// Everything is handed on when the engine suggests a fresh history: votes, the
// open question, what each delivery was answered, and what is due.
func TestA16_ContinuesAsNew(t *testing.T) {
	w := newWorld(t)
	var first compliance.Reply
	vote := "the-vote"
	w.At(time.Hour, func() {
		w.send(vote, w.standing().Ref, "farah", rules.ActionApprove, nil, func(r compliance.Reply) { first = r })
	})
	w.on("2027-02-04", func() { w.must("hana", rules.ActionConfirm, seen()) })
	w.on("2027-02-05", func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.Env.SignalWorkflow(exception.SignalTicketChanged, compliance.TicketEvent{Site: "example", TicketID: "77"}) // wakes it
	})
	w.play(w.request(nil))
	in := w.continued()
	require.Equal(t, rules.InForce, in.Carried.Exception.State)
	require.Equal(t, 1, in.Carried.Exception.Check.N)
	require.Equal(t, "the suite is being rebuilt", in.Carried.Request.Reason)

	at := time.Date(2027, 2, 5, 12, 0, 0, 0, time.UTC)
	w.engine(at)
	w.At(time.Hour, func() {
		w.send(vote, "EXC-1.1.0", "farah", rules.ActionApprove, nil, func(r compliance.Reply) {
			require.Equal(t, first, r, "the same delivery is answered as it was")
		})
	})
	w.At(13*day, func() {
		require.True(t, w.Surface.Called("p-bruno", "it ends with 2027-03-01, in 14 days."))
		w.must("bruno", rules.ActionEnd, remedied())
	})
	w.play(in)
	require.Equal(t, exception.Result{Number: "EXC-1", State: rules.Ended}, w.result())
	require.Len(t, w.tickets.Opened(), 1)
	require.Len(t, w.Surface.Posts(), 1)
	evidencetest.Check(t, w.Log)
}

// While the log is away nothing is decided; an act that came before the end counts
// as of when it came, though it is judged after it.
func TestA18_AnActCountsFromWhenItCame(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
	berlin := time.FixedZone("", 3600)
	last := time.Date(2027, 2, 10, 23, 55, 0, 0, berlin) // five minutes before the answer is due
	w.At(last.Add(-time.Minute).Sub(start), func() { w.Journal.Down(true) })
	answered := false
	w.At(last.Sub(start), func() {
		w.act("hana", rules.ActionConfirm, seen(), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
			answered = true
		})
	})
	w.At(last.Add(2*time.Hour).Sub(start), func() { w.Journal.Down(false) })
	w.At(last.Add(6*time.Hour).Sub(start), func() {
		require.True(t, answered)
		require.Equal(t, rules.InForce, w.standing().State)
		w.must("bruno", rules.ActionEnd, remedied())
	})
	w.play(w.request(nil))
	require.NotContains(t, w.records(), "unanswered")
	require.Contains(t, w.records(), "confirmed")
}

// The owner moved: the last day ends with their midnight, on record (G1).
func TestG1_TheEndMovesWithTheOwner(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
	w.on("2027-01-20", func() {
		require.Equal(t, "2027-03-01T23:00:00Z", w.standing().Ends.Format(time.RFC3339))
		w.Rewrite("directory/people.yaml", "zone: Europe/Berlin", "zone: America/Chicago")
	})
	w.on("2027-02-04", func() {
		w.must("hana", rules.ActionConfirm, seen())
		require.Equal(t, "2027-03-02T06:00:00Z", w.standing().Ends.Format(time.RFC3339))
		w.must("bruno", rules.ActionEnd, remedied())
	})
	w.play(w.request(nil))
	require.Contains(t, w.records(), "rescheduled")
}

// What nobody could mean is answered and on record, and moves nothing.
func TestA16_BadInputIsAnsweredAndOnRecord(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() {
		w.send(w.Delivery(), "EXC-1.9.0", "farah", rules.ActionApprove, nil, func(r compliance.Reply) { require.Equal(t, string(rules.StaleRound), r.Reason) })
		w.send(w.Delivery(), "", "farah", rules.ActionApprove, nil, func(r compliance.Reply) { require.Equal(t, string(rules.BadRequest), r.Reason) })
		w.send(w.Delivery(), "EXC-2.1.0", "farah", rules.ActionApprove, nil, func(r compliance.Reply) { require.Equal(t, string(rules.BadRequest), r.Reason) })
		w.refused("nobody", rules.ActionApprove, nil, rules.UnknownPerson)
		w.refused("bruno", rules.ActionEnd, map[string]string{"reason": "an end"}, rules.MissingAnswer)
		w.Env.SignalWorkflow(exception.SignalActed, "not an act")
	})
	w.At(2*time.Hour, func() {
		in := w.Inbound("late", subject, w.standing().Ref, processtest.By("farah"), rules.ActionDeny, why())
		w.Env.SignalWorkflow(exception.SignalActed, in)
		w.Env.SignalWorkflow(exception.SignalActed, in) // twice the same
	})
	w.play(w.request(nil))
	require.Equal(t, rules.Denied, w.result().State)
	require.ElementsMatch(t, []string{"requested", "refused", "refused", "refused", "refused", "refused", "unreadable", "denied"}, w.records())
	evidencetest.Check(t, w.Log)
}

// The log takes what it is given and its answer is lost, at every append: nothing
// is on record or said twice.
func TestA17_LostAnswersDoubleNothing(t *testing.T) {
	w := newWorld(t)
	w.Journal.Lose(1)
	w.At(time.Hour, func() {
		w.Journal.Lose(1)
		w.must("farah", rules.ActionApprove, nil)
	})
	for _, date := range []string{"2027-02-03", "2027-02-14", "2027-03-01", "2027-03-08"} {
		w.on(date, func() { w.Journal.Lose(1) })
	}
	w.on("2027-02-04", func() { w.must("hana", rules.ActionConfirm, seen()) })
	w.on("2027-03-20", func() { w.must("bruno", rules.ActionEnd, remedied()) })
	w.play(w.request(nil))
	require.Equal(t, rules.Ended, w.result().State)
	require.Equal(t, []string{
		"requested", "granted", "asked", "confirmed", "warned", "warned", "warned", "expired", "escalated", "reminded", "ended",
	}, w.records())
	said := map[string]int{}
	for _, n := range w.Surface.Notes() {
		said[n.Key]++
		require.Equal(t, 1, said[n.Key], n.Key)
	}
	for _, key := range []string{"EXC-1/check/1", "EXC-1/p0/warned/14", "EXC-1/p0/expired", "EXC-1/p0/overdue/1", "EXC-1/p0/overdue/2"} {
		require.Equal(t, 1, said[key], key)
	}
	evidencetest.Check(t, w.Log)
}
