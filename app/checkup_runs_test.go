package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

// Log and engine agree where what is open runs and what is over does not; a
// process that has just ended is given time to say so.
func TestProcessesAreCompared(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	standing := func(number string, final bool, ago time.Duration) evidence.Standing {
		return evidence.Standing{Subject: "change/" + number, Number: number, Final: final, At: now.Add(-ago)}
	}
	open, over := standing("CHG-1", false, time.Hour), standing("CHG-2", true, time.Hour)
	lost, late, ended := standing("CHG-3", false, time.Minute), standing("CHG-4", true, time.Hour), standing("CHG-5", true, time.Minute)
	nothing := evidence.Standing{Subject: "door/1"}
	running := map[string]bool{open.Subject: true, late.Subject: true, ended.Subject: true}
	got := compare([]evidence.Standing{open, over, lost, late, ended, nothing}, running, now)
	require.Equal(t, apart{lost: []evidence.Standing{lost}, late: []evidence.Standing{late}}, got)

	var many []evidence.Standing
	for _, number := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		many = append(many, standing(number, false, time.Duration(len(many))*time.Hour))
	}
	require.Equal(t, "1, 2, 3, 4, 5, 6, 7, 8, and 2 more", numbersOf(many), "the newest first")
}
