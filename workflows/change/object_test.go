package change_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// Until their level completes people may change their minds: the vote before stays
// visible, no longer counts, and is named by the record of the one in its place. A
// denial that ended the level cannot be taken back (C24).
func TestC24_VoteChangedUntilItsLevelCompletes(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", counted(t)) })
	w.At(2*time.Minute, func() { w.act("bruno", rules.ActionAbstain, nil, counted(t)) })
	w.At(3*time.Minute, func() {
		s := w.standing()
		require.Equal(t, 2, s.Remaining)
		require.Len(t, s.Votes, 2)
		require.Equal(t, rules.VoteChanged, s.Votes[0].Void)
		require.Equal(t, rules.Abstain, s.Votes[1].Verdict)
		require.True(t, shows(w, "Changed vote. Level 1: abstained"))
		w.act("bruno", rules.ActionAbstain, nil, func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyRecorded), r.Reason) })
	})
	w.At(4*time.Minute, func() { w.approve("bruno", counted(t)) })
	w.At(5*time.Minute, func() { w.approve("chidi", counted(t)) })
	w.At(6*time.Minute, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("bruno", rules.ActionDeny, because("I was wrong"), refused(t, rules.NotEligible))
	})
	w.At(7*time.Minute, func() { w.act("farah", rules.ActionDeny, because("Not now"), counted(t)) })
	w.At(8*time.Minute, func() {
		require.Equal(t, rules.Rejected, w.standing().Review)
		w.approve("farah", refused(t, rules.NotInReview))
	})
	w.At(9*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, because("enough"), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "refused", "decided", "decided", "refused", "decided", "rejected", "refused", "withdrawn"}, w.records())
	entries := w.Entries(subject)
	var f rules.ActFacts
	require.NoError(t, json.Unmarshal(entries[3].Record.Facts, &f))
	require.Equal(t, &rules.Replaced{Verdict: rules.Approve, At: saturday.Add(time.Minute), Index: entries[2].Index}, f.Replaces)
	require.Equal(t, &rules.Tallied{Level: 1, Required: 2, Outcome: "pending"}, f.Tally)
}

// An approver who no longer stands by their approval stops the change: only they let
// it go on, or the requester has everybody decide anew (C24).
func TestC24_ObjectionStopsTheChange(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.approve("bruno", nil)
		require.NotContains(t, w.Surface.Buttons(), rules.ActionObject, "at the first level there is a vote to change")
	})
	w.At(2*time.Minute, func() {
		w.act("bruno", rules.ActionObject, because("too early"), refused(t, rules.LevelOpen))
	})
	w.At(2*time.Minute+time.Second, func() { w.approve("chidi", nil) })
	w.At(3*time.Minute, func() {
		require.Contains(t, w.Surface.Buttons(), rules.ActionObject)
		w.act("emeka", rules.ActionObject, because("I never liked it"), refused(t, rules.NotApprover))
	})
	w.At(3*time.Minute+time.Second, func() {
		w.act("bruno", rules.ActionObject, because("The vendor withdrew the package"), counted(t))
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.Objected, w.standing().Reason)
		require.Contains(t, w.Surface.Last().Status, "An approver objects")
		w.approve("farah", refused(t, rules.OnHold))
		w.act("goran", rules.ActionResume, nil, refused(t, rules.NotHolder))
		w.act("bruno", rules.ActionObject, because("again"), refused(t, rules.AlreadyHeld))
	})
	w.At(4*time.Minute+time.Second, func() { w.act("chidi", rules.ActionObject, because("Me too"), counted(t)) })
	w.At(4*time.Minute+2*time.Second, func() {
		w.act("bruno", rules.ActionResume, nil, func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome)
			require.Contains(t, r.Text, "On hold", "another objection stands")
		})
	})
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.Held, w.standing().State)
		w.act("chidi", rules.ActionResume, nil, counted(t))
	})
	w.At(6*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.InReview, s.Review)
		require.Equal(t, 2, s.Level)
		require.Len(t, s.Votes, 2, "the approvals stand again")
		w.approve("farah", counted(t))
	})
	w.At(7*time.Minute, func() { w.act("farah", rules.ActionObject, because("I read it once more"), counted(t)) })
	w.At(time.Hour, func() { w.act("jonas", rules.ActionResume, nil, counted(t)) })
	w.At(2*time.Hour, func() {
		s := w.standing()
		require.Equal(t, 2, s.Version, "the same content, decided anew")
		require.Equal(t, rules.InReview, s.Review)
		require.Empty(t, s.Votes)
		w.act("goran", rules.ActionStart, ready(), refused(t, rules.NotApproved))
	})
	w.At(3*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, because("enough"), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "refused", "decided", "refused", "objected", "refused", "refused", "refused", "objected", "resumed", "resumed",
		"decided", "approved", "objected", "resumed", "voided", "submitted", "refused", "withdrawn",
	}, w.records())
	var f rules.MovedFacts
	require.NoError(t, json.Unmarshal(w.Entries(subject)[17].Record.Facts, &f))
	require.Equal(t, rules.Objected, f.Reason)
	evidencetest.Check(t, w.Log)
}

