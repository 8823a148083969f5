package patch_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/patch"
)

func defaultTable(t require.TestingT) patch.Table {
	table, err := patch.DefaultTable()
	require.NoError(t, err)
	return table
}

// P14: all 16 rows of BOD 26-04, written out here a second time.
func TestP14_EveryRowOfTheDirective(t *testing.T) {
	n, y, p, tot := patch.No, patch.Yes, patch.Partial, patch.Total
	rows := []struct {
		in       patch.Inputs
		days     int
		forensic bool
	}{
		{patch.Inputs{n, n, n, p}, 0, false},
		{patch.Inputs{y, n, n, p}, 14, false},
		{patch.Inputs{n, y, n, p}, 60, false},
		{patch.Inputs{n, n, y, p}, 60, false},
		{patch.Inputs{n, n, n, tot}, 0, false},
		{patch.Inputs{y, y, n, p}, 14, false},
		{patch.Inputs{y, n, y, p}, 14, false},
		{patch.Inputs{n, y, y, p}, 14, false},
		{patch.Inputs{y, n, n, tot}, 14, false},
		{patch.Inputs{n, y, n, tot}, 14, false},
		{patch.Inputs{n, n, y, tot}, 60, false},
		{patch.Inputs{y, y, y, p}, 3, false},
		{patch.Inputs{y, y, n, tot}, 3, true},
		{patch.Inputs{y, n, y, tot}, 3, true},
		{patch.Inputs{n, y, y, tot}, 3, false},
		{patch.Inputs{y, y, y, tot}, 3, true},
	}
	require.Len(t, rows, 16)
	table := defaultTable(t)
	for i, row := range rows {
		got := table.Decide(row.in)
		require.Equal(t, patch.Ruling{
			Outcome: patch.Outcome{Days: row.days, Forensic: row.forensic}, Table: table.Digest, Row: i, As: row.in,
		}, got, "row %d", i)
	}
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, table.Digest)
}

func drawInputs(t *rapid.T) patch.Inputs {
	answer := rapid.SampledFrom([]patch.Answer{patch.No, patch.Yes, patch.Unknown, "", "perhaps"})
	return patch.Inputs{
		Exploited: answer.Draw(t, "exploited"), Exposed: answer.Draw(t, "exposed"), Automatable: answer.Draw(t, "automatable"),
		Impact: rapid.SampledFrom([]patch.Impact{patch.Partial, patch.Total, patch.ImpactUnknown, "", "huge"}).Draw(t, "impact"),
	}
}

// P14: what is not known is evaluated as its worse value and marked assumed.
func TestP14_UnknownInputsAreTheWorseValueAndAssumed(t *testing.T) {
	table := defaultTable(t)
	all := table.Decide(patch.Inputs{})
	require.Equal(t, 15, all.Row)
	require.Equal(t, []string{"exploited", "exposed", "automatable", "impact"}, all.Assumed)
	require.Equal(t, patch.Inputs{patch.Yes, patch.Yes, patch.Yes, patch.Total}, all.As)

	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		got := table.Decide(in)
		worst, assumed := in, []string(nil)
		for _, a := range []struct {
			name  string
			value *patch.Answer
		}{{"exploited", &worst.Exploited}, {"exposed", &worst.Exposed}, {"automatable", &worst.Automatable}} {
			if *a.value != patch.Yes && *a.value != patch.No {
				*a.value = patch.Yes
				assumed = append(assumed, a.name)
			}
		}
		if worst.Impact != patch.Partial && worst.Impact != patch.Total {
			worst.Impact = patch.Total
			assumed = append(assumed, "impact")
		}
		require.Equal(t, table.Decide(worst).Outcome, got.Outcome)
		require.Equal(t, assumed, got.Assumed)
		// Learning the truth never makes the outcome stricter than the assumption did.
		for _, known := range []patch.Answer{patch.Yes, patch.No} {
			learned := in
			if learned.Exposed != patch.Yes && learned.Exposed != patch.No {
				learned.Exposed = known
			}
			require.False(t, table.Decide(learned).Stricter(got.Outcome))
		}
	})
}

// A table of an organisation's own may be mild where the directive is strict:
// the unknown still takes the stricter of what is possible.
func TestP14_WorseIsWhatTheTableSays(t *testing.T) {
	data, err := os.ReadFile("bod-26-04.csv")
	require.NoError(t, err)
	odd := strings.Replace(string(data), "0,no,no,no,partial,fix on system upgrade", "0,no,no,no,partial,1 days", 1)
	table, err := patch.ParseTable([]byte(odd))
	require.NoError(t, err)
	got := table.Decide(patch.Inputs{patch.No, patch.Unknown, patch.No, patch.Partial})
	require.Equal(t, 1, got.Days)
	require.Equal(t, patch.No, got.As.Exposed)
	require.NotEqual(t, defaultTable(t).Digest, table.Digest)
	require.Equal(t, patch.Outcome{Days: 1, Forensic: true}, patch.Table{}.Decide(patch.Inputs{}).Outcome, "nothing configured is never mild")
}

func TestParseTableRefuses(t *testing.T) {
	data, err := os.ReadFile("bod-26-04.csv")
	require.NoError(t, err)
	good := string(data)
	lines := strings.Split(strings.TrimSpace(good), "\n")
	for name, text := range map[string]string{
		"nothing":          "",
		"only a header":    lines[0],
		"a row missing":    strings.Join(lines[:16], "\n"),
		"a row too many":   good + lines[16],
		"a row twice":      strings.Replace(good, lines[3], strings.Replace(lines[2], "1,", "2,", 1), 1),
		"rows swapped":     strings.Join(append([]string{lines[0], lines[2], lines[1]}, lines[3:]...), "\n"),
		"columns swapped":  strings.Replace(good, "Publicly Exposed v1.0.0 (cisa),Automatable v2.0.0", "Automatable v2.0.0,Publicly Exposed v1.0.0 (cisa)", 1),
		"a column missing": strings.Replace(good, "14 days", "", 1) + ",",
		"another word":     strings.Replace(good, "1,yes", "1,maybe", 1),
		"no such impact":   strings.Replace(good, "total", "complete", 1),
		"hours":            strings.Replace(good, "3 days", "72 hours", 1),
		"zero days":        strings.Replace(good, "14 days", "0 days", 1),
		"negative":         strings.Replace(good, "14 days", "-14 days", 1),
		"huge":             strings.Replace(good, "14 days", "99999 days", 1),
		"trailing text":    strings.Replace(good, "14 days", "14 days or so", 1),
		"too large":        good + strings.Repeat("\n", 70000),
	} {
		_, err := patch.ParseTable([]byte(text))
		require.Error(t, err, name)
		require.Contains(t, err.Error(), "decision table", name)
	}
}

func FuzzParseTable(f *testing.F) {
	data, err := os.ReadFile("bod-26-04.csv")
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte("row,kev,exposed,automatable,impact,x\n0,no,no,no,partial,3 days"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := patch.ParseTable(data)
		if err != nil {
			return
		}
		for _, in := range []patch.Inputs{{}, {patch.No, patch.No, patch.No, patch.Partial}} {
			r := table.Decide(in)
			require.True(t, r.Row >= 0 && r.Row < 16, fmt.Sprint(r))
			require.True(t, r.Days >= 0 && r.Days <= 3650)
		}
	})
}
