package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// What excuses is read from the record, by the asker's clock: neither an end on
// record nor one that only time has brought lets anything past.
func TestA18_WhatEndedExcusesNothing(t *testing.T) {
	log := evidencetest.New(t)
	j := &activities.Judgement{Log: log, Blobs: log.Blobs()}
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	n := 0
	record := func(subject, kind string, e exception.Exception, at time.Time) {
		t.Helper()
		n++
		facts, err := json.Marshal(exception.MovedFacts{After: &e})
		require.NoError(t, err)
		_, err = log.Append(context.Background(), []evidence.Event{{
			Key: fmt.Sprint("k", n), Type: kind, Schema: 1, Subject: subject, Series: exception.Series,
			State: string(e.State), Final: e.State.Terminal(), At: at, Facts: facts,
		}})
		require.NoError(t, err)
	}
	inForce := func(ends time.Time) exception.Exception {
		return exception.Exception{
			Schema: exception.Schema, Control: "gate/tests", System: "order-portal", State: exception.InForce, Owner: "p-ann", Ends: ends,
			Check: exception.Check{Next: ends, By: ends.AddDate(0, 0, 8)},
		}
	}
	ask := func(at time.Time) []string {
		t.Helper()
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(j)
		v, err := env.ExecuteActivity(j.ExceptionsInForce, activities.ExceptionsInput{
			System: "order-portal", Environment: "production", Controls: []string{"gate/tests"}, At: at,
		})
		require.NoError(t, err)
		var list []exception.Waiver
		require.NoError(t, v.Get(&list))
		var out []string
		for _, w := range list {
			require.True(t, w.Covers("gate/tests", "order-portal", "production", "CHG-7", at))
			out = append(out, w.Number)
		}
		return out
	}
	end := start.AddDate(0, 0, 30)
	record("exception/a", exception.EventRequested, exception.Exception{Control: "gate/tests", System: "order-portal", State: exception.Requested}, start)
	require.Empty(t, ask(start), "a request excuses nothing")
	record("exception/a", exception.EventGranted, inForce(end), start)
	record("exception/b", exception.EventGranted, inForce(end.AddDate(0, 0, 9)), start)
	other := inForce(end)
	other.System = "claims-desk"
	record("exception/c", exception.EventGranted, other, start)
	elsewhere := inForce(end)
	elsewhere.Environment = "test"
	record("exception/d", exception.EventGranted, elsewhere, start)
	require.Equal(t, []string{"EXC-2", "EXC-1"}, ask(start), "the one that lasts longest first")
	require.Equal(t, []string{"EXC-2", "EXC-1"}, ask(end.Add(-time.Second)))
	require.Equal(t, []string{"EXC-2"}, ask(end), "nobody noticed yet that its last day is over")
	unanswered := inForce(end.AddDate(0, 0, 9))
	unanswered.Check = exception.Check{N: 1, Next: start, Asked: start, By: start.AddDate(0, 0, 8)}
	record("exception/b", exception.EventAsked, unanswered, start)
	require.Empty(t, ask(end), "the verifier's answer was due before")
	failed := inForce(end)
	failed.State, failed.Cause = exception.Reopened, exception.Failed
	record("exception/a", exception.EventFailed, failed, start)
	require.Equal(t, []string{"EXC-2"}, ask(start), "the end is on record")
}
