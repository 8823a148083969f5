package incident_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/incident"
)

const alertID = "alert/alertmanager/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

// opened is what an alert did: the incidents it opened and what it told them.
type opened struct {
	Incidents []incident.Opening
	Told      []incident.Alerted
}

// alertWorld runs the real alert; its incidents are noted, with what they are told.
func alertWorld(t *testing.T) (*world, *opened) {
	w, o := newWorld(t), &opened{}
	w.child = func(ctx workflow.Context, in incident.Input) error {
		o.Incidents = append(o.Incidents, *in.Alert)
		for {
			var a incident.Alerted
			if told, _ := workflow.GetSignalChannel(ctx, incident.SignalAlerted).ReceiveWithTimeout(ctx, time.Hour, &a); !told {
				return nil // a person resolved it
			}
			if o.Told = append(o.Told, a); a.Cleared {
				return nil
			}
		}
	}
	w.engine(wednesday, alertID)
	return w, o
}

func (w *world) report(firing bool, severity string, began time.Time) {
	w.Env.SignalWorkflow(incident.SignalReported, compliance.AlertEvent{
		Delivery: "d", Source: "alertmanager", Key: "k", Firing: firing, Severity: severity, Title: "Orders hang",
		Labels: []compliance.Label{{Name: "system", Value: "order-portal"}}, StartsAt: began, Received: w.Env.Now(), Truncated: 2,
	})
}

func (w *world) runAlert() {
	w.Env.ExecuteWorkflow(incident.Alert, incident.AlertInput{Source: "alertmanager", Digest: "ca97"})
	require.True(w.T, w.Env.IsWorkflowCompleted())
}

// Reports of the same are one incident and are counted; worse ones are told at
// once; what clears is told when the flap window has passed in silence, and the
// alert is over then (I1, I2).
func TestI2_OneIncidentForOneKey(t *testing.T) {
	w, o := alertWorld(t)
	began := wednesday.Add(-time.Minute)
	w.At(0, func() { w.report(true, "warning", began) })
	for i := range 20 {
		w.At(time.Duration(i+1)*time.Second, func() { w.report(true, "warning", began) })
	}
	w.At(3*minute, func() { w.report(true, "critical", began) })
	w.At(5*minute, func() { w.report(false, "", began) })
	w.At(7*minute, func() { w.report(true, "critical", began) }) // it flaps
	w.At(8*minute, func() { w.report(false, "", began) })
	w.runAlert()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, o.Incidents, 1)
	require.Equal(t, rules.Sev3, o.Incidents[0].Plan.Severity, "the source's own word, by the rules")
	require.Equal(t, "order-portal", o.Incidents[0].Plan.System)
	require.Len(t, o.Told, 4, "counted, worse, counted again, over: %+v", o.Told)
	require.Equal(t, 21, o.Told[0].Count)
	require.Equal(t, 2, o.Told[0].Left, "what the source left out is told")
	require.Equal(t, rules.Sev1, o.Told[1].Severity)
	require.True(t, o.Told[len(o.Told)-1].Cleared)
	require.Equal(t, 18*minute, w.Env.Now().Sub(wednesday).Round(minute), "ten minutes after it cleared")
	var types []string
	for _, e := range w.Entries(alertID) {
		types = append(types, e.Record.Type)
	}
	require.Equal(t, []string{"alert.triggered", "alert.triggered", "alert.cleared", "alert.triggered", "alert.cleared", "alert.over"}, types)
	evidencetest.Check(t, w.Log)
}

// After a person resolved it a trigger within the flap window is kept and
// becomes a new incident, which knows the one before; one that is worse does
// not wait (I1).
func TestI1_ALaterTriggerIsANewIncidentLinkedToTheOld(t *testing.T) {
	for name, c := range map[string]struct {
		severity string
		at       time.Duration
	}{"as bad": {"warning", 11 * minute}, "worse": {"critical", 3 * minute}} {
		t.Run(name, func(t *testing.T) {
			w, o := alertWorld(t)
			w.At(0, func() { w.report(true, "warning", time.Time{}) })
			var when time.Duration
			w.At(minute, func() {
				token, err := rules.ParseIncidentID(w.alert().Incident)
				require.NoError(t, err)
				w.Env.SignalWorkflow(incident.SignalResolved, incident.Resolved{Incident: "aaaaaaaaaaaa"}) // of another
				w.Env.SignalWorkflow(incident.SignalResolved, incident.Resolved{Incident: token})
			})
			w.At(3*minute, func() { w.report(true, c.severity, time.Time{}) })
			w.At(c.at+time.Second, func() {
				require.Len(t, o.Incidents, 2)
				require.NotEmpty(t, o.Incidents[1].Before)
				require.NotEqual(t, o.Incidents[1].Before.ID(), w.alert().Incident)
				when = c.at
			})
			w.At(12*minute, func() { w.report(false, "", time.Time{}) })
			w.runAlert()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, c.at, when)
			require.Len(t, o.Incidents, 2)
			w.lookBackKnows(o)
		})
	}
}

// lookBackKnows checks that the record alone tells the incident before another.
func (w *world) lookBackKnows(o *opened) {
	last := w.Entries(alertID)
	var f rules.AlertFacts
	for _, e := range last {
		require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
	}
	require.Equal(w.T, o.Incidents[1].Before.ID(), f.Before)
	_, err := w.Log.Standing(context.Background(), alertID)
	require.NoError(w.T, err)
}

func (w *world) alert() incident.AlertStanding {
	v, err := w.Env.QueryWorkflow(incident.QueryStanding)
	require.NoError(w.T, err)
	var s incident.AlertStanding
	require.NoError(w.T, v.Get(&s))
	return s
}

// A clearing of something nobody knows of ends in silence, and what cannot be
// read is on record.
func TestAlert_NothingToDoAndUnreadable(t *testing.T) {
	w, o := alertWorld(t)
	w.At(0, func() {
		w.report(false, "", time.Time{})
		w.Env.SignalWorkflow(incident.SignalReported, "no event at all")
	})
	w.runAlert()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Empty(t, o.Incidents)
	require.Len(t, w.Entries(alertID), 1)
	require.Equal(t, rules.EventUnreadable, w.Entries(alertID)[0].Record.Type)
}

// The log may be down: the incident opens all the same.
func TestG3_AnAlertOpensItsIncidentWithoutTheLog(t *testing.T) {
	w, o := alertWorld(t)
	w.Journal.Down(true)
	w.At(0, func() { w.report(true, "critical", time.Time{}) })
	w.At(time.Second, func() { require.Len(t, o.Incidents, 1) })
	w.At(minute, func() { w.Journal.Down(false); w.report(false, "", time.Time{}) })
	w.runAlert()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.Entries(alertID), 3)
}
