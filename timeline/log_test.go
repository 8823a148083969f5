package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

// C36, C37: what the log says of itself is told like everything else.
func TestC37_WhatTheLogSaysOfItselfIsTold(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, s := range map[string]sample{
		"2026-01-31 ended with CHG-7 as the last number, 2 of them allocated on that day.": {kind: evidence.EventDay, facts: evidence.DayFacts{Day: "2026-01-31", Series: "CHG", Last: "CHG-7", Came: 2, Records: 40}},
		"On 2026-01-31 no number was allocated; the last one is CHG-7.":                    {kind: evidence.EventDay, facts: evidence.DayFacts{Day: "2026-01-31", Series: "CHG", Last: "CHG-7", Records: 40}},
		"2026-01-31 ended with 40 records on the log, 9 of them of that day.":              {kind: evidence.EventDay, facts: evidence.DayFacts{Day: "2026-01-31", Came: 9, Records: 40}},
		"On 2026-01-31 nothing was recorded; the log has 40 records.":                      {kind: evidence.EventDay, facts: evidence.DayFacts{Day: "2026-01-31", Records: 40}},
		"Exported 12 records of the days 2026-01-01 to 2026-03-31, as the log stood with 40.": {kind: evidence.EventExported, facts: evidence.ExportedFacts{
			Manifest: "sha256:00", From: at, To: at.AddDate(0, 3, 0), Records: 12, Size: 40}},
		"Exported 3 records of change/a/1, as the log stood with 40.": {kind: evidence.EventExported, facts: evidence.ExportedFacts{
			Manifest: "sha256:00", Subjects: []string{"change/a/1"}, Records: 3, Size: 40}},
	} {
		line := tell(entry(t, s.kind, s.facts))[0]
		require.Equal(t, want, line.Text)
	}
	require.Equal(t, "day ended", told(evidence.EventDay, `{}`).Kind)
	require.Contains(t, told(evidence.EventExported, `["x"]`).Details, `["x"]`)
	require.Contains(t, told(evidence.EventDay, `["x"]`).Details, `["x"]`)
}
