package certification_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

func day(s string) cert.Date {
	d, err := cert.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func span(from, to string) cert.Coverage { return cert.Coverage{From: day(from), To: day(to)} }

func drawDate(t *rapid.T, label string) cert.Date {
	return day("2024-01-01").Add(rapid.IntRange(0, 2500).Draw(t, label))
}

func TestParseDateRefusesImpossibleDates(t *testing.T) {
	for _, s := range []string{
		"", "2026-02-29", "2026-02-30", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "01.02.2026", "2026-01-01T00:00:00Z",
		" 2026-01-01", "2026-01-01\n", "1999-12-31", "2200-01-01", "-2026-01-01", "２０２６-01-01", "0000-00-00",
	} {
		d, err := cert.ParseDate(s)
		require.Error(t, err, s)
		require.True(t, d.IsZero())
	}
	require.Equal(t, "2028-02-29", day("2028-02-29").String())
	require.Equal(t, "2000-01-01", day("2000-01-01").String())
	require.Equal(t, "2199-12-31", day("2199-12-31").String())
}

func TestDatesCountLikeTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 73000).Draw(t, "days")
		want := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		d := day("2000-01-01").Add(n)
		require.Equal(t, want.Format(time.DateOnly), d.String())
		require.Equal(t, want.Weekday(), d.Weekday())
		require.Equal(t, d, cert.DateOf(want.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "s"))*time.Second)))
		require.Equal(t, n, d.Days(day("2000-01-01")))
		y, m, dd := d.Civil()
		require.Equal(t, want, time.Date(y, m, dd, 0, 0, 0, 0, time.UTC))
		b, err := json.Marshal(d)
		require.NoError(t, err)
		var back cert.Date
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, d, back)
	})
}

func TestNoDateStaysNone(t *testing.T) {
	var none cert.Date
	require.True(t, none.Add(5).IsZero())
	require.Empty(t, none.String())
	b, err := json.Marshal(cert.Coverage{})
	require.NoError(t, err)
	require.JSONEq(t, "{}", string(b))
	require.NoError(t, json.Unmarshal([]byte(`""`), &none))
	require.True(t, none.IsZero())
	require.Error(t, json.Unmarshal([]byte(`"2026-02-30"`), &none))
	require.True(t, cert.DateOf(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero())
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-03-31", "2026-02-30", "", "9999-99-99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := cert.ParseDate(s)
		if err != nil {
			require.True(t, d.IsZero())
			require.Less(t, len(err.Error()), 400)
			return
		}
		require.Equal(t, s, d.String(), "one date, one text")
		require.False(t, d.IsZero())
		require.Equal(t, d, d.Add(30).Add(-30))
	})
}

func TestA4_GapDays(t *testing.T) {
	for name, c := range map[string]struct {
		prev, next cert.Coverage
		days       int
		gap        string
	}{
		"touching":     {span("2025-01-01", "2025-12-31"), span("2026-01-01", "2026-12-31"), 0, ""},
		"overlapping":  {span("2025-01-01", "2025-12-31"), span("2025-11-01", "2026-10-31"), -61, ""},
		"one day":      {span("2025-01-01", "2025-12-30"), span("2026-01-01", "2026-12-31"), 1, "Nothing covers 2025-12-31. Ask the vendor for a bridge letter for that day."},
		"over a leap":  {span("2023-03-01", "2024-02-27"), span("2024-03-02", "2025-03-01"), 3, "Nothing covers the 3 days from 2024-02-28 to 2024-03-01. Ask the vendor for a bridge letter for them."},
		"nothing yet":  {cert.Coverage{}, span("2026-01-01", "2026-12-31"), 0, ""},
		"nothing next": {span("2026-01-01", "2026-12-31"), cert.Coverage{}, 0, ""},
	} {
		require.Equal(t, c.days, cert.GapDays(c.prev, c.next), name)
		gap, ok := cert.FindGap(c.prev, c.next)
		require.Equal(t, c.gap != "", ok, name)
		if ok {
			require.Equal(t, c.gap, gap.Text(), name)
			require.Equal(t, c.days, gap.Days)
		}
	}
}

// A4: the gap is exactly the days that neither covers.
func TestA4_AGapIsEveryUncoveredDayAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDate(t, "a"), drawDate(t, "b")
		prev := cert.Coverage{From: a, To: a.Add(rapid.IntRange(0, 400).Draw(t, "n"))}
		next := cert.Coverage{From: b, To: b.Add(rapid.IntRange(0, 400).Draw(t, "m"))}
		require.Equal(t, cert.OK, prev.Check())
		gap, ok := cert.FindGap(prev, next)
		uncovered := 0
		for d := prev.To; d.Before(next.From); d = d.Add(1) {
			if !prev.Contains(d) && !next.Contains(d) {
				uncovered++
				require.True(t, ok)
				require.False(t, d.Before(gap.From) || d.After(gap.To), d)
			}
		}
		require.Equal(t, uncovered > 0, ok)
		require.Equal(t, uncovered, gap.Days)
		require.Equal(t, next.To.After(prev.To), next.Extends(prev))
		require.False(t, next.Extends(prev) && prev.Extends(next))
	})
}

func TestCoverageCheck(t *testing.T) {
	require.Equal(t, cert.MissingAnswer, cert.Coverage{From: day("2026-01-01")}.Check())
	require.Equal(t, cert.MissingAnswer, cert.Coverage{To: day("2026-01-01")}.Check())
	require.Equal(t, cert.BadDates, span("2026-01-02", "2026-01-01").Check())
	require.Equal(t, cert.BadDates, span("2026-01-01", "2062-01-01").Check())
	require.Equal(t, cert.OK, span("2026-01-01", "2026-01-01").Check())
	require.Equal(t, cert.OK, span("2026-01-01", "2028-12-31").Check())
	require.False(t, cert.Coverage{}.Contains(day("2026-01-01")))
}