// A hold is carried over to a run that continues as new, with who can end it (C3).
func TestC3_HoldContinuesAsNew(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(time.Hour, func() { w.act("goran", rules.ActionHold, because("The vendor is under attack"), counted(t)) })
	w.At(2*time.Hour, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.hint(false)
	})
	w.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	w.engine(saturday.Add(100 * time.Hour))
	w.At(time.Minute, func() { w.act("goran", rules.ActionResume, nil, counted(t)) })
	w.At(time.Hour, func() {
		require.Equal(t, saturday.Add(147*time.Hour+time.Minute), w.standing().Due.UTC().Truncate(time.Second))
		w.approve("chidi", counted(t))
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "held", "resumed", "decided", "withdrawn"}, w.records())
}

// A process that carries a change out sees that the approval does not stand while the
// change is on hold, and does not start it (C3, P27).
func TestC3_ACarriedChangeOnHoldIsNotStarted(t *testing.T) {
	w := newWorld(t)
	told := w.carried(nil, func() { w.act("farah", rules.ActionObject, because("I read it once more"), counted(t)) })
	w.At(4*time.Minute, func() {
		last := told.last()
		require.False(t, last.Given())
		require.Equal(t, rules.Approved, last.Review)
		require.Equal(t, rules.Objected, last.Reason)
		w.report("start", rules.Executing)
	})
	w.At(5*time.Minute, func() { w.act("farah", rules.ActionResume, nil, counted(t)) })
	w.At(6*time.Minute, func() {
		require.True(t, told.last().Given())
		w.report("again", rules.Executing)
	})
	w.At(7*time.Minute, func() { w.report("done", rules.Verifying) })
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.OnHold, asked(told.list(), "start").Reason)
	require.Equal(t, rules.OK, asked(told.list(), "again").Reason)
	require.Equal(t, 1, countOf(w.records(), "started"))
}

// A repetition that comes when its answer is forgotten changes nothing: neither a vote
// that was changed since, nor a hold that ended, nor one that began anew (C16, C24).
func TestC24_OldActsRepeatedLateChangeNothing(t *testing.T) {
	w := newWorld(t)
	var ref string
	w.At(time.Minute, func() {
		ref = w.standing().Ref
		w.send("approved", ref, "bruno", rules.ActionApprove, attested(), nil)
	})
	w.At(2*time.Minute, func() { w.act("bruno", rules.ActionAbstain, nil, nil) })
	w.At(3*time.Minute, func() { w.send("held", ref, "goran", rules.ActionHold, because("The vendor is under attack"), nil) })
	w.At(4*time.Minute, func() { w.send("resumed", ref, "goran", rules.ActionResume, nil, nil) })
	w.At(5*time.Minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.hint(false)
	})
	w.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	in.Carried.Delivered = nil

	w.engine(saturday.Add(time.Hour))
	again := func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyRecorded), r.Reason) }
	w.At(time.Minute, func() { w.send("approved", ref, "bruno", rules.ActionApprove, attested(), again) })
	w.At(2*time.Minute, func() { w.send("held", ref, "goran", rules.ActionHold, because("The vendor is under attack"), again) })
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Open, w.standing().State)
		require.Equal(t, 2, w.standing().Remaining)
		w.act("goran", rules.ActionHold, because("Once more"), counted(t))
	})
	w.At(4*time.Minute, func() { w.send("resumed", ref, "goran", rules.ActionResume, nil, again) })
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.Held, w.standing().State)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "held", "resumed", "held", "withdrawn"}, w.records())
}
