package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// After the close a target that somebody changes is found, opens the deadlines
// again from their old start and calls somebody; when it is put back, it is over (P25).
func TestP25_WhatIsUndoneAfterTheCloseIsFound(t *testing.T) {
	w := newWorld(t)
	start := wednesday.Add(-24 * time.Hour)
	w.asked.Vulnerabilities = []rules.Vulnerability{{
		ID: cve, Exploited: rules.Yes, Automatable: rules.No, Impact: rules.Partial,
		Evidence: []rules.Evidence{{Kind: rules.Listed, At: start, Source: "KEV 2026.11.17"}},
	}}
	w.At(15*24*time.Hour, func() {
		require.Equal(t, rules.Completed, w.standing().State)
		require.Empty(t, w.alerts.events)
		require.NoError(t, w.sites["gate"].Save(yard("somebody")))
	})
	w.At(17*24*time.Hour, func() {
		require.Contains(t, w.Surface.Last().Status, "Open again")
		require.Len(t, w.alerts.events, 1)
		require.Contains(t, w.alerts.events[0].Title, "yard-gate")
		undone := facts[rules.TargetFacts](w, rules.EventReopened)
		require.Len(t, undone, 1)
		require.Equal(t, rules.PayloadUndone, undone[0].Reason)
		late := facts[rules.WarnedFacts](w, rules.EventWarned)
		require.NotEmpty(t, late)
		require.Equal(t, start, w.standing().Clocks[0].Start.At, "the old start")
		require.Greater(t, late[len(late)-1].Warning.Point, rules.AtDeadline, "and it is overdue by it")
		require.NoError(t, w.sites["gate"].Save(yard("new")))
	})
	w.At(19*24*time.Hour, func() {
		require.Len(t, w.alerts.events, 2)
		require.False(t, w.alerts.events[1].Firing)
		require.Contains(t, w.Surface.Last().Status, "Complete")
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, facts[rules.TargetFacts](w, rules.EventMended), 1)
	require.Equal(t, "closed", w.Records(subject)[len(w.Records(subject))-1])
}

// The way back of a rollout that is complete writes over nothing that somebody put
// there since, a later rollout say: that target is left alone and somebody is
// called, who may order one more try that writes over it (P7).
func TestP7_ACompleteRolloutTakesBackOnlyWhatIsItsOwn(t *testing.T) {
	w := newWorld(t)
	at := func(days int, f func()) { w.At(time.Duration(days)*24*time.Hour, f) }
	at(15, func() {
		require.Equal(t, rules.Completed, w.standing().State)
		require.NoError(t, w.sites["gate"].Save(yard("newer")))
		w.act("emeka", rules.ActionRollBack, because("It does not work"), nil)
	})
	at(16, func() {
		require.Equal(t, rules.Stranded, w.standing().State)
		require.Equal(t, "newer", w.serves("gate"), "a later rollout's stays")
		require.Equal(t, "old", w.serves("chicago"))
		require.NotEmpty(t, w.alerts.events)
		var left []string
		for _, f := range facts[rules.TargetFacts](w, rules.EventRestored) {
			if f.Reason != rules.OK {
				left = append(left, f.Target+": "+f.Reason.Text())
			}
		}
		require.Len(t, left, 1)
		require.Contains(t, left[0], "yard-gate: This target serves something that this rollout did not put there")
		require.Contains(t, w.alerts.events[0].Title, "not taken back, because something else is there: yard-gate")
		require.Contains(t, w.alerts.events[0].Text, "take the later one back first")
		w.act("emeka", rules.ActionRollBack, because("The newer one is as bad"), nil)
	})
	at(17, func() {
		require.Equal(t, "old", w.serves("gate"))
		w.act("emeka", rules.ActionLift, because("Mended"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// A target that cannot be seen once may be restarting; one that cannot be seen
// again calls somebody, and a test that fails after the close is found as well.
func TestP25_ATargetThatIsUnseenOrFailsAfterTheClose(t *testing.T) {
	w := newWorld(t)
	var trouble error
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "suite" && target.ID == "yard-gate" && trouble != nil {
			return trouble
		}
		return nil
	}
	at := func(days int, f func()) { w.At(time.Duration(days)*24*time.Hour, f) }
	at(12, func() { trouble = down("call") })
	at(14, func() {
		require.Len(t, w.alerts.events, 1)
		require.Contains(t, w.alerts.events[0].Title, "a platform does not answer")
		trouble = errFails
	})
	at(16, func() {
		last := w.alerts.events[len(w.alerts.events)-1]
		require.True(t, last.Firing)
		require.Contains(t, last.Title, "yard-gate")
		require.Equal(t, rules.TestsFailed, facts[rules.TargetFacts](w, rules.EventReopened)[0].Reason)
		w.act("emeka", rules.ActionRollBack, because("It does not work"), nil)
		trouble = nil
	})
	w.liftAfter(17 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "old", w.serves("gate"))
	require.False(t, w.alerts.events[len(w.alerts.events)-1].Firing)
}

// A warning goes to whoever answers for the targets at that moment, not to whom
// the plan named (P19).
func TestP19_AWarningGoesToTheOwnerOfThatMoment(t *testing.T) {
	w := newWorld(t)
	w.asked.Vulnerabilities = []rules.Vulnerability{{
		ID: cve, Exploited: rules.Yes, Automatable: rules.No, Impact: rules.Partial,
		Evidence: []rules.Evidence{{Kind: rules.Listed, At: wednesday, Source: "KEV 2026.11.18"}},
	}}
	w.asked.Payload, w.asked.Advisory = nil, "ICSA-26-1"
	w.At(time.Hour, func() {
		w.Rewrite("rules/systems.yaml", "    platform: Node-RED\n    owner: p-emeka\n    environments:\n      - name: production", "    platform: Node-RED\n    owner: p-goran\n    environments:\n      - name: production")
	})
	w.At(10*24*time.Hour, func() {
		warned := facts[rules.WarnedFacts](w, rules.EventWarned)
		require.NotEmpty(t, warned)
		require.Equal(t, rules.Half, warned[0].Warning.Point)
		require.Equal(t, compliance.PersonID("p-goran"), warned[0].Told[0])
		w.Env.CancelWorkflow()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// An alarm about a target that soaks takes everything back at once; one about a
// target that was not touched, or that is over again, does nothing (P6).
func TestP6_AHealthAlarmInASoakTakesEverythingBack(t *testing.T) {
	w := newWorld(t)
	alarm := compliance.HealthAlarm{Key: "alertmanager/k", Target: "yard-gate", Source: "alertmanager", Title: "The yard answers slowly", At: wednesday}
	var began time.Time
	w.At(time.Hour, func() {
		w.Env.SignalWorkflow(compliance.SignalHealthAlarm, alarm)
		over := alarm
		over.Target, over.Over = "yard-staging", true
		w.Env.SignalWorkflow(compliance.SignalHealthAlarm, over)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.Soaking, w.standing().Rings[0].State)
		alarm.Target = "yard-staging"
		w.Env.SignalWorkflow(compliance.SignalHealthAlarm, alarm)
		w.Env.SignalWorkflow(compliance.SignalHealthAlarm, alarm)
		began = w.Env.Now()
	})
	w.liftAfter(3 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "old", w.serves("staging"))
	back := facts[rules.WayBackFacts](w, rules.EventReverting)
	require.Len(t, back, 1)
	require.Equal(t, rules.HealthAlarm, back[0].WayBack.Trigger)
	require.Len(t, facts[rules.TargetFacts](w, rules.EventAlarmed), 1)
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventReverting {
			require.WithinDuration(t, began, e.Record.At, 5*time.Second)
		}
	}
}
