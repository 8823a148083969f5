package change_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// A denial ends the version; submitting again makes a new version under the
// same number, and the old votes stay visible (C2, C8).
func TestC2_DeniedThenResubmitted(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.act("chidi", rules.ActionDeny, map[string]string{"reason": "No test on real data"}, nil) })
	w.At(3*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.Rejected, s.Review)
		w.approve("dana", func(r compliance.Reply) { require.Equal(t, string(rules.NotInReview), r.Reason) })
	})
	w.At(time.Hour, func() { w.edit(true, map[string]string{"test_plan": "Run on a copy of real data"}) })
	w.At(2*time.Hour, func() {
		s := w.standing()
		require.Equal(t, 2, s.Version)
		require.Equal(t, rules.InReview, s.Review)
		require.Equal(t, "CHG-1", s.Number)
		require.Empty(t, s.Votes, "no vote carries over")
		require.True(t, shows(w, "denied (No test on real data)"), "the old votes stay on the card")
	})
	w.At(3*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.Equal(t, []string{"in_review", "rejected", "in_review", "withdrawn"}, w.stages)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "rejected", "refused", "submitted", "withdrawn"}, w.records())
	evidencetest.Check(t, w.Log)
}

// Silence expires a level and never approves it; without a new version in time
// the change counts as withdrawn (C10, C31).
func TestC10_SilenceExpires(t *testing.T) {
	w := newWorld(t)
	w.At(49*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Expired, s.Review)
		require.Equal(t, rules.DeadlinePassed, s.Reason)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "reminded", "reminded", "expired", "withdrawn"}, w.records())
	require.Equal(t, []string{"in_review", "expired", "withdrawn"}, w.tracker.statuses())
}

// A change without a rollback plan cannot leave draft: every fault is named at
// once, the number is kept, and the mended ticket goes on under it.
// Requirement 3. (C36)
func TestRequirement3_NoRollbackPlan(t *testing.T) {
	w := newWorld(t)
	delete(w.tracker.ticket.Fields, "rollback")
	delete(w.tracker.ticket.Fields, "rollback_tested_on")
	w.At(time.Minute, func() {
		s := w.standing()
		require.Equal(t, "CHG-1", s.Number)
		require.Equal(t, rules.IncompleteContent, s.Reason)
		require.Empty(t, w.Surface.Posts(), "nobody is asked to approve it")
		text := facts(w.tracker.steps[0].Comment)
		require.Contains(t, text, "rollback")
		require.GreaterOrEqual(t, len(w.tracker.steps[0].Comment), 3, "both faults are named")
		require.Equal(t, []string{"", "1", "2"}, []string{w.tracker.steps[0].Comment[0].Label, w.tracker.steps[0].Comment[1].Label, w.tracker.steps[0].Comment[2].Label})
	})
	w.At(time.Hour, func() {
		w.edit(true, map[string]string{"rollback": "Import the former package", "rollback_tested_on": "2026-11-01"})
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.Equal(t, []string{change.StageNotSubmitted, "in_review", "withdrawn"}, w.stages, "nobody rejected it")
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "not_submitted", "submitted", "withdrawn"}, w.records())
}

// A quorum nobody can reach is refused at submission, naming what is missing (C6).
func TestC6_UnreachableQuorum(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "quorum: 2", "quorum: 4")
	w.tracker.ticket.Fields["implementer"] = "jira:acc-emeka" // leaves three of four
	w.At(time.Minute, func() {
		require.Equal(t, rules.UnreachableQuorum, w.standing().Reason)
		require.Contains(t, facts(w.tracker.steps[0].Comment), "4")
	})
	w.At(time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "not_submitted", "withdrawn"}, w.records())
}

// An edit during review voids the votes: a vote on what stood there before is
// refused with what differs, and the new content is reviewed from the start (C11).
func TestC11_EditVoidsVotes(t *testing.T) {
	w := newWorld(t)
	var seen string
	w.At(time.Minute, func() { seen = w.standing().Ref; w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"risk": "low", "plan": "Something else"}) })
	w.At(3*time.Minute, func() {
		w.send("late", seen, "chidi", rules.ActionApprove, attested(), func(r compliance.Reply) {
			require.Equal(t, string(rules.StaleContent), r.Reason)
			require.Contains(t, r.Text, "risk: medium → low")
			require.Contains(t, r.Text, "plan")
		})
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "voided", "submitted", "refused", "withdrawn"}, w.records())
	require.Len(t, w.Surface.Posts(), 1)
}

