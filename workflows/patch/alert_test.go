package patch_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	incidents "github.com/lowcodex/countersign/compliance/incident"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/incident"
)

// strand makes the way back of the canary fail after a failed test there.
func (w *world) strand() {
	w.platform.hook = func(op string, target compliance.Target) error {
		switch {
		case op == "suite" && target.ID == "yard-canary" && slices.Contains(w.platform.did("deploy"), "yard-canary") && len(w.platform.did("restore")) == 0:
			return errFails
		case op == "restore" && target.ID == "yard-canary" && len(w.platform.did("restore")) <= 1:
			return &compliance.Failure{Class: compliance.Refused, Op: "restore", Detail: "the disk is full"}
		}
		return nil
	}
}

// Where no alert can be raised, its people are paged from here: somebody is
// always called (P7).
func TestP7_WithoutAnAlertPeopleArePagedDirectly(t *testing.T) {
	w := newWorld(t)
	w.Env.OnWorkflow(incident.AlertType, mock.Anything, mock.Anything).Return(testsuite.ErrMockStartChildWorkflowFailed)
	w.strand()
	w.At(20*24*time.Hour, func() {
		require.Equal(t, rules.Stranded, w.standing().State)
		require.Len(t, w.pager.pages, 3, "requester, owner, and the sponsor who is the owner's manager")
		require.Equal(t, "PAT-1: the way back failed for yard-canary", w.pager.pages[0].Title)
		require.Contains(t, w.pager.pages[0].Text, "the disk is full")
		require.NoError(t, w.pager.pages[0].Check())
		w.act("emeka", rules.ActionRollBack, because("The disk has room again"), nil)
	})
	w.liftAfter(21 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.pager.pages, 3, "once")
}

// A halt that a machine made calls somebody, and the resume takes it back; a
// person's stop calls nobody.
func TestBadInput_AHaltByItselfCallsSomebodyUntilItIsResumed(t *testing.T) {
	w := newWorld(t)
	mended := false
	w.platform.hook = w.after("yard-staging", down("call"), func() bool { return mended })
	w.At(time.Hour, func() {
		require.Len(t, w.alerts.events, 1)
		require.Equal(t, "warning", w.alerts.events[0].Severity)
		require.Contains(t, w.alerts.events[0].Text, "connection refused")
		mended = true
		w.act("emeka", rules.ActionResume, resume(rules.HowRetest), nil)
	})
	w.At(2*time.Hour, func() {
		require.Len(t, w.alerts.events, 2)
		require.False(t, w.alerts.events[1].Firing)
		w.act("farah", rules.ActionStop, because("The carriers complain"), nil)
	})
	w.At(3*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State)
		require.Len(t, w.alerts.events, 2)
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Len(t, w.alerts.events, 2)
}

// order is one that dana approved in an incident for bruno.
func order(key string) compliance.RollbackOrder {
	return compliance.RollbackOrder{Key: key, Subject: incidentID, Number: "INC-1", Plan: "PAT-1/planned", Approver: "p-dana", Asker: "p-bruno", At: wednesday}
}

// An order that an incident approved starts the way back at once, while nothing
// can be recorded, once for one key, and is answered by its end (I24, P9).
func TestI24_AnIncidentTakesARolloutBack(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() {
		w.Journal.Down(true)
		for range 3 {
			w.Env.SignalWorkflow(compliance.SignalRollback, order("one"))
		}
		w.Env.SignalWorkflow(compliance.SignalRollback, order("two")) // another incident joins
	})
	w.At(time.Hour+time.Second, func() {
		require.Equal(t, "old", w.serves("staging"), "back, while nothing can be recorded")
		require.Len(t, w.answers, 2, "who ordered it does not wait for the log either")
		w.Journal.Down(false)
	})
	w.At(3*time.Hour, func() {
		w.Env.SignalWorkflow(compliance.SignalRollback, order("one"))
		w.Env.SignalWorkflow(compliance.SignalRollback, order("late"))
	})
	w.liftAfter(4 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"yard-staging"}, w.platform.did("restore"))
	var keys []string
	for _, a := range w.answers {
		keys = append(keys, a.Key)
		require.Equal(t, a.Key != "late", a.Done, a.Detail)
		if a.Key == "late" {
			require.Equal(t, rules.AlreadyBack.Text(), a.Detail)
		}
	}
	require.ElementsMatch(t, []string{"one", "two", "one", "late"}, keys, "answered again, not taken again")
	taken := facts[rules.OrderFacts](w, rules.EventReverting)
	require.Equal(t, compliance.PersonID("p-dana"), taken[0].Order.Approver)
	require.Equal(t, rules.AlreadyBack, facts[rules.OrderFacts](w, rules.EventRefused)[0].Reason)
}

