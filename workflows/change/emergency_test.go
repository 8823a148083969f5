package change_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// At night, inside a freeze, somebody on call says go ahead; it is carried out,
// reviewed in time by somebody independent, compared with its ticket and closed.
// Every record says what was bypassed (C32, C33).
func TestC32_GoAheadExecutedReviewedClosed(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() {
		require.Contains(t, n.Surface.Buttons(), rules.ActionBreakGlass)
		n.breakGlass("goran", "INC-1", recorded(t))
	})
	n.At(2*time.Minute, func() {
		s := n.standing()
		require.Equal(t, rules.Open, s.State, "nothing is carried out before somebody answered, or time did")
		require.Equal(t, []compliance.PersonID{"p-dana"}, s.Awaiting)
		require.Contains(t, n.Surface.Buttons(), rules.ActionAcknowledge)
		require.True(t, n.Surface.Called("p-dana", "may it go ahead"))
		n.finish("succeeded", declinedFor(t, rules.NotExecuting))
		n.answer("bruno", rules.GoAhead, declinedFor(t, rules.NotCalled))
		n.answer("goran", rules.GoAhead, declinedFor(t, rules.NotCalled))
		n.review("farah", rules.WouldApprove, declinedFor(t, rules.NotInRetroReview))
		n.breakGlass("jonas", "INC-1", declinedFor(t, rules.AlreadyInvoked))
	})
	n.At(5*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(6*time.Minute, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State)
		require.Equal(t, []string{rules.ActionFinish}, n.Surface.Buttons())
		require.True(t, n.Surface.Called("p-goran", "may be carried out now"))
		n.approve("bruno", declinedFor(t, rules.NotInReview))
		n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "never mind"}, declinedFor(t, rules.AlreadyExecuting))
		n.breakGlass("goran", "INC-1", declinedFor(t, rules.AlreadyExecuting))
	})
	n.At(40*time.Minute, func() { n.finish("succeeded", recorded(t)) })
	n.At(41*time.Minute, func() {
		s := n.standing()
		require.Equal(t, rules.RetroReview, s.State)
		require.Equal(t, n.Env.Now().Add(24*time.Hour-time.Minute).UTC().Truncate(time.Second), s.Due.Truncate(time.Second))
		require.Equal(t, []compliance.PersonID{"p-alice", "p-bruno", "p-chidi", "p-emeka", "p-farah"}, s.Awaiting, "Dana gave the go-ahead")
		n.review("goran", rules.WouldApprove, declinedFor(t, rules.IsImplementer))
		n.review("jonas", rules.WouldApprove, declinedFor(t, rules.IsRequester))
		n.review("dana", rules.WouldApprove, declinedFor(t, rules.GaveGoAhead))
		n.review("hana", rules.WouldApprove, declinedFor(t, rules.NotReviewer))
		n.remedy("goran", "rolled_back", "", declinedFor(t, rules.NothingToRemedy))
	})
	n.At(3*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "refused", "refused", "refused", "refused", "refused", "acknowledged", "refused", "refused", "refused",
		"finished", "refused", "refused", "refused", "refused", "refused", "reviewed", "closed")

	all := n.emergencies()
	require.Len(t, all, 5, "each record that moves the emergency has it")
	for _, e := range all {
		require.Equal(t, "INC-1", e.Incident)
		require.Equal(t, compliance.PersonID("p-goran"), e.Invoker)
		require.Equal(t, "2026-Q4", e.Quarter)
		require.Equal(t, []string{"month-end billing"}, e.Bypassed.Freezes)
		require.Equal(t, []string{"Platform owners", "Change board"}, e.Bypassed.Levels)
		require.Equal(t, []compliance.PersonID{"p-alice", "p-bruno", "p-chidi", "p-dana", "p-emeka", "p-farah"}, e.Bypassed.Approvers)
	}
	require.Equal(t, rules.GoAhead, all[4].Answer)
	require.Equal(t, rules.Verifying, all[4].Outcome)
	require.True(t, all[4].Retro.InTime)
	require.Equal(t, []string{"in_review", "executing", "verifying", "closed"}, n.tracker.statuses(), "statuses that the policy does not map are not asked for")
	require.Len(t, n.pager.pages, 1)
	require.Equal(t, "DANA", strings.ToUpper(n.pager.to[0].ID)[len(n.pager.to[0].ID)-4:])
	require.Equal(t, []string{n.pager.pages[0].Key}, n.pager.stood)
	require.Empty(t, n.Surface.Last().Actions)
	evidencetest.Check(t, n.Log)
}

