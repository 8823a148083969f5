package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

const edge = 240 // behind this minute nothing in a drawn schedule changes

func drawSpans(t *rapid.T, label string) []change.NamedInterval {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change.NamedInterval {
		from := rapid.IntRange(0, edge-1).Draw(t, "from")
		to := from + rapid.IntRange(-3, 60).Draw(t, "length") // empty and inverted ones, too
		if rapid.IntRange(0, 15).Draw(t, "endless") == 0 {
			to = forever
		}
		return span(label, from, min(to, edge))
	}), 0, 6).Draw(t, label)
}

func drawSchedule(t *rapid.T) change.Schedule {
	s := change.Schedule{
		Restricted: rapid.Bool().Draw(t, "restricted"), Windows: drawSpans(t, "window"), Freezes: drawSpans(t, "freeze"),
	}
	if rapid.Bool().Draw(t, "bounded") {
		s.Until = m(rapid.IntRange(0, edge).Draw(t, "until"))
	}
	return s
}

// allowed is the rule of C27 said about one minute, without any interval
// arithmetic: every boundary is on a whole minute, so the minutes of an
// execution tell whether it is allowed.
func allowed(s change.Schedule, minute int) bool {
	t := m(minute)
	open := !s.Restricted
	for _, w := range s.Windows {
		open = open || w.Contains(t)
	}
	for _, f := range s.Freezes {
		open = open && !f.Contains(t)
	}
	return open && (s.Until.IsZero() || t.Before(s.Until))
}

func runs(s change.Schedule, from, length int) bool {
	for i := range max(1, length) {
		if !allowed(s, from+i) {
			return false
		}
	}
	return true
}

func TestC27_OpeningsAgreeWithTheRuleMinuteByMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		from := rapid.IntRange(-5, edge).Draw(t, "from")
		length := rapid.IntRange(0, 90).Draw(t, "length")
		var planned time.Time
		first := from
		if rapid.Bool().Draw(t, "plans") {
			p := rapid.IntRange(-5, edge).Draw(t, "planned")
			planned, first = m(p), max(from, p)
		}
		got, ok := change.NextOpening(s, m(from), planned, minutes(length))
		for i := from; i <= edge+1; i++ {
			require.Equal(t, i >= first && runs(s, i, length), change.MayStart(s, m(i), planned, minutes(length)) == change.OK,
				"minute %d", i)
		}
		want := first
		for want <= edge+1 && !runs(s, want, length) {
			want++
		}
		if want > edge+1 {
			require.False(t, ok)
			require.Equal(t, change.NoOpening, got.Reason)
			return
		}
		require.True(t, ok)
		require.Equal(t, m(want), got.At)
		require.Equal(t, want == from, got.Reason == change.OK, "a reason to wait exactly when there is a wait")
		require.True(t, got.Until.IsZero() || !got.At.Add(minutes(length)).After(got.Until))
	})
}

func TestC27_AnOpeningStandsAndNothingEarlierDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		seconds := func(label string) time.Time {
			return noon.Add(time.Duration(rapid.IntRange(-100, edge*60).Draw(t, label)) * time.Second)
		}
		from, planned := seconds("from"), seconds("planned")
		length := time.Duration(rapid.IntRange(0, 5000).Draw(t, "length")) * time.Second
		got, ok := change.NextOpening(s, from, planned, length)
		if ok {
			require.Equal(t, change.OK, change.MayStart(s, got.At, planned, length))
			require.False(t, got.At.Before(from))
			require.False(t, got.At.Before(planned))
			for _, f := range s.Freezes { // never over a freeze, at its ends included
				overlap := f.Start.Before(got.At.Add(max(length, 1))) && (f.End.IsZero() || f.End.After(got.At))
				require.False(t, overlap && (f.End.IsZero() || f.End.After(f.Start)), "runs into %v", f)
			}
			again, ok := change.NextOpening(s, got.At, planned, length)
			require.True(t, ok)
			require.Equal(t, got.At, again.At, "a timer that fires at the opening finds it open")
			require.Equal(t, change.OK, again.Reason)
		}
		end := noon.Add((edge + 5) * time.Minute)
		if ok {
			end = got.At
		}
		for range 30 {
			before := from.Add(time.Duration(rapid.Int64Range(0, max(0, int64(end.Sub(from))-1)).Draw(t, "sample")))
			if before.Before(end) {
				require.NotEqual(t, change.OK, change.MayStart(s, before, planned, length), "%s", before)
			}
		}
	})
}

func TestC31_AnApprovalNeverOutlivesItsValidity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		approved := m(rapid.IntRange(-5, edge).Draw(t, "approved"))
		validity := minutes(rapid.IntRange(1, 300).Draw(t, "validity"))
		got := change.ApprovalExpires(approved, validity, s, m(rapid.IntRange(-5, edge).Draw(t, "planned")))
		require.False(t, got.After(approved.Add(validity)))
		require.True(t, got.After(approved), "an approval is good for something")
	})
}
