package change_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// executed lays out an emergency that was carried out within the first hour.
func (n *night) executed(result string) {
	t := n.T
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(time.Hour, func() { n.finish(result, recorded(t)) })
}

// other puts another change on record.
func (n *night) other(number int, system, state string, at time.Time) {
	facts, err := json.Marshal(rules.SubmittedFacts{System: system})
	require.NoError(n.T, err)
	subject := "change/example/" + string(rune('0'+number)) + "0000"
	_, err = n.Log.Append(context.Background(), []evidence.Event{
		{Key: subject + "/received", Type: rules.EventReceived, Subject: subject, Series: "CHG", State: "open", At: at},
		{Key: subject + "/submitted", Type: rules.EventSubmitted, Subject: subject, State: state, Final: rules.State(state).Terminal(), Facts: facts, At: at},
	})
	require.NoError(n.T, err)
}

// "Would not have been approved" is not the end: the implementer takes it back, or
// another change follows it up, and late it is a violation (C33).
func TestC33_WouldNotHaveBeenApproved(t *testing.T) {
	review := func(n *night) {
		n.executed("succeeded")
		n.At(2*time.Hour, func() { n.review("farah", rules.WouldNot, recorded(t)) })
	}
	t.Run("taken back", func(t *testing.T) {
		n := newNight(t)
		review(n)
		n.At(3*time.Hour, func() {
			s := n.standing()
			require.Equal(t, rules.RetroReview, s.State)
			require.Equal(t, []compliance.PersonID{"p-goran"}, s.Awaiting)
			require.Equal(t, []string{rules.ActionRemedy}, n.Surface.Buttons())
			require.True(t, n.Surface.Called("p-goran", "would not have been approved"))
			n.review("alice", rules.WouldApprove, declinedFor(t, rules.AlreadyReviewed))
			n.remedy("farah", "rolled_back", "", declinedFor(t, rules.NotImplementer))
		})
		n.At(4*time.Hour, func() { n.remedy("goran", "rolled_back", "", recorded(t)) })
		n.over(rules.RolledBack, "emergency", "acknowledged", "finished", "reviewed", "refused", "refused", "remedied")
		require.Equal(t, rules.WouldNotApprove, n.standing().Reason)
	})
	t.Run("followed up", func(t *testing.T) {
		n := newNight(t)
		review(n)
		n.At(150*time.Minute, func() {
			n.other(2, "order-portal", "open", monday)
			n.other(3, "yard-flows", "open", monday.Add(2*time.Hour))
			n.other(4, "order-portal", "withdrawn", monday.Add(2*time.Hour))
			n.other(5, "order-portal", "open", monday.Add(2*time.Hour))
		})
		n.At(3*time.Hour, func() {
			n.remedy("goran", "follow_up", "CHG-99", declinedFor(t, rules.NoFollowUp))
			n.remedy("goran", "follow_up", "CHG-1", declinedFor(t, rules.NoFollowUp)) // itself
			n.remedy("goran", "follow_up", "CHG-2", declinedFor(t, rules.FollowUpTooEarly))
			n.remedy("goran", "follow_up", "CHG-3", declinedFor(t, rules.FollowUpElsewhere))
			n.remedy("goran", "follow_up", "CHG-4", declinedFor(t, rules.FollowUpAbandoned))
		})
		n.At(4*time.Hour, func() { n.remedy("goran", "follow_up", "CHG-5", recorded(t)) })
		n.over(rules.Closed, "emergency", "acknowledged", "finished", "reviewed", "refused", "refused", "refused", "refused", "refused", "remedied", "closed")
		require.Contains(t, n.Surface.Last().Status, "Closed, with a deviation")
		all := n.emergencies()
		require.Equal(t, "CHG-5", all[len(all)-1].Retro.FollowUp)
	})
	t.Run("nothing was done", func(t *testing.T) {
		n := newNight(t)
		review(n)
		n.over(rules.Violation, "emergency", "acknowledged", "finished", "reviewed", "review_reminded", "review_reminded", "violation")
		require.Equal(t, rules.NotRemediedInTime, n.standing().Reason)
	})
}

