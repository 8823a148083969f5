package activities_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// submissions records versions as the process does.
type submissions struct {
	t   *testing.T
	log *evidence.Log
	env *testsuite.TestActivityEnvironment
	e   *activities.Evidence
}

func newSubmissions(t *testing.T) *submissions {
	s := &submissions{t: t, log: evidencetest.New(t)}
	s.restart()
	return s
}

// restart begins with plans that know nothing, as a process does.
func (s *submissions) restart() {
	s.e = &activities.Evidence{Log: s.log, Blobs: s.log.Blobs(), Now: time.Now, Plans: activities.NewPlans(s.log)}
	var suite testsuite.WorkflowTestSuite
	s.env = suite.NewTestActivityEnvironment()
	s.env.RegisterActivity(s.e)
}

// submit records version n of a change that is planned for an hour; a zero start is
// none, and reason keeps the version out.
func (s *submissions) submit(id, n int, start time.Time, reason change.Reason) []change.Collision {
	s.t.Helper()
	subject := fmt.Sprintf("change/example/%d", id)
	kind := change.EventSubmitted
	if reason != change.OK {
		kind = change.EventNotSubmitted
	}
	facts, err := json.Marshal(change.SubmittedFacts{Version: n, System: "s", Environment: "e", PlannedStart: start, Duration: time.Hour, Reason: reason})
	require.NoError(s.t, err)
	ev := evidence.Event{Key: fmt.Sprintf("%s/v%d", subject, n), Type: kind, Schema: 1, Subject: subject, Series: "CHG", State: "open", At: time.Now().UTC(), Facts: facts}
	in := activities.RecordEventsInput{Events: []evidence.Event{ev}}
	if plan, ok := change.Plan(subject, "", change.Snapshot{System: "s", Environment: "e", PlannedStart: start, Duration: time.Hour}, "p-1"); ok && reason == change.OK {
		in.Planned = &plan
	}
	val, err := s.env.ExecuteActivity(s.e.RecordEvents, in)
	require.NoError(s.t, err)
	var out activities.Recorded
	require.NoError(s.t, val.Get(&out))
	return out.Collisions
}

func numbers(list []change.Collision) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Number)
	}
	return out
}

func TestCollisions_AreThoseOfTheLastVersions(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	s := newSubmissions(t)
	require.Empty(t, s.submit(1, 1, at, change.OK))
	require.Equal(t, []string{"CHG-1"}, numbers(s.submit(2, 1, at, change.OK)))
	require.Equal(t, []string{"CHG-1"}, numbers(s.submit(2, 1, at, change.OK)), "a repetition after a kill says what is on record")
	s.submit(1, 2, at.Add(5*time.Hour), change.OK) // moved away
	s.submit(2, 2, at, change.NoRoute)             // refused
	require.Empty(t, s.submit(3, 1, at, change.OK))
	s.submit(3, 2, time.Time{}, change.OK)
	require.Empty(t, s.submit(4, 1, at, change.OK), "the version without a start took the plan away")
	s.restart()
	require.Equal(t, []string{"CHG-4"}, numbers(s.submit(5, 1, at, change.OK)), "read from the log, it is the same")
	require.Equal(t, []string{"CHG-1"}, numbers(s.submit(6, 1, at.Add(5*time.Hour), change.OK)))
}

func TestCollisions_TheEarliestFiveAreNamed(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	s := newSubmissions(t)
	for i := range 8 {
		s.submit(i+1, 1, at.Add(-time.Duration(i)*time.Minute), change.OK)
	}
	require.Equal(t, []string{"CHG-8", "CHG-7", "CHG-6", "CHG-5", "CHG-4"}, numbers(s.submit(9, 1, at, change.OK)))
}
