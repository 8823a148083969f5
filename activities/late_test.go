package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// A late act is told what is true of its subject: that it is over, that its run
// was ended from outside, or that there never was one, also the second time (C19).
func TestC19_LateActsAreToldWhatIsTrue(t *testing.T) {
	log := evidencetest.New(t)
	e := &Evidence{Log: log, Blobs: log.Blobs(), Source: fixedSource{}, Now: time.Now}
	suite := &testsuite.WorkflowTestSuite{}
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(e)
	late := func(subject, delivery string) string {
		t.Helper()
		value, err := env.ExecuteActivity(e.RecordLateAct, compliance.Inbound{
			Delivery: delivery, Surface: "slack", Actor: compliance.Account{Provider: "slack", ID: "U02BRUNO"}, Subject: subject,
			Action: change.ActionApprove, Received: time.Now(),
		})
		require.NoError(t, err)
		var act LateAct
		require.NoError(t, value.Get(&act))
		require.Equal(t, compliance.Declined, act.Reply.Outcome)
		return act.Reply.Text
	}
	received := func(subject string, state change.State, final bool) {
		t.Helper()
		_, err := log.Append(t.Context(), []evidence.Event{{
			Key: subject + "/received", Type: change.EventReceived, Schema: 1, Subject: subject, Series: "CHG", At: time.Now(),
			State: string(state), Final: final, Facts: []byte(`{}`),
		}})
		require.NoError(t, err)
	}
	received("change/example/1", change.Closed, true)
	received("change/example/2", change.WaitingWindow, false)

	require.Contains(t, late("change/example/1", "d1"), "CHG-1 is over: it was closed on ")
	ended := late("change/example/2", "d2")
	require.NotContains(t, ended, "is over")
	require.Contains(t, ended, "CHG-2 is no longer running and did not end by itself: it was waiting window when last recorded")
	require.Contains(t, late("change/example/3", "d3"), "There is no change here to act on.")
	require.Contains(t, late("change/example/3", "d4"), "There is no change here to act on.", "the first attempt is all that is on record")
	evidencetest.Check(t, log)
}
