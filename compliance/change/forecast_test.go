package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
)

// What a requester is told before anybody decides: when it could start, or what stands
// in the way up to the horizon (C28).
func TestC28_WhenItCouldStart(t *testing.T) {
	at := func(h int) time.Time { return midday.Add(time.Duration(h) * time.Hour) }
	frozen, short := windows(), windows()
	frozen.Freezes = []change.NamedInterval{hours("audit", -1, 400)}
	short.Windows = []change.NamedInterval{hours("lunch", 1, 2), hours("tea", 5, 6)}
	open := change.Schedule{Until: at(300)}
	for name, c := range map[string]struct {
		s      change.Schedule
		planed time.Time
		long   time.Duration
		want   change.Opening
	}{
		"in the next window":         {windows(), time.Time{}, time.Hour, change.Opening{At: at(8), Until: at(14), Name: "evening", Reason: change.WindowClosed}},
		"where it is planned":        {windows(), at(33), time.Hour, change.Opening{At: at(33), Until: at(38), Name: "tomorrow", Reason: change.TooEarly}},
		"at once, and without end":   {open, time.Time{}, time.Hour, change.Opening{At: at(0)}},
		"frozen all the time":        {frozen, time.Time{}, time.Hour, change.Opening{Reason: change.FrozenThroughout}},
		"longer than every window":   {short, time.Time{}, 2 * time.Hour, change.Opening{Reason: change.TooLong}},
		"planned behind the horizon": {windows(), at(500), time.Hour, change.Opening{Reason: change.NoOpening}},
	} {
		got := change.Ahead(c.s, midday, c.planed, c.long)
		require.Equal(t, c.want, got.Opening, name)
		require.Equal(t, c.s.Until, got.Horizon, name)
	}
}