// What cannot be taken back is refused with its reason, and a way back that
// strands is reported as failed.
func TestI24_AnOrderIsRefusedOrFailsWithItsReason(t *testing.T) {
	w := newWorld(t)
	w.strand()
	w.script.answer = func(change.Report) change.Reason { // the first ring waits for its change
		if w.Env.Now().Before(wednesday.Add(2 * time.Minute)) {
			return change.Frozen
		}
		return change.OK
	}
	w.At(time.Minute, func() {
		own := order("own")
		own.Approver = "p-jonas"
		w.Env.SignalWorkflow(compliance.SignalRollback, own)
		w.Env.SignalWorkflow(compliance.SignalRollback, order("early"))
	})
	w.At(2*time.Minute, func() {
		require.Len(t, w.answers, 2)
		require.Equal(t, rules.SamePerson.Text(), w.answers[0].Detail)
		require.Equal(t, rules.NothingTouched.Text(), w.answers[1].Detail)
	})
	w.At(20*24*time.Hour, func() {
		require.Equal(t, rules.Stranded, w.standing().State)
		w.platform.hook = func(op string, target compliance.Target) error {
			if op == "restore" {
				return &compliance.Failure{Class: compliance.Refused, Op: "restore", Detail: "the disk is full"}
			}
			return nil
		}
		w.Env.SignalWorkflow(compliance.SignalRollback, order("once more"))
	})
	w.At(21*24*time.Hour, func() {
		require.Len(t, w.answers, 3)
		require.False(t, w.answers[2].Done)
		require.Contains(t, w.answers[2].Detail, "yard-canary")
		w.platform.hook = nil
		w.act("emeka", rules.ActionRollBack, because("The disk has room again"), nil)
	})
	w.liftAfter(22 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.answers, 3, "one answer each")
}

// An incident reads what was rolled out to its system from the record.
func TestI24_TheRecordSaysWhatAnIncidentLists(t *testing.T) {
	w := newWorld(t)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	received := facts[rules.ReceivedFacts](w, rules.EventReceived)[0]
	require.Equal(t, "yard-flows", received.System)
	require.Equal(t, "Roll out Yard flows 2.1 to yard-flows", received.Title)
	require.Equal(t, []compliance.PersonID{"p-jonas"}, received.Authors)
	j := activities.Judgement{Log: w.Log, Blobs: w.Log.Blobs(), Source: w.Source}
	found, err := j.LookBack(t.Context(), activities.LookBackInput{System: "yard-flows", Opened: w.Env.Now(), Policy: incidents.Policy{LookBack: 90 * 24 * time.Hour}, Self: incidentID})
	require.NoError(t, err)
	require.Len(t, found.Candidates, 1)
	c := found.Candidates[0]
	require.Equal(t, "PAT-1", c.Number)
	require.Equal(t, subject, c.Subject)
	require.Equal(t, received.Title, c.Title)
	require.NotEmpty(t, c.Plan)
	require.NotEmpty(t, c.Backup)
	require.Equal(t, received.Authors, c.Authors)
	require.ElementsMatch(t, []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate"}, c.Targets)
	require.Empty(t, c.Reason, "it can be taken back from there")
}