// An outcome that is not reported cannot be reviewed: the control owner is called,
// once, and nothing is ended by silence.
func TestC33_OutcomeNotReported(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(72*time.Hour, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State)
		require.True(t, n.Surface.Called("p-alice", "not reported"))
		n.finish("succeeded", recorded(t))
	})
	n.At(90*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "acknowledged", "review_escalated", "finished", "review_reminded", "reviewed", "closed")
}

// A late review counts until it is a violation, and says that it was late.
func TestC33_LateReview(t *testing.T) {
	n := newNight(t)
	n.executed("succeeded")
	n.At(30*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "acknowledged", "finished", "review_reminded", "review_escalated", "reviewed", "closed")
	all := n.emergencies()
	require.False(t, all[len(all)-1].Retro.InTime)
}

// In business days the review is due at the end of the day that the policy's
// calendar says, whatever the zone of the worker.
func TestC33_DueInBusinessDays(t *testing.T) {
	n := newNight(t)
	n.Rewrite("rules/organisation.yaml", "review_within: 24h", "review_business_days: 2")
	n.executed("succeeded")
	n.At(2*time.Hour, func() {
		// 1 December, 00:00 in Amsterdam: the second business day after it ends on Thursday, 00:00.
		require.Equal(t, time.Date(2026, 12, 3, 23, 0, 0, 0, time.UTC), n.standing().Due)
		n.review("farah", rules.WouldApprove, recorded(t))
	})
	n.over(rules.Closed)
}

// Two of one invoker at once: the judge lets only one begin, whatever the order (C33).
func TestC33_TwoAtOnce(t *testing.T) {
	n := newNight(t)
	n.other(2, "order-portal", "open", monday)
	j := &activities.Judgement{Log: n.Log, Blobs: n.Log.Blobs(), Source: n.Source}
	e := rules.Emergency{Incident: "INC-1", Invoker: "p-goran", Rules: rules.EmergencyRules{BarInvoker: true, ReviewWithin: time.Hour}}
	subjects := []string{"change/example/20000", "change/example/30000"}
	n.other(3, "order-portal", "open", monday)
	for _, s := range subjects {
		_, err := n.Log.Append(context.Background(), []evidence.Event{{Key: s + "/emergency", Type: rules.EventEmergency, Subject: s, Actor: &evidence.Actor{Person: "p-goran"}, At: monday}})
		require.NoError(t, err)
	}
	var group sync.WaitGroup
	began := make([]activities.JudgedEmergency, 2)
	for i, s := range subjects {
		group.Go(func() {
			in := activities.RecordSilenceInput{Head: activities.Head{Subject: s}, Key: s + "/unanswered", Emergency: e, State: rules.Open, Now: monday}
			for range 2 { // a repetition gets the first answer
				out, err := j.RecordSilence(context.Background(), in)
				require.NoError(t, err)
				began[i] = out
			}
		})
	}
	group.Wait()
	require.ElementsMatch(t, []rules.State{rules.ExecutingUnapproved, ""}, []rules.State{began[0].To, began[1].To})
	require.ElementsMatch(t, []rules.Reason{rules.OK, rules.ReviewOpen}, []rules.Reason{began[0].Reason, began[1].Reason})
	require.ElementsMatch(t, []rules.Answer{rules.Unanswered, rules.Overtaken}, []rules.Answer{began[0].Emergency.Answer, began[1].Emergency.Answer})
}

