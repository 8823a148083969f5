package commands

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// E8: periods are whole days in UTC, both ends included.
func TestE8_Periods(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for text, want := range map[string][2]time.Time{
		"2026":                   {day(2026, 1, 1), day(2027, 1, 1)},
		"2026-02":                {day(2026, 2, 1), day(2026, 3, 1)},
		"2024-02-29":             {day(2024, 2, 29), day(2024, 3, 1)},
		"2026-01..2026-03":       {day(2026, 1, 1), day(2026, 4, 1)},
		"2026-01-15..2026-02-03": {day(2026, 1, 15), day(2026, 2, 4)},
		"2025..2026-06":          {day(2025, 1, 1), day(2026, 7, 1)},
	} {
		from, to, err := period(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [2]time.Time{from, to}, text)
	}
	for text, says := range map[string]string{
		"": "is no day, month or year", "..": "is no day", "2026-13": "is no day", "2026-02-30": "is no day", "2026-03..2026-01": "ends before it begins",
		"2026..": "is no day", "2026-01..2026-02..2026-03": "is no day", "last month": "is no day", "2026-1": "is no day",
		"2026..9999": "ends after the year 9998", "9999-12-31": "ends after the year 9998",
	} {
		_, _, err := period(text)
		require.ErrorContains(t, err, says, text)
	}
}

// E8: what cannot be exported says why and how to mend it, and no server is asked.
func TestE8_ExportsThatCannotBe(t *testing.T) {
	dir := evidencetest.Dir(t)
	log, err := evidence.Open(t.Context(), evidence.Config{Dir: dir + "/evidence"})
	require.NoError(t, err)
	require.NoError(t, log.Close())
	out := dir + "/b.zip"
	write(t, dir+"/there.zip", "x")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"it is not known what to export", []string{"--out", out}},
		{"it is not known where to write", []string{"--period", "2026"}},
		{"exists", []string{"--period", "2026", "--out", dir + "/there.zip"}},
		{"there is no directory", []string{"--period", "2026", "--out", dir + "/no/b.zip"}},
		{"cannot be exported together", []string{"--period", "2026", "--subject", "CHG-1", "--out", out}},
		{"--process belongs to a period", []string{"--subject", "CHG-1", "--process", "change", "--out", out}},
		{"is no period", []string{"--period", "soon", "--out", out}},
		{"nothing is on record about \"CHG-9\"", []string{"--subject", "CHG-9", "--out", out}},
		{"the anchor cannot be read", []string{"--period", "2026", "--anchor", dir + "/none", "--out", out}},
		{"the anchors cannot be read", []string{"--period", "2026", "--anchors", dir + "/none", "--out", out}},
		{"cannot act on the command line", []string{"--period", "2026", "--as", "slack:U1", "--out", out}},
	} {
		p, _, errs := fixed(t, "table", nil)
		p.env = environment{envActor: "cli:eve", envEvidence: log.Dir()}
		code := p.run(t.Context(), append([]string{"evidence", "export"}, c.args...))
		require.Equal(t, ExitUsage, code, "%v: %s", c.args, errs)
		require.Contains(t, errs.String(), c.says)
		require.Contains(t, errs.String(), "next:")
	}
}
