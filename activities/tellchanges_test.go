package activities_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// many are changes in pages of ten; broken is the one that cannot be told.
type many struct {
	n      int
	broken string
	pages  []string // tokens asked for
	told   []string
	word   change.Moved
}

func (m *many) Page(_ context.Context, token []byte) (ids []string, next []byte, err error) {
	m.pages = append(m.pages, string(token))
	from := 0
	if len(token) > 0 {
		if _, err := fmt.Sscan(string(token), &from); err != nil {
			return nil, nil, err
		}
	}
	for i := from; i < min(from+10, m.n); i++ {
		ids = append(ids, fmt.Sprintf("change/example/%d", i))
	}
	if from+10 < m.n {
		next = fmt.Append(nil, from+10)
	}
	return ids, next, nil
}

func (m *many) Tell(_ context.Context, id string, word change.Moved) error {
	if id == m.broken {
		m.broken = ""
		return &compliance.Failure{Class: compliance.Unavailable, Op: "tell " + id}
	}
	m.told, m.word = append(m.told, id), word
	return nil
}

// Everybody is told; an attempt after a failure goes on from the page it was at, so
// that some are told twice and nobody not at all (C29).
func TestC29_EveryChangeIsTold(t *testing.T) {
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	changes := &many{n: 35, broken: "change/example/24"}
	b := &activities.Broadcast{Source: still{rules, directory}, Changes: changes, Pause: time.Nanosecond}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(b)
	var at any
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var kept struct {
			Token []byte `json:"token,omitempty"`
			Count int    `json:"count,omitempty"`
		}
		require.NoError(t, details.Get(&kept))
		at = kept
	})
	_, err = env.ExecuteActivity(b.TellChanges, activities.TellChangesInput{})
	require.ErrorContains(t, err, "tell change/example/24")
	env = suite.NewTestActivityEnvironment()
	env.RegisterActivity(b)
	env.SetHeartbeatDetails(at)
	v, err := env.ExecuteActivity(b.TellChanges, activities.TellChangesInput{})
	require.NoError(t, err)
	var out activities.ToldChanges
	require.NoError(t, v.Get(&out))
	require.Equal(t, []string{"", "10", "20", "20", "30"}, changes.pages)
	told := slices.Compact(slices.Sorted(slices.Values(changes.told)))
	require.Len(t, told, 35)
	require.Equal(t, 35, out.Count)
	require.Equal(t, change.Moved{Rules: rules.Hash, Directory: directory.Hash, Zones: rules.Zones()}, changes.word)
	require.Len(t, rules.Zones(), 64)
}
