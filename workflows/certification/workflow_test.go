package certification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/certification"
)

const day = 24 * time.Hour

// Nobody does anything: every rung of the ladder goes out exactly once, in the
// owner's zone, the roles behind him are told, and at the end nothing covers and
// everybody is told so each week (A1, A2, A3, A8).
func TestA1_LadderOfAnAwaitedArtefact(t *testing.T) {
	w := newWorld(t, acme)
	w.until(200 * day)
	require.Equal(t, []int{90, 60, 30, 14, 7, 1, 0, -7, -14, -21}, w.offsets())
	sent := facts[rules.ReminderFacts](w, "reminded")
	for _, f := range sent[:6] {
		at := f.Reminder.Planned.In(berlin(t))
		require.Equal(t, 9, at.Hour(), "in the owner's zone, over the change of the clocks")
		require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, at.Weekday())
		require.Equal(t, rules.OnTime, f.Reminder.Timing)
		require.Equal(t, "Europe/Berlin", f.Zone)
	}
	require.Equal(t, time.Date(2027, 6, 30, 22, 0, 0, 0, time.UTC), sent[6].Reminder.Planned, "the end is midnight in Berlin")
	require.Equal(t, []compliance.PersonID{"p-bruno"}, sent[0].Told.People)
	require.Equal(t, []compliance.PersonID{"p-bruno", "p-alice"}, sent[2].Told.People)
	require.Equal(t, []compliance.PersonID{"p-bruno", "p-alice", "p-dana"}, sent[4].Told.People)
	var steps []string
	for _, f := range facts[rules.ReminderFacts](w, "escalated") {
		steps = append(steps, f.Escalation.Key("CER-1"))
	}
	require.Equal(t, []string{"CER-1/v1/needed/90/told", "CER-1/v1/needed/60/told", "CER-1/v1/needed/30/told"}, steps)
	require.Len(t, w.Surface.Posts(), 1, "one card per period")
	require.Len(t, w.Surface.Notes(), 13, "each reminder and escalation once")
	require.Contains(t, w.Surface.Told(t, "CER-1/v1/needed/90").Text, "CER-1, SOC 2 report of Acme: it is needed by 2027-06-30, 90 days before. Ask the vendor for the document")
	require.Equal(t, []compliance.PersonID{"p-alice"}, w.Surface.Told(t, "CER-1/v1/needed/90/told").People)
	require.Len(t, w.tickets.Opened(), 1, "one task per renewal")
	require.Equal(t, "2027-06-30", w.tickets.Opened()[0].Due)
	require.Equal(t, "certification/acme/soc2", w.tickets.Opened()[0].Subject)
	require.Equal(t, "acc-bruno", w.tickets.Opened()[0].Assignee.ID)
	evidencetest.Check(t, w.Log)
}

func berlin(t *testing.T) *time.Location {
	z, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return z
}

