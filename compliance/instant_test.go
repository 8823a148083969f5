package compliance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// An instant in a text is the reader's: their clock, their date and the name of their
// zone; what is not listed is nobody's instant.
func TestPlaceTimes_AreTheReaders(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		require.NoError(t, err)
		return l
	}
	at := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
	later := at.Add(2 * time.Hour) // past the change of the clocks in Europe
	text := "Acknowledged at " + compliance.SpokenClock(at) + "; due before " + compliance.SpokenDay(later) + "; a note says 09:00 UTC."
	both := []time.Time{at, later}
	require.Equal(t, "Acknowledged at 23:30 UTC; due before 29 March 2026, 01:30 UTC; a note says 09:00 UTC.", text)
	for name, want := range map[string]string{
		"UTC":               text,
		"Europe/Amsterdam":  "Acknowledged at 00:30 CET; due before 29 March 2026, 03:30 CEST; a note says 09:00 UTC.",
		"Asia/Kolkata":      "Acknowledged at 05:00 IST; due before 29 March 2026, 07:00 IST; a note says 09:00 UTC.",
		"America/Chicago":   "Acknowledged at 18:30 CDT; due before 28 March 2026, 20:30 CDT; a note says 09:00 UTC.",
		"America/Sao_Paulo": "Acknowledged at 20:30 -03; due before 28 March 2026, 22:30 -03; a note says 09:00 UTC.",
	} {
		require.Equal(t, want, compliance.PlaceTimes(text, both, zone(name)), name)
	}
	require.Equal(t, text, compliance.PlaceTimes(text, nil, zone("Asia/Tokyo")))
	require.Equal(t, text, compliance.PlaceTimes(text, both, nil), "nobody knows the reader's zone")
	require.Equal(t, "in Tokyo 08:30 JST", compliance.PlaceTimes("in Tokyo "+compliance.SpokenClock(at.In(zone("Asia/Tokyo"))), both, zone("Asia/Tokyo")))
}