// The same delivery counts once and gets its first answer, also from the record.
func TestC32_RepeatedDeliveries(t *testing.T) {
	n := newNight(t)
	answers := map[string]string{"incident": "INC-1", "reason": "Orders hang", "bypass": "yes"}
	var first compliance.Reply
	n.At(time.Minute, func() {
		n.send("once", n.standing().Ref, "goran", rules.ActionBreakGlass, answers, func(r compliance.Reply) { first = r })
	})
	n.At(2*time.Minute, func() {
		in := n.Inbound("once", subject, n.standing().Ref, compliance.Account{Provider: "cli", ID: "goran"}, rules.ActionBreakGlass, answers)
		n.Env.SignalWorkflow(change.SignalActed, in)
	})
	n.At(3*time.Minute, func() {
		require.Equal(t, compliance.Recorded, first.Outcome)
		n.answer("dana", rules.No, recorded(t))
	})
	n.At(time.Hour, func() { n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	n.over(rules.WithdrawnChange, "emergency", "acknowledged", "withdrawn")
}

// Where the log took a record and its answer was lost, the step runs again and
// finds it: each act counts once, and is answered by what is on record.
func TestC32_AnswersOfTheLogAreLost(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.Journal.Lose(1); n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(5*time.Minute, func() { require.Len(t, n.pager.pages, 1, "the people are known again from the directory") })
	n.At(17*time.Minute, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State)
		n.Journal.Lose(1)
		n.finish("succeeded", recorded(t))
	})
	n.At(2*time.Hour, func() { n.Journal.Lose(1); n.review("farah", rules.WouldNot, recorded(t)) })
	n.At(3*time.Hour, func() { n.Journal.Lose(1); n.remedy("goran", "rolled_back", "", recorded(t)) })
	n.At(14*time.Minute, func() { n.Journal.Lose(1) }) // that of the silence
	n.over(rules.RolledBack, "emergency", "unanswered", "finished", "reviewed", "remedied")
	require.Equal(t, rules.WouldNotApprove, n.standing().Reason)
	evidencetest.Check(t, n.Log)
}

// Without the log nothing goes past approval: the answer waits for its record, and
// an answer that came in time is heard before silence is.
func TestC32_LogDownWhileTheAnswerComes(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(14*time.Minute, func() {
		n.Journal.Down(true)
		n.answer("dana", rules.No, recorded(t))
	})
	n.At(40*time.Minute, func() {
		require.Equal(t, rules.Open, n.standing().State)
		n.Journal.Down(false)
	})
	n.At(3*time.Hour, func() { n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	n.over(rules.WithdrawnChange, "emergency", "acknowledged", "withdrawn")
}

// An approved change whose window opens may be started while people are asked:
// then nobody needs to answer any more.
func TestC32_OvertakenByItsWindow(t *testing.T) {
	n := newNight(t)
	n.begin(saturday)
	for i, who := range []string{"bruno", "chidi", "farah"} {
		n.At(time.Duration(i+1)*10*time.Second, func() { n.approve(who, recorded(t)) })
	}
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, recorded(t)) })
	n.At(3*time.Minute, func() { n.finish("succeeded", recorded(t)) })
	n.over(rules.Closed, "decided", "decided", "decided", "approved", "emergency", "started", "overtaken", "finished", "closed")
	require.Equal(t, rules.Overtaken, n.standing().Emergency.Answer)
	require.Len(t, n.pager.stood, 1)
	evidencetest.Check(t, n.Log)
}

// An emergency is handed on when the run continues as new: the next one waits for
// the review as the first would have.
func TestC33_CarriedOver(t *testing.T) {
	n := newNight(t)
	n.executed("succeeded")
	n.At(2*time.Hour, func() { n.Env.SetContinueAsNewSuggested(true); n.hint(false) })
	n.run()
	var carried *workflow.ContinueAsNewError
	require.True(t, errors.As(n.Env.GetWorkflowError(), &carried), "%v", n.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(carried.Input, &in))
	require.Equal(t, "INC-1", in.Carried.Emergency.Incident)
	n.begin(monday.Add(3 * time.Hour))
	n.At(time.Minute, func() {
		require.Equal(t, rules.RetroReview, n.standing().State)
		n.review("farah", rules.WouldApprove, recorded(t))
	})
	n.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, n.Env.GetWorkflowError())
	require.Equal(t, rules.Closed, n.standing().State)
}
