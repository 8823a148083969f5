package incident_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/incident"
)

// suggest lets the engine suggest a fresh history, and wakes the run.
func (w *world) suggest() {
	w.Env.SetContinueAsNewSuggested(true)
	w.Env.SignalWorkflow(incident.SignalAlerted, incident.Alerted{Incident: "aaaaaaaaaaaa"}) // about another one
}

// carried is what a run that has continued as new hands to the next, whose
// engine begins where the run ended.
func carried[I any](w *world, id string) I {
	var next *workflow.ContinueAsNewError
	require.True(w.T, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in I
	require.NoError(w.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	w.began = w.Env.Now()
	w.engine(w.began, id)
	return in
}

// when does something this much time after the incident began, whichever run is there.
func (w *world) when(d time.Duration, f func()) { w.At(wednesday.Add(d).Sub(w.began), f) }

// A run that continues as new in the middle of an escalation, while the log is
// away, hands on everything: the next level is paged at the instant at which it
// was due, answers are repeated, records follow in order, and nothing is made,
// posted or paged twice (I3, I12, I31).
func TestI31_AnEscalationContinuesAsNewWithoutLosingAnything(t *testing.T) {
	w := newWorld(t)
	w.Journal.Down(true)
	var first compliance.Reply
	press := func(then func(compliance.Reply)) {
		w.send("d1", w.pager.sent[0].Page.Ref, "slack", "U99STRANGER", rules.ActionAcknowledge, nil, then)
	}
	w.At(minute, func() { press(func(r compliance.Reply) { first = r }) })
	w.At(2*minute, w.suggest)
	w.run(declared("order-portal", "sev1"))
	in := carried[incident.Input](w, subject)
	require.LessOrEqual(t, w.began.Sub(wednesday), 3*minute)
	c := in.Carried
	require.NotNil(t, c)
	require.Equal(t, rules.Place{Phase: rules.PhaseStep, Round: 1, Step: 1}, c.Standing.Place)
	require.Len(t, c.Pages, 1)
	require.Len(t, c.Behind, 4, "received, paging, paged and the refusal are still owed")
	require.NotNil(t, c.Room)
	require.NotNil(t, c.Posted)
	require.NotEmpty(t, c.Ticket.ID)
	require.Len(t, c.Delivered, 1)

	w.when(3*minute, func() { press(func(r compliance.Reply) { require.Equal(t, first, r, "the first answer") }) })
	w.when(4*minute, func() { w.Journal.Down(false) })
	w.linked()
	w.when(16*minute, func() {
		w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil)
	})
	w.when(2*time.Hour, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.when(3*time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
	w.run(in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 5*minute, w.pager.times()[1], "exactly when it was due")
	require.Equal(t, []string{"received", "paging", "paged", "refused", "paging", "paged", "paging", "paged", "resolved"}, without(w.records(), "stood_down")[:9])
	for i, e := range w.Entries(subject) {
		require.Equal(t, "INC-1", e.Record.Number, "record %d", i)
	}
	require.Len(t, w.rooms.rooms, 1)
	require.Len(t, w.Surface.Posts(), 1)
	incidents := 0
	for _, o := range w.tracker.Opened() {
		if o.Kind == compliance.TicketIncident {
			incidents++
		}
	}
	require.Equal(t, 1, incidents)
	evidencetest.Check(t, w.Log)
}

// An operator who cancels the run while it hands over to the next is heard: the
// request is on record, and the incident goes on.
func TestCancelledWhileItHandsOver(t *testing.T) {
	w := newWorld(t)
	w.Journal.Down(true) // what is owed makes the handing over take its time
	w.At(2*minute, w.suggest)
	w.At(2*minute+10*time.Second, w.Env.CancelWorkflow)
	w.At(3*minute, func() { w.Journal.Down(false) })
	w.run(declared("order-portal", "sev1"))
	in := carried[incident.Input](w, subject)
	w.Journal.Down(false) // whichever run it came in
	w.end(40 * minute)
	w.run(in)
	require.NoError(t, w.Env.GetWorkflowError())
	asked := 0
	for _, e := range w.Entries(subject) {
		if strings.Contains(string(e.Record.Facts), "an operator of the engine asked to cancel the run") {
			asked++
		}
	}
	require.Equal(t, 1, asked, "on record once")
	require.Contains(t, w.records(), "closed")
}

func without(in []string, leave string) []string {
	var out []string
	for _, s := range in {
		if s != leave {
			out = append(out, s)
		}
	}
	return out
}

// An acknowledged incident continues as new with its term, its shift and its
// running rollback: it ages out at the same instant, and the answer of whoever
// takes something back counts in the next run (I6, I14, I24).
func TestI14_AnAcknowledgedIncidentContinuesAsNew(t *testing.T) {
	w := newWorld(t)
	w.executed(1, "order-portal", 2*time.Hour)
	down := true
	w.tracker.FailOpen(func(nt compliance.NewTicket) error {
		if down && nt.Kind == compliance.TicketAction {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "open ticket"}
		}
		return nil
	})
	w.At(minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, nil) })
	w.At(2*minute, func() {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": "CHG-1", "reason": "It began right after it"}, nil)
	})
	w.At(3*minute, func() { w.act("dana", rules.ActionApprove, map[string]string{"statement": "yes"}, nil) })
	w.At(4*minute, w.suggest)
	w.run(declared("order-portal", "sev1"))
	in := carried[incident.Input](w, subject)
	require.Equal(t, rules.RollbackRunning, in.Carried.Rollbacks[0].State)
	require.Len(t, in.Carried.Owed, 1, "its ticket could not be opened yet")
	require.NotEmpty(t, in.Carried.Watch)

	w.when(6*minute, func() { down = false })
	w.when(30*minute, func() { require.Equal(t, rules.Acknowledged, w.standing().State) })
	w.when(31*minute+time.Second, func() {
		require.Equal(t, rules.Triggered, w.standing().State, "thirty minutes after the acknowledgement")
		w.act("goran", rules.ActionReport, map[string]string{"result": "done", "note": "It is back"}, func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.when(32*minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
	w.when(33*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.when(2*time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
	w.run(in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Contains(t, w.pager.times(), 31*minute)
	titles := 0
	for _, o := range w.tracker.Opened() {
		if o.Title == "Emergency: take CHG-1 back for INC-1" {
			titles++
		}
	}
	require.Equal(t, 1, titles)
	evidencetest.Check(t, w.Log)
}

// What a review asked for is followed over many runs: a reminder is due at the
// same instant, and none is told twice (I27).
func TestI27_WhatIsToBeDoneContinuesAsNew(t *testing.T) {
	w := newWorld(t)
	w.tracker.ends = func(string) string { return "" }
	w.closed("Limit retries @p-goran 2026-12-05")
	w.At(11*aDay, w.suggest)
	w.run(declared("order-portal", "sev1"))
	in := carried[incident.Input](w, subject)
	require.Equal(t, rules.Closed, in.Carried.Standing.State)
	require.Equal(t, 1, in.Carried.Review.Actions[0].Chases)
	w.when(14*aDay, func() { w.act("goran", rules.ActionFinish, map[string]string{"note": "Deployed"}, nil) })
	w.run(in)
	require.NoError(t, w.Env.GetWorkflowError())
	var why []rules.Reason
	for _, f := range w.items(rules.EventItemChased) {
		why = append(why, f.Reason)
	}
	require.Equal(t, []rules.Reason{rules.ItemDueSoon, rules.ItemOverdue, rules.ItemEscalated}, why)
	require.Equal(t, "Closed", w.Surface.Last().Status)
	evidencetest.Check(t, w.Log)
}

// Nothing is paged late because a fresh run is begun: what is due soon goes
// first, and an act that waits for a log that is away does not make the run deaf.
func TestI31_NothingIsLateForAFreshRun(t *testing.T) {
	t.Run("a level is due in twenty seconds", func(t *testing.T) {
		w := newWorld(t)
		w.At(5*minute-20*time.Second, w.suggest)
		w.At(6*minute, w.suggest)
		w.run(declared("order-portal", "sev1"))
		in := carried[incident.Input](w, subject)
		require.Equal(t, 2, in.Carried.Standing.Page)
		require.Equal(t, 5*minute, w.pager.times()[1])
	})
	t.Run("an update waits for the log", func(t *testing.T) {
		w := newWorld(t)
		w.At(minute, func() { w.Journal.Down(true); w.act("hana", rules.ActionAcknowledge, nil, nil) })
		w.At(2*minute, w.suggest)
		w.At(2*minute+10*time.Second, func() { w.act("bruno", rules.ActionUpdate, map[string]string{"note": "Looking"}, nil) })
		w.At(40*minute, func() { w.Env.SetContinueAsNewSuggested(false); w.Journal.Down(false) })
		w.At(2*time.Hour, func() { w.act("hana", rules.ActionAcknowledge, nil, nil) })
		w.end(2*time.Hour + 10*minute)
		w.run(declared("order-portal", "sev1"))
		require.NoError(t, w.Env.GetWorkflowError())
		require.Contains(t, w.pager.times(), 31*minute, "the acknowledgement aged out while the log was away")
		require.Contains(t, w.records(), "refused", "the update is on record, although it could renew nothing any more")
		require.Len(t, w.Surface.Posts(), 1, "the mirrors were stopped and begun anew")
		evidencetest.Check(t, w.Log)
	})
}

// An alert continues as new with its count, its flap window and its incident:
// the window ends at the same instant (I1, I2).
func TestI2_AnAlertContinuesAsNew(t *testing.T) {
	w, opened := newWorld(t), 0
	w.child = func(workflow.Context, incident.Input) error { opened++; return nil } // it lives elsewhere
	w.engine(wednesday, alertID)
	w.Journal.Down(true)
	w.At(0, func() { w.report(true, "warning", time.Time{}) })
	w.At(10*time.Second, func() { w.report(true, "warning", time.Time{}) })
	w.At(5*minute, func() { w.report(false, "", time.Time{}) })
	w.At(6*minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.report(false, "", time.Time{}) // changes nothing; wakes the run
	})
	w.Env.ExecuteWorkflow(incident.Alert, incident.AlertInput{Source: "alertmanager", Digest: "ca97"})
	in := carried[incident.AlertInput](w, alertID)
	require.LessOrEqual(t, w.began.Sub(wednesday), 6*minute+10*time.Second)
	require.Equal(t, rules.Settling, in.Carried.Alert.State)
	require.Equal(t, 2, in.Carried.Alert.Count)
	require.NotEmpty(t, in.Carried.Behind, "the log is away")
	require.Equal(t, 1, opened)

	var told []incident.Alerted
	w.Env.OnSignalExternalWorkflow("default-test-namespace", in.Carried.Alert.Incident.ID(), "", incident.SignalAlerted, mockAny()).Return(
		func(_, _, _, _ string, arg any) error { told = append(told, arg.(incident.Alerted)); return nil })
	w.when(10*minute, func() { w.Journal.Down(false) })
	w.Env.ExecuteWorkflow(incident.Alert, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, told, 1)
	require.True(t, told[0].Cleared)
	require.Equal(t, wednesday.Add(15*minute), told[0].At.UTC().Round(time.Second), "ten minutes after it cleared, in the run before")
	var types []string
	for _, e := range w.Entries(alertID) {
		types = append(types, e.Record.Type)
	}
	require.Equal(t, []string{"alert.triggered", "alert.cleared", "alert.over"}, types)
	require.Equal(t, 1, opened, "the same incident")
	evidencetest.Check(t, w.Log)
}
