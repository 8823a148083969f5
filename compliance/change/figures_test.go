package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

func TestRequirement13_TheReportCountsAndTimesByClass(t *testing.T) {
	october := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	hours := func(list ...int) []time.Duration {
		var out []time.Duration
		for _, h := range list {
			out = append(out, time.Duration(h)*time.Hour)
		}
		return out
	}
	all := []change.Reported{
		{Number: "CHG-1", Received: october, State: change.Closed, Class: "standard", Chain: "low-risk", Template: "restart", Approvals: hours(1)},
		{Number: "CHG-2", Received: october.AddDate(0, 1, 0), State: change.Closed, Class: "standard", Chain: "low-risk", Template: "restart", Approvals: hours(3), Emergency: true},
		{Number: "CHG-3", Received: october.AddDate(0, 2, 0), State: change.Open, Class: "high", Chain: "high-risk", Refusals: map[change.Reason]int{change.IsRequester: 2, change.Frozen: 1}},
		{Number: "CHG-4", Received: october.AddDate(0, 2, 1), State: change.Closed, Class: "high", Chain: "high-risk", Approvals: hours(48, 24), Refusals: map[change.Reason]int{change.Frozen: 3}},
		{Number: "CHG-5", Received: october.AddDate(0, 3, 0), State: change.Closed, Class: "high", Emergency: true}, // the next quarter
		{Number: "CHG-0", Received: october.Add(-1), State: change.Closed, Class: "high"},
	}
	r := change.Summarise(all, october, october.AddDate(0, 3, 0))
	require.Equal(t, change.Group{Changes: 4, States: map[change.State]int{change.Closed: 3, change.Open: 1}, Approvals: 4, Median: 13*time.Hour + 30*time.Minute, P90: 48 * time.Hour}, r.Whole)
	require.Equal(t, []change.Group{
		{Name: "high", Changes: 2, States: map[change.State]int{change.Closed: 1, change.Open: 1}, Approvals: 2, Median: 36 * time.Hour, P90: 48 * time.Hour},
		{Name: "standard", Changes: 2, States: map[change.State]int{change.Closed: 2}, Approvals: 2, Median: 2 * time.Hour, P90: 3 * time.Hour},
	}, r.ByClass)
	require.Equal(t, []string{"high-risk", "low-risk"}, []string{r.ByChain[0].Name, r.ByChain[1].Name})
	require.Len(t, r.ByTemplate, 1, "changes without a template are in no group")
	require.Equal(t, []change.Ratio{{Quarter: "2026-Q4", All: 4, Emergencies: 1, Flagged: true}}, r.Emergencies)
	require.Equal(t, []change.Refused{{change.Frozen, 4, change.Frozen.Text()}, {change.IsRequester, 2, change.IsRequester.Text()}}, r.Refusals)

	empty := change.Summarise(nil, october, october.AddDate(0, 3, 0))
	require.Zero(t, empty.Whole.Changes)
	require.Zero(t, empty.Whole.Median)
}

// Half of the approvals took at most the median, and nine of ten at most P90.
func TestRequirement13_MedianAndP90AreWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		took := rapid.SliceOfN(rapid.Map(rapid.Int64Range(1, int64(1000*time.Hour)), func(n int64) time.Duration { return time.Duration(n) }), 1, 50).Draw(t, "took")
		g := change.Summarise([]change.Reported{{Approvals: took}}, time.Time{}, time.Unix(1, 0)).Whole
		most := func(limit time.Duration) int {
			return len(slices.DeleteFunc(slices.Clone(took), func(d time.Duration) bool { return d > limit }))
		}
		require.GreaterOrEqual(t, 2*most(g.Median), len(took))
		require.LessOrEqual(t, 2*most(g.Median-1), len(took))
		require.GreaterOrEqual(t, 10*most(g.P90), 9*len(took))
		require.Less(t, 10*most(g.P90-1), 9*len(took))
		require.Contains(t, took, g.P90)
	})
}