// The same delivery gets the first answer back, the same verdict again changes
// nothing, and signal and update are one (C15, C16).
func TestC16_RepeatedDeliveries(t *testing.T) {
	w := newWorld(t)
	var first, again compliance.Reply
	var ref string
	w.At(time.Minute, func() {
		ref = w.standing().Ref
		w.send("d1", ref, "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) { first = r })
	})
	w.At(2*time.Minute, func() {
		w.Env.SignalWorkflow("acted", compliance.Inbound{
			Delivery: "d1", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "bruno"}, Subject: subject,
			Action: rules.ActionApprove, Ref: ref, Received: w.Env.Now(),
		})
	})
	w.At(3*time.Minute, func() {
		w.send("d2", ref, "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) { again = r })
	})
	w.At(4*time.Minute, func() {
		require.Len(t, w.standing().Votes, 1)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, compliance.Recorded, first.Outcome)
	require.Equal(t, compliance.Recorded, again.Outcome)
	require.Equal(t, string(rules.AlreadyRecorded), again.Reason)
	require.Contains(t, again.Text, "21 November 2026")
	require.Equal(t, []string{"received", "submitted", "decided", "refused", "withdrawn"}, w.records())
}

// The fallback signal alone counts too, once (C15).
func TestC15_SignalInsteadOfUpdate(t *testing.T) {
	w := newWorld(t)
	in := compliance.Inbound{
		Delivery: "s1", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "bruno"}, Subject: subject, Action: rules.ActionApprove,
	}
	for name, value := range attested() {
		in.Answers = append(in.Answers, compliance.Answer{Name: name, Value: value, Shown: "shown"})
	}
	for _, after := range []time.Duration{time.Minute, 2 * time.Minute} {
		w.At(after, func() {
			in.Ref, in.Received = w.standing().Ref, w.Env.Now()
			w.Env.SignalWorkflow("acted", in)
		})
	}
	w.At(3*time.Minute, func() { w.Env.SignalWorkflow("acted", "not an act") })
	w.At(4*time.Minute, func() {
		require.Len(t, w.standing().Votes, 1)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "unreadable", "withdrawn"}, w.records(), "what cannot be read is on record, not lost")
}

// shows reports whether the last card's log has the text.
func shows(w *world, text string) bool {
	return strings.Contains(facts(w.Surface.Last().Log), text)
}

func facts(fs []compliance.Fact) string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString(f.Label + ": " + f.Text + "\n")
	}
	return b.String()
}

// The one break-out of an unreachable quorum is the agreed external approver,
// offered in the refusal and taken only when the requester asks for it (C6).
func TestC6_ExternalApproverStandsIn(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("directory/groups.yaml", "members: [p-alice, p-dana, p-farah]", "members: [p-alice]")
	w.tracker.ticket.Requester.ID = "acc-alice"
	w.At(time.Minute, func() {
		require.Equal(t, rules.UnreachableQuorum, w.standing().Reason)
		require.Contains(t, facts(w.tracker.steps[0].Comment), "external", "the break-out is offered")
	})
	w.At(time.Hour, func() { w.edit(true, map[string]string{"external": "yes"}) })
	w.At(2*time.Hour, func() { w.approve("bruno", nil); w.approve("chidi", nil) })
	w.At(3*time.Hour, func() {
		require.Equal(t, []compliance.PersonID{"p-ingrid"}, w.standing().Awaiting)
		w.approve("alice", func(r compliance.Reply) { require.Equal(t, string(rules.IsRequester), r.Reason, "never oneself") })
		w.approve("ingrid", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.act("alice", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// An abstention is recorded and never counted; percentages round up (C7, C8).
func TestC8_AbstentionIsNotCounted(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Fields["risk"] = "high" // 60% of four owners: three
	w.At(time.Minute, func() { w.act("bruno", rules.ActionAbstain, nil, nil) })
	w.At(2*time.Minute, func() {
		s := w.standing()
		require.Equal(t, 3, s.Remaining)
		require.Len(t, s.Votes, 1)
		w.approve("chidi", nil)
		w.approve("dana", nil)
	})
	w.At(3*time.Minute, func() {
		require.Equal(t, 1, w.standing().Level)
		w.approve("emeka", nil)
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// The implementer's statement is on record as it was shown, like an approver's;
// and a vote that came twice leaves the time of the first, not a difference of
// the content (C16, C18).
func TestC18_WhatWasStatedAndWhenIsOnRecord(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() {
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyRecorded), r.Reason) })
	})
	w.At(3*time.Minute, func() { w.approve("chidi", nil) })
	w.At(4*time.Minute, func() { w.approve("farah", nil) })
	w.At(time.Hour, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(2*time.Hour, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	seen := 0
	for _, e := range entries {
		var f rules.ActFacts
		require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
		switch e.Record.Type {
		case rules.EventRefused:
			seen++
			require.Empty(t, f.Changes)
			require.Equal(t, saturday.Add(time.Minute), f.First.Truncate(time.Second))
		case rules.EventStarted:
			seen++
			require.Equal(t, []rules.Attested{{Name: "ready", Text: "shown ready", Answer: "yes"}}, f.Attested)
		}
	}
	require.Equal(t, 2, seen)
}