// Nobody answers: the silence is on record as silence, and only then it may go on.
// Nobody reviews: reminders, the control owner, then a violation, for good.
func TestC33_NobodyAnsweredNobodyReviewed(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("jonas", "INC-1", recorded(t)) })
	n.At(15*time.Minute, func() { require.Equal(t, rules.Open, n.standing().State) })
	n.At(17*time.Minute, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State)
		n.answer("dana", rules.No, declinedFor(t, rules.NoCall))
		n.finish("succeeded", recorded(t))
	})
	n.over(rules.Violation, "emergency", "unanswered", "refused", "finished", "review_reminded", "review_escalated", "violation")
	all := n.emergencies()
	require.Equal(t, rules.Unanswered, all[1].Answer)
	require.Empty(t, all[1].AnsweredBy)
	require.Equal(t, []string{"month-end billing"}, all[1].Bypassed.Freezes)
	require.False(t, all[len(all)-1].Retro.InTime)
	require.True(t, n.Surface.Called("p-alice", "Late:"), "the control owner")
	require.True(t, n.Surface.Called("p-farah", "Still owed:"), "the reviewers")
	require.Equal(t, "failed", n.tracker.statuses()[len(n.tracker.statuses())-1])
	require.Equal(t, compliance.Bad, n.Surface.Last().Tone)
	times := map[string]time.Time{}
	for _, e := range n.Entries(subject) {
		times[e.Record.Type] = e.Record.At
	}
	require.Equal(t, times[rules.EventFinished].Add(12*time.Hour).Truncate(time.Second), times[rules.EventReviewReminded].Truncate(time.Second))
	require.Equal(t, times[rules.EventFinished].Add(24*time.Hour).Truncate(time.Second), times[rules.EventReviewEscalated].Truncate(time.Second))
	require.Equal(t, times[rules.EventFinished].Add(48*time.Hour).Truncate(time.Second), times[rules.EventViolation].Truncate(time.Second))
	evidencetest.Check(t, n.Log)
}

// A no sends it back to its normal review, with the votes it had.
func TestC32_NoGoesBackToReview(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.approve("bruno", recorded(t)) })
	n.At(2*time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(3*time.Minute, func() { n.answer("dana", rules.No, recorded(t)) })
	n.At(30*time.Minute, func() {
		s := n.standing()
		require.Equal(t, rules.Open, s.State)
		require.Equal(t, rules.InReview, s.Review)
		require.True(t, n.Surface.Called("p-goran", "may not go ahead"))
		require.Contains(t, n.Surface.Buttons(), rules.ActionApprove)
		n.approve("chidi", recorded(t))
	})
	n.At(31*time.Minute, func() { n.approve("farah", recorded(t)) })
	n.At(40*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, n.standing().State)
		n.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, declinedFor(t, rules.Frozen))
	})
	n.At(41*time.Minute, func() { n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, recorded(t)) })
	n.over(rules.WithdrawnChange, "decided", "emergency", "acknowledged", "decided", "decided", "approved", "refused", "withdrawn")
	require.Equal(t, []compliance.PersonID{"p-alice", "p-chidi", "p-dana", "p-emeka", "p-farah"}, n.emergencies()[0].Bypassed.Approvers, "Bruno had approved")
}

