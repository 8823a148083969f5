package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// Of rollouts of the same targets that begin at the same moment one is put on
// record; a repetition of its step, after an answer that was lost, finds itself.
func TestP1_OneRolloutTakesItsTargets(t *testing.T) {
	log := evidencetest.New(t)
	at := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	e := &activities.Evidence{Log: log, Blobs: log.Blobs(), Now: func() time.Time { return at }}
	event := func(i int, kind string, state patch.State, facts any) evidence.Event {
		raw, err := json.Marshal(facts)
		require.NoError(t, err)
		return evidence.Event{Key: fmt.Sprint(i, kind), Type: kind, Schema: 1, Subject: fmt.Sprint("patch/", i), At: at, State: string(state), Facts: raw}
	}
	const many = 8
	for i := range many {
		received := event(i, patch.EventReceived, patch.Assessing, patch.ReceivedFacts{})
		received.Series = "PAT"
		planned := event(i, patch.EventPlanned, patch.Rolling, patch.PlannedFacts{Plan: patch.Plan{Rings: []patch.Ring{{Targets: []string{fmt.Sprint("t", i), "gate"}}}}})
		_, err := log.Append(context.Background(), []evidence.Event{received, planned})
		require.NoError(t, err)
	}
	begin := func(i int) activities.Recorded {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(e)
		v, err := env.ExecuteActivity(e.RecordEvents, activities.RecordEventsInput{
			Events:   []evidence.Event{event(i, patch.EventRingStarted, patch.Rolling, patch.RingFacts{})},
			OnlyFree: &activities.Taking{Subject: fmt.Sprint("patch/", i), Targets: []string{fmt.Sprint("t", i), "gate"}},
		})
		require.NoError(t, err)
		var out activities.Recorded
		require.NoError(t, v.Get(&out))
		return out
	}
	var all [many]activities.Recorded
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() { all[i] = begin(i) })
	}
	group.Wait()
	first := -1
	for i, out := range all {
		if len(out.Receipts) > 0 {
			require.Equal(t, -1, first, "%d and %d both began", first, i)
			first = i
			continue
		}
		require.Len(t, out.Others, 1)
		require.Equal(t, []string{"gate"}, out.Others[0].Targets)
	}
	require.NotEqual(t, -1, first)
	again := begin(first)
	require.Len(t, again.Receipts, 1)
	require.Equal(t, all[first].Receipts[0].Index, again.Receipts[0].Index, "a repetition has the same receipt")
}
