package evidence_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/evidence/ledger"
)

func january(day int) time.Time { return time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC) }

// told are the records of days in a log, in order.
func told(t *testing.T, dir string) []string {
	t.Helper()
	r, err := evidence.OpenReader(t.Context(), dir)
	require.NoError(t, err)
	defer r.Close() //nolint:errcheck // only read from
	var out []string
	for _, subject := range []string{"day/log", "day/CHG", "day/PAT"} {
		entries, err := r.Records(t.Context(), subject)
		require.NoError(t, err)
		for _, e := range entries {
			var f ledger.DayFacts
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
			out = append(out, fmt.Sprintf("#%d %s %s last %s came %d records %d", e.Index, subject, f.Day, f.Last, f.Came, f.Records))
		}
	}
	return out
}

// C36: how each day ended is on record before anything of the next day, for days
// on which nothing came as well, and once.
func TestC36_EachDayEndsOnRecord(t *testing.T) {
	clock := evidencetest.At(january(5))
	cfg := evidence.Config{Dir: evidencetest.Dir(t), Now: clock.Now}
	log, err := evidence.Open(t.Context(), cfg)
	require.NoError(t, err)
	add := func(key, subject string, change ...func(*evidence.Event)) {
		_, err := log.Append(context.Background(), []evidence.Event{event(key, subject, change...)})
		require.NoError(t, err)
	}
	add("a", "change/1", series("CHG"))
	add("b", "change/2", series("CHG"))
	clock.Set(january(6))
	add("c", "change/1")
	clock.Set(january(9))
	add("d", "patch/1", series("PAT"))
	require.NoError(t, log.Close())

	// A restart after days of silence records them without being asked to append.
	clock.Set(january(11))
	log, err = evidence.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return log.Size() == 18 }, 10*time.Second, time.Millisecond)
	require.NoError(t, log.Close())
	require.Equal(t, []string{
		"#2 day/log 2026-01-05 last  came 2 records 2",
		"#5 day/log 2026-01-06 last  came 3 records 5", // two of the day before's end
		"#7 day/log 2026-01-07 last  came 0 records 5",
		"#9 day/log 2026-01-08 last  came 0 records 5",
		"#12 day/log 2026-01-09 last  came 7 records 12",
		"#15 day/log 2026-01-10 last  came 0 records 12",
		"#3 day/CHG 2026-01-05 last CHG-2 came 2 records 2",
		"#6 day/CHG 2026-01-06 last CHG-2 came 0 records 5",
		"#8 day/CHG 2026-01-07 last CHG-2 came 0 records 5",
		"#10 day/CHG 2026-01-08 last CHG-2 came 0 records 5",
		"#13 day/CHG 2026-01-09 last CHG-2 came 0 records 12",
		"#16 day/CHG 2026-01-10 last CHG-2 came 0 records 12",
		"#14 day/PAT 2026-01-09 last PAT-1 came 1 records 12",
		"#17 day/PAT 2026-01-10 last PAT-1 came 0 records 12",
	}, told(t, cfg.Dir))
	_, err = evidence.Verify(t.Context(), evidence.VerifyInput{Dir: cfg.Dir})
	require.NoError(t, err)
}

// A clock that was set back ends no day twice and no day early.
func TestC36_AClockThatWasSetBackEndsNoDay(t *testing.T) {
	clock := evidencetest.At(january(5))
	cfg := evidence.Config{Dir: evidencetest.Dir(t), Now: clock.Now}
	log, err := evidence.Open(t.Context(), cfg)
	require.NoError(t, err)
	for i, day := range []int{5, 6, 5, 6, 7, 6} {
		clock.Set(january(day))
		_, err := log.Append(t.Context(), []evidence.Event{event(fmt.Sprint(i), "change/1")})
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
	require.Equal(t, []string{
		"#1 day/log 2026-01-05 last  came 1 records 1",
		"#5 day/log 2026-01-06 last  came 4 records 5",
	}, told(t, cfg.Dir))
	_, err = evidence.Verify(t.Context(), evidence.VerifyInput{Dir: cfg.Dir})
	require.NoError(t, err)
}

// A day that ends between two looks at the clock has ended for a whole batch or
// for none of it: no record of the next day stands before those of its end.
func TestC36_MidnightWithinABatchEndsTheDayFirst(t *testing.T) {
	midnight := january(6).Add(-12 * time.Hour)
	for looks := range 4 {
		clock := &ticking{now: midnight.Add(-time.Duration(looks) * time.Second)}
		cfg := evidence.Config{Dir: evidencetest.Dir(t), Now: func() time.Time { return january(5) }}
		log, err := evidence.Open(t.Context(), cfg)
		require.NoError(t, err)
		_, err = log.Append(t.Context(), []evidence.Event{event("first", "change/1", series("CHG"))})
		require.NoError(t, err)
		require.NoError(t, log.Close())

		cfg.Now = clock.Now
		log, err = evidence.Open(t.Context(), cfg)
		require.NoError(t, err)
		_, err = log.Append(t.Context(), []evidence.Event{event("a", "change/1"), event("b", "change/2", series("CHG")), event("c", "change/2")})
		require.NoError(t, err)
		_, err = log.Append(t.Context(), []evidence.Event{event("d", "change/1")})
		require.NoError(t, err)
		require.NoError(t, log.Close())
		_, err = evidence.Verify(t.Context(), evidence.VerifyInput{Dir: cfg.Dir})
		require.NoError(t, err, "midnight after %d looks at the clock", looks)
	}
}

// ticking is a clock on which a second passes between two looks.
type ticking struct {
	mu  sync.Mutex
	now time.Time
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}
