package timeline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

func TestProve(t *testing.T) {
	good := evidence.Report{
		Origin: "log", Size: 3, Root: "aa", Index: "matches", States: map[string]int{"closed": 1, "rolled_back": 2},
		Series: []evidence.SeriesReport{{Series: "CHG", Count: 2, First: "CHG-1", Last: "CHG-3", Gaps: []string{"CHG-2"}}},
	}
	p := Prove(good)
	require.True(t, p.Verified)
	require.Contains(t, p.Totals, [2]string{"changes", "1 closed, 2 rolled back"})
	require.Contains(t, p.Totals, [2]string{"numbers", "CHG: 2, CHG-1 to CHG-3, gaps: CHG-2"})
	bad := good
	bad.Findings, bad.More = []evidence.Finding{{Check: evidence.CheckLeaf, Detail: "altered"}}, 2
	p = Prove(bad)
	require.False(t, p.Verified)
	require.Equal(t, []string{"leaf: altered", "and 2 more"}, p.Findings)
}

// What is counted is counted per process; a log of changes alone reads as it
// always did.
func TestProveCountsPerProcess(t *testing.T) {
	p := Prove(evidence.Report{
		States: map[string]int{"closed": 3, "valid": 1, "draft": 1},
		Series: []evidence.SeriesReport{
			{Series: "CER", States: map[string]int{"valid": 1}}, {Series: "CHG", States: map[string]int{"closed": 2}},
			{Series: "INC", States: map[string]int{"closed": 1}}, {Series: "REV", States: map[string]int{"draft": 1}},
		},
	})
	for _, want := range [][2]string{
		{"certifications", "1 valid"}, {"changes", "2 closed"}, {"incidents", "1 closed"}, {"REV", "1 draft"},
	} {
		require.Contains(t, p.Totals, want)
	}
	only := evidence.Report{Series: []evidence.SeriesReport{{Series: "INC"}}, States: map[string]int{"closed": 1}}
	require.Contains(t, Prove(only).Totals, [2]string{"incidents", "1 closed"})
	require.Contains(t, Prove(evidence.Report{}).Totals, [2]string{"changes", "none"})
}