// A document is received, read by somebody else and accepted; its successor
// supersedes it by coverage, with the gap days as a finding on record and told (A4, A8).
func TestA4_RenewalWithAGap(t *testing.T) {
	w := newWorld(t, acme)
	w.supply("2027-02-01", "2027-01-01", "2027-12-31")
	w.on("2027-02-02", func() {
		require.Equal(t, rules.Valid, w.standing().State)
		require.Equal(t, "Valid", w.Surface.Last().Status)
		require.Equal(t, []string{"request", "receive", "withdraw"}, w.Surface.Buttons())
		require.Empty(t, w.conditions())
	})
	w.until(40 * day)
	// A new period has a history of its own: the run continued as new.
	in := w.continued()
	require.Equal(t, []string{"tracked", "received", "reviewing", "accepted"}, w.records())
	require.Equal(t, []string{"received", "under_review", "done"}, w.tickets.Statuses("1"))

	w.engine(start.Add(40 * day))
	at := func(day string) time.Duration {
		d, err := time.Parse(time.DateOnly, day)
		require.NoError(t, err)
		return d.Add(12 * time.Hour).Sub(start.Add(40 * 24 * time.Hour))
	}
	var gap compliance.Reply
	w.At(at("2027-12-01"), func() {
		require.Equal(t, rules.Expiring, w.standing().State)
		w.must("bruno", rules.ActionReceive, received("2028-01-11", "2028-12-31"))
	})
	w.At(at("2027-12-02"), func() { w.must("alice", rules.ActionReview, nil) })
	w.At(at("2027-12-03"), func() {
		w.act("alice", rules.ActionAccept, map[string]string{"read": "yes"}, func(r compliance.Reply) { gap = r })
	})
	w.At(at("2027-12-04"), w.Env.CancelWorkflow)
	w.play(in)
	require.Contains(t, gap.Text, "Nothing covers the 10 days from 2028-01-01 to 2028-01-10. Ask the vendor for a bridge letter for them.")
	found := facts[rules.MovedFacts](w, "gap")
	require.Len(t, found, 1)
	require.Equal(t, 10, found[0].Gap.Days)
	require.ElementsMatch(t, []compliance.PersonID{"p-bruno", "p-alice", "p-dana"}, w.Surface.Told(t, "CER-1/v2/gap").People)
	next := w.continued().Carried.Tracker
	require.Equal(t, rules.Valid, next.Current.State)
	require.Equal(t, "2028-12-31", next.Current.Coverage.To.String())
	require.Len(t, w.tickets.Opened(), 2, "one task per renewal")
	conditions, err := rules.Conditions(next, time.Date(2028, 1, 5, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Len(t, conditions, 1)
	require.Equal(t, rules.InGap, conditions[0].Reason)
	require.True(t, conditions[0].Blocks(time.Date(2028, 1, 5, 0, 0, 0, 0, time.UTC)))
	evidencetest.Check(t, w.Log)
}

// continued is what the run handed to the next.
func (w *world) continued() certification.Input { return continuedAs(w.T, w.Env.GetWorkflowError()) }

// An approver who is not the owner grants a grace; at its end the expiry stands
// although nobody looks, for the second time under its own key (A8).
func TestA8_GraceByAnotherThanTheOwner(t *testing.T) {
	w := newWorld(t, with(acme, "grace_approvers: [change-board]", "grace_approvers: [change-board, platform-owners]"))
	w.supply("2027-01-06", "2026-07-01", "2027-01-31")
	w.until(3 * day)
	in := w.continued()
	w.engine(start.Add(3 * day))
	var replies []compliance.Reply
	keep := func(r compliance.Reply) { replies = append(replies, r) }
	grace := map[string]string{"decision": "grant", "days": "30", "reason": "the auditor is late, the report is promised"}
	w.At(1*day, func() { w.act("farah", rules.ActionGrace, grace, keep) })  // too early: 14 days before
	w.At(20*day, func() { w.act("bruno", rules.ActionGrace, grace, keep) }) // the owner, though an approver
	w.At(20*day+time.Hour, func() { w.act("goran", rules.ActionGrace, grace, keep) })
	w.At(21*day, func() { w.act("farah", rules.ActionGrace, grace, keep) })
	w.At(30*day, func() {
		require.Equal(t, rules.Grace, w.standing().State)
		require.Equal(t, rules.GraceEnds, w.conditions()[0].Reason)
		require.False(t, w.conditions()[0].Blocks(w.Env.Now()))
	})
	w.At(60*day, func() {
		require.Equal(t, rules.Expired, w.standing().State)
		require.True(t, w.conditions()[0].Blocks(w.Env.Now()))
	})
	w.At(61*day, w.Env.CancelWorkflow)
	w.play(in)
	require.Len(t, replies, 4)
	require.Equal(t, string(rules.GraceTooEarly), replies[0].Reason)
	require.Equal(t, string(rules.IsOwner), replies[1].Reason)
	require.Equal(t, string(rules.NotApprover), replies[2].Reason)
	require.Equal(t, compliance.Recorded, replies[3].Outcome)
	require.Equal(t, 3, w.count("refused"))
	require.Equal(t, 1, w.count("granted"))
	require.Equal(t, 1, w.count("expired"))
	require.Equal(t, "2027-03-02", facts[rules.ActFacts](w, "granted")[0].Until.String())
	require.Contains(t, says(w.Surface.Last()), "Changes to order-portal wait until there is cover again.")
}
