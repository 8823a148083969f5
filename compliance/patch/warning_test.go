package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

func span(from, to time.Time) patch.Clock {
	return patch.Clock{Start: patch.Start{At: from}, Due: to}
}

func TestP19_TheLadderOfWarnings(t *testing.T) {
	clock := span(noon, hours(100))
	for i, want := range []int{50, 75, 90, 100, 124, 148, 172} {
		sent := patch.Warned{Due: clock.Due, Last: patch.Point(i)}
		w, ok := patch.NextWarning(clock, sent, hours(want-1))
		require.True(t, ok)
		require.Equal(t, patch.Warning{Point: patch.Point(i + 1), At: hours(want), Due: clock.Due}, w, "the timer to set")
		w, _ = patch.NextWarning(clock, sent, hours(want))
		require.Equal(t, hours(want), w.At, "due at its very instant")
		require.False(t, w.Late)
		require.Equal(t, 0, w.Missed)
	}
	_, ok := patch.NextWarning(span(noon, time.Time{}), patch.Warned{}, noon)
	require.False(t, ok, "with the next upgrade nothing is overdue")
}

func TestP19_ALateStartSendsOnlyTheLatest(t *testing.T) {
	clock := span(noon, hours(100))
	w, ok := patch.NextWarning(clock, patch.Warned{}, hours(95))
	require.True(t, ok)
	require.Equal(t, patch.Warning{Point: patch.Tenth, At: hours(90), Due: clock.Due, Missed: 2, Late: true}, w)
	w, _ = patch.NextWarning(clock, patch.Warned{}, hours(100+24*5+1))
	require.Equal(t, patch.AtDeadline+5, w.Point)
	require.Equal(t, "overdue by 5 × 24 hours", w.Point.Label())
	// A deadline that came nearer has a ladder of its own.
	w, _ = patch.NextWarning(span(noon, hours(50)), patch.Warned{Due: hours(100), Last: patch.Half}, hours(49))
	require.Equal(t, patch.Tenth, w.Point)
	w, _ = patch.NextWarning(span(noon, hours(200)), patch.Warned{Due: hours(100), Last: patch.AtDeadline + 3}, hours(101))
	require.Equal(t, patch.Half, w.Point, "and so does one that was put off")
	// Starting behind the deadline: the clock was overdue as it was set.
	w, _ = patch.NextWarning(span(hours(10), hours(5)), patch.Warned{}, hours(10))
	require.Equal(t, patch.AtDeadline, w.Point)
	_, ok = patch.NextWarning(span(noon, hours(1)), patch.Warned{}, noon.AddDate(30, 0, 0))
	require.False(t, ok, "bounded")
	require.Equal(t, "warning/20260615T130000Z/4", patch.Warning{Point: 4, Due: hours(1)}.Key())
}

// P19: walking through time with any naps, each point is sent at most once, in
// order, never early, and after every nap what was reached is told.
func TestP19_EachPointAtMostOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := span(noon, noon.Add(time.Duration(rapid.Int64Range(1, int64(4000*24*time.Hour)).Draw(t, "span"))))
		now, sent := noon, patch.Warned{}
		for range rapid.IntRange(1, 30).Draw(t, "naps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(clock.Due.Sub(noon)/4)).Draw(t, "nap")))
			for {
				w, ok := patch.NextWarning(clock, sent, now)
				require.True(t, ok)
				require.Greater(t, w.Point, sent.Last)
				require.Equal(t, int(w.Point-sent.Last)-1, w.Missed)
				if w.At.After(now) {
					require.Equal(t, 0, w.Missed, "nothing is skipped ahead of time")
					break
				}
				sent = patch.Warned{Due: clock.Due, Last: w.Point}
			}
		}
		require.Equal(t, now.Before(clock.Due), sent.Last < patch.AtDeadline)
	})
}

func TestP19_WhoIsTold(t *testing.T) {
	all := patch.Audience{"owner", "manager", "sponsor"}
	type ids = []compliance.PersonID
	for _, c := range []struct {
		p    patch.Point
		a    patch.Audience
		want ids
	}{
		{patch.Half, all, ids{"owner"}},
		{patch.Quarter, all, ids{"owner"}},
		{patch.Tenth, all, ids{"owner", "manager"}},
		{patch.AtDeadline, all, ids{"owner", "manager", "sponsor"}},
		{patch.AtDeadline + 9, all, ids{"owner", "manager", "sponsor"}},
		{patch.Half, patch.Audience{"", "manager", "sponsor"}, ids{"manager"}},
		{patch.Half, patch.Audience{"", "", "sponsor"}, ids{"sponsor"}},
		{patch.Tenth, patch.Audience{"", "", "sponsor"}, ids{"sponsor"}},
		{patch.AtDeadline, patch.Audience{"owner", "owner", "owner"}, ids{"owner"}},
		{patch.AtDeadline, patch.Audience{}, nil},
	} {
		require.Equal(t, c.want, patch.Addressees(c.p, c.a), "%d %v", c.p, c.a)
	}
	seen := map[string]bool{}
	for p := patch.Half; p < 8; p++ {
		require.False(t, seen[p.Label()])
		seen[p.Label()] = true
	}
}
