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
	asked  int
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

// Ask counts.
func (m *many) Ask(context.Context) error { m.asked++; return nil }

var tellingDay = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// attempt makes one attempt of a telling, which goes on from what the one before left,
// and gives what it leaves.
func attempt(t *testing.T, b *activities.Broadcast, last change.Told, now time.Time, before any) (activities.ToldChanges, any, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(b)
	left := before
	if before != nil {
		env.SetHeartbeatDetails(before)
	}
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var kept map[string]any
		require.NoError(t, details.Get(&kept))
		left = kept
	})
	v, err := env.ExecuteActivity(b.TellChanges, activities.TellChangesInput{Last: last, Now: now})
	var out activities.ToldChanges
	if err == nil {
		require.NoError(t, v.Get(&out))
	}
	return out, left, err
}

func (m *many) everybody(t *testing.T) {
	t.Helper()
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(m.told))), m.n)
}

// Everybody is told; an attempt after a failure goes on from the page it was at, so
// that some are told twice and nobody not at all (C29).
func TestC29_EveryChangeIsTold(t *testing.T) {
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	changes := &many{n: 35, broken: "change/example/24"}
	b := &activities.Broadcast{Source: still{rules, directory}, Changes: changes, Pause: time.Nanosecond}
	_, at, err := attempt(t, b, change.Told{}, tellingDay, nil)
	require.ErrorContains(t, err, "tell change/example/24")
	out, _, err := attempt(t, b, change.Told{}, tellingDay, at)
	require.NoError(t, err)
	require.Equal(t, []string{"", "10", "20", "20", "30"}, changes.pages)
	changes.everybody(t)
	require.Equal(t, 35, out.Count)
	require.Equal(t, change.Moved{Rules: rules.Hash, Directory: directory.Hash, Zones: rules.Zones()}, changes.word)
	require.Equal(t, change.Told{Moved: changes.word, At: tellingDay}, out.Told)
	require.Len(t, rules.Zones(), 64)
}

// A worker that starts again wakes none of ten thousand changes: they know what is in
// force. What moved wakes all of them, and so does the first telling of another day (C29).
func TestC29_ARestartWakesNobody(t *testing.T) {
	const waiting = 10_000
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	changes := &many{n: waiting}
	b := &activities.Broadcast{Source: still{rules, directory}, Changes: changes, Pause: time.Nanosecond}
	out, _, err := attempt(t, b, change.Told{}, tellingDay, nil)
	require.NoError(t, err)
	require.Len(t, changes.told, waiting, "nobody was told before")
	told := out.Told

	for n := range 5 {
		out, _, err = attempt(t, b, told, tellingDay.Add(time.Duration(n)*time.Hour), nil)
		require.NoError(t, err)
		require.Equal(t, activities.ToldChanges{Told: told}, out, "the next one knows it, too")
	}
	require.Len(t, changes.told, waiting)
	require.Len(t, changes.pages, waiting/10, "they are not even listed")

	for _, was := range []change.Told{
		{Moved: change.Moved{Rules: "others", Directory: told.Moved.Directory, Zones: told.Moved.Zones}, At: told.At},
		{Moved: change.Moved{Rules: told.Moved.Rules, Directory: "another", Zones: told.Moved.Zones}, At: told.At},
		{Moved: change.Moved{Rules: told.Moved.Rules, Directory: told.Moved.Directory, Zones: "others"}, At: told.At},
		{Moved: told.Moved, At: told.At.Add(-24 * time.Hour)},
	} {
		changes.told = nil
		out, _, err = attempt(t, b, was, tellingDay, nil)
		require.NoError(t, err)
		require.Equal(t, waiting, out.Count, "%+v", was)
		require.Len(t, changes.told, waiting)
	}
}

// A telling that broke off is ended though what it says is what everybody was told
// before: some know more. And one that is taken up by a process that goes by
// something else begins anew, so that nobody is left with what only part was told (C29).
func TestC29_ATellingThatBrokeOffReachesEverybody(t *testing.T) {
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	left := *directory
	left.Hash = "b0b"
	changes := &many{n: 35, broken: "change/example/24"}
	one := &activities.Broadcast{Source: still{rules, directory}, Changes: changes, Pause: time.Nanosecond}
	other := &activities.Broadcast{Source: still{rules, &left}, Changes: changes, Pause: time.Nanosecond}
	before := change.Told{Moved: change.Moved{Rules: rules.Hash, Directory: "b0b", Zones: rules.Zones()}, At: tellingDay}
	_, at, err := attempt(t, one, before, tellingDay, nil)
	require.Error(t, err)
	changes.told, changes.pages = nil, nil
	out, _, err := attempt(t, other, before, tellingDay, at)
	require.NoError(t, err)
	require.Equal(t, []string{"", "10", "20", "30"}, changes.pages)
	changes.everybody(t)
	require.Equal(t, "b0b", changes.word.Directory)
	require.Equal(t, before.Moved, out.Moved)
}