// An approved change that only a freeze keeps waiting goes past the calendar alone.
func TestC32_ApprovedChangeGoesPastAFreeze(t *testing.T) {
	n := newNight(t)
	for i, who := range []string{"bruno", "chidi", "farah"} {
		n.At(time.Duration(i+1)*10*time.Second, func() { n.approve(who, recorded(t)) })
	}
	n.At(2*time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(3*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(time.Hour, func() { n.finish("rolled_back", recorded(t)) })
	n.At(2*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.RolledBack, "decided", "decided", "decided", "approved", "emergency", "acknowledged", "finished", "reviewed")
	b := n.emergencies()[0].Bypassed
	require.True(t, b.Approved)
	require.Empty(t, b.Approvers)
	require.Equal(t, []string{"month-end billing"}, b.Freezes)
}

// Who may break the glass, for what, and when not; each refusal is on record.
func TestC32_RefusedAtTheGlass(t *testing.T) {
	n := newNight(t)
	n.incident("INC-2", "resolved", false)
	n.At(time.Minute, func() {
		n.breakGlass("bruno", "INC-1", declinedFor(t, rules.NotInvoker))
		n.breakGlass("goran", "INC-9", declinedFor(t, rules.NoIncident))
		n.breakGlass("goran", "nine", declinedFor(t, rules.NoIncident))
		n.breakGlass("goran", "INC-2", declinedFor(t, rules.IncidentOver))
		n.breakGlass("nobody", "INC-1", declinedFor(t, rules.UnknownPerson))
		n.act("goran", rules.ActionBreakGlass, map[string]string{"incident": "INC-1", "reason": "x", "bypass": "yes"}, declinedFor(t, rules.MissingAnswer))
		n.act("goran", rules.ActionBreakGlass, map[string]string{"incident": "INC-1", "reason": "Orders hang"}, declinedFor(t, rules.MissingAnswer))
	})
	n.At(2*time.Minute, func() { withoutPath(t, n) })
	n.At(3*time.Minute, func() { n.breakGlass("goran", "INC-1", declinedFor(t, rules.NoEmergencyPath)) })
	n.At(time.Hour, func() { n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	n.over(rules.WithdrawnChange, append(slices.Repeat([]string{"refused"}, 8), "withdrawn")...)
	require.Empty(t, n.pager.pages)
}

// A version refused at the door can be carried out in an emergency, unless what is
// to be done, where or by whom is missing.
func TestC32_RefusedVersionIsNoObstacleUnlessEmpty(t *testing.T) {
	for name, c := range map[string]struct {
		fields  map[string]string
		want    rules.Reason
		channel string
	}{
		"no way back is stated": {map[string]string{"rollback": "", "test_plan": ""}, rules.OK, "changes"},
		"nobody routes it":      {map[string]string{"risk": ""}, rules.OK, "incidents"},
		"no plan":               {map[string]string{"plan": ""}, rules.EmergencyIncomplete, ""},
		"no system":             {map[string]string{"system": "nowhere"}, rules.EmergencyIncomplete, ""},
		"nobody carries it out": {map[string]string{"implementer": "jira:acc-nobody"}, rules.EmergencyIncomplete, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t)
			n.edited(c.fields)
			n.At(time.Minute, func() {
				require.Empty(t, n.Surface.Cards(), "a version refused at the door has no card")
				if c.want != rules.OK {
					n.breakGlass("jonas", "INC-1", declinedFor(t, c.want))
					n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
					return
				}
				n.breakGlass("jonas", "INC-1", recorded(t))
			})
			if c.want == rules.OK {
				n.At(2*time.Minute, func() {
					require.Equal(t, c.channel, n.Surface.Posts()[0].Channel)
					n.answer("dana", rules.GoAhead, recorded(t))
				})
				n.At(time.Hour, func() { n.finish("failed", recorded(t)) })
				n.At(2*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
				n.over(rules.Failed)
				return
			}
			n.over(rules.WithdrawnChange)
		})
	}
}

// edited changes the ticket before it is read for the first time.
func (n *night) edited(fields map[string]string) {
	n.tracker.set(func() {
		for k, v := range fields {
			n.tracker.ticket.Fields[k] = v
		}
	})
}

// Somebody whose last emergency is not reviewed cannot break the glass again,
// however the processes were restarted meanwhile: the record says so. The other
// of requester and implementer can (C33).
func TestC33_OpenReviewBarsTheInvoker(t *testing.T) {
	n := newNight(t)
	other := "change/example/20000"
	_, err := n.Log.Append(context.Background(), []evidence.Event{
		{Key: "other/received", Type: rules.EventReceived, Subject: other, Series: "CHG", State: "open", At: monday},
		{Key: "other/emergency", Type: rules.EventEmergency, Subject: other, Number: "CHG-1", Actor: &evidence.Actor{Person: "p-goran"}, At: monday},
		{Key: "other/unanswered", Type: rules.EventUnanswered, Subject: other, Number: "CHG-1", State: string(rules.ExecutingUnapproved), At: monday},
	})
	require.NoError(t, err)
	n.At(time.Minute, func() {
		n.breakGlass("goran", "INC-1", func(r compliance.Reply) {
			declinedFor(t, rules.ReviewOpen)(r)
			require.Contains(t, r.Text, "CHG-1")
		})
	})
	n.At(90*time.Second, func() { n.breakGlass("jonas", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() {
		_, err := n.Log.Append(context.Background(), []evidence.Event{
			{Key: "other/again", Type: rules.EventEmergency, Subject: other, Number: "CHG-1", Actor: &evidence.Actor{Person: "p-jonas"}, At: monday},
		})
		require.NoError(t, err)
	})
	n.At(3*time.Minute, func() { n.answer("dana", rules.GoAhead, declinedFor(t, rules.ReviewOpen)) })
	n.At(4*time.Minute, func() {
		require.Equal(t, rules.Open, n.standing().State, "another one of the invoker's began meanwhile")
		require.Equal(t, rules.Overtaken, n.standing().Emergency.Answer)
		n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	n.over(rules.WithdrawnChange, "refused", "emergency", "refused", "withdrawn")
}

// An acknowledgement that a pager sends says that the page was seen, and is no answer.
func TestC32_SeeingThePageIsNoAnswer(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() {
		n.send(n.Delivery(), n.pager.pages[0].Ref, "dana", rules.ActionAcknowledge, nil, declinedFor(t, rules.SeenOnly))
		n.send(n.Delivery(), n.pager.pages[0].Ref, "dana", rules.ActionAcknowledge, map[string]string{"answer": "no"}, declinedFor(t, rules.MissingAnswer))
	})
	n.At(3*time.Minute, func() {
		n.send(n.Delivery(), n.pager.pages[0].Ref, "dana", rules.ActionAcknowledge, map[string]string{"answer": "no", "note": "wait for me"}, recorded(t))
	})
	n.At(time.Hour, func() { n.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	n.over(rules.WithdrawnChange, "emergency", "refused", "refused", "acknowledged", "withdrawn")
}

// A pager that is down keeps nobody from being asked in the thread, and nothing from going on.
func TestC32_PagerDown(t *testing.T) {
	n := newNight(t)
	n.pager.fail = &compliance.Failure{Class: compliance.Unavailable, Op: "page"}
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(10*time.Minute, func() {
		require.True(t, slices.ContainsFunc(n.Surface.Last().Log, func(f compliance.Fact) bool {
			return f.Text == "Could not be paged:" && slices.Contains(f.People, "p-dana")
		}))
		n.answer("dana", rules.GoAhead, recorded(t))
	})
	n.At(time.Hour, func() { n.finish("rolled_back", recorded(t)) })
	n.At(2*time.Hour, func() { n.review("farah", rules.WouldNot, recorded(t)) })
	n.over(rules.RolledBack, "emergency", "acknowledged", "finished", "reviewed")
	require.Empty(t, n.pager.stood)
}

// Neither a hand at the ticket nor its deletion ends what is being carried out, or
// gives it a second version: both are on record, and it still has to be reviewed.
func TestC32_HandsOnTheTicketMeanwhile(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(10*time.Minute, func() {
		n.tracker.set(func() { n.tracker.ticket.Status = "submitted" })
		n.touched("acc-jonas", true, "submitted")
	})
	n.At(20*time.Minute, func() {
		require.Equal(t, rules.ExecutingUnapproved, n.standing().State)
		require.Equal(t, 1, n.standing().Version)
		n.finish("succeeded", recorded(t))
	})
	n.At(30*time.Minute, func() { n.move("acc-jonas", "closed") })
	n.At(40*time.Minute, func() { n.move("acc-jonas", "withdrawn") })
	n.At(50*time.Minute, func() {
		n.tracker.set(func() { n.tracker.gone = true })
		n.Env.SignalWorkflow(change.SignalTicketChanged, compliance.TicketEvent{
			Delivery: n.Delivery(), Site: "example", TicketID: "10042", Key: "OPS-12", Deleted: true, Received: n.Env.Now(),
		})
	})
	n.At(2*time.Hour, func() {
		require.Equal(t, rules.RetroReview, n.standing().State)
		n.review("farah", rules.WouldApprove, recorded(t))
	})
	n.over(rules.Closed, "emergency", "acknowledged", "drift", "finished", "drift", "drift", "drift", "reviewed", "closed")
	require.Equal(t, rules.TicketDeleted, n.standing().Reason)
}

// An operator who cancels the run while people are asked ends the change, on record;
// once it is carried out without approval the request is on record and nothing else.
func TestC32_CancelledMeanwhile(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, n.Env.CancelWorkflow)
	n.over(rules.WithdrawnChange, "emergency", "withdrawn")
	require.Len(t, n.pager.stood, 1, "nobody is kept waiting with a page")

	n = newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(3*time.Minute, n.Env.CancelWorkflow)
	n.At(time.Hour, func() { n.finish("succeeded", recorded(t)) })
	n.At(2*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "acknowledged", "drift", "finished", "reviewed", "closed")
}

// An edit while people are asked does not change what they are asked about; it is
// a deviation when the change is closed.
func TestC32_EditedMeanwhile(t *testing.T) {
	n := newNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() { n.edit(false, map[string]string{"plan": "1. Something else"}) })
	n.At(3*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
	n.At(time.Hour, func() { n.finish("succeeded", recorded(t)) })
	n.At(2*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
	n.over(rules.Closed, "emergency", "acknowledged", "finished", "reviewed", "closed")
	require.Equal(t, rules.ContentChanged, n.standing().Reason)
}
