package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

var midday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// hours is a window or freeze, in hours from midday.
func hours(name string, from, to int) change.NamedInterval {
	at := func(h int) time.Time { return midday.Add(time.Duration(h) * time.Hour) }
	return change.NamedInterval{Name: name, Interval: compliance.Interval{Start: at(from), End: at(to)}}
}

func windows() change.Schedule {
	return change.Schedule{
		Restricted: true, Windows: []change.NamedInterval{hours("evening", 8, 14), hours("tomorrow", 32, 38)},
		Until: midday.Add(14 * 24 * time.Hour), Calendar: "one", ZoneHash: "z1",
	}
}

// What moves an opening is news; what does not is none (C25, C29).
func TestC29_RetimedTellsNewsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		now  time.Time
		edit func(*change.Schedule)
		why  change.Reason
		is   string // when it may start then, hours after midday
	}{
		"nothing":                      {midday, func(*change.Schedule) {}, change.OK, ""},
		"a renamed window":             {midday, func(s *change.Schedule) { s.Windows[0].Name, s.Calendar = "late", "two" }, change.OK, ""},
		"a freeze far away":            {midday, func(s *change.Schedule) { s.Freezes, s.Calendar = []change.NamedInterval{hours("f", 60, 70)}, "two" }, change.OK, ""},
		"a freeze over the window":     {midday, func(s *change.Schedule) { s.Freezes, s.Calendar = []change.NamedInterval{hours("f", 7, 20)}, "two" }, change.CalendarChanged, "32h0m0s"},
		"a freeze that cuts its end":   {midday, func(s *change.Schedule) { s.Freezes, s.Calendar = []change.NamedInterval{hours("f", 12, 20)}, "two" }, change.CalendarChanged, "8h0m0s"},
		"a window opened now":          {midday, func(s *change.Schedule) { s.Windows = append(s.Windows, hours("w", -1, 3)); s.Calendar = "two" }, change.CalendarChanged, "0s"},
		"the clocks of the zone":       {midday, func(s *change.Schedule) { s.Windows[0] = hours("evening", 9, 15); s.ZoneHash = "z2" }, change.ZonesChanged, "9h0m0s"},
		"zone data that moves nothing": {midday, func(s *change.Schedule) { s.ZoneHash = "z2" }, change.OK, ""},
		"a horizon that moved on":      {midday, func(s *change.Schedule) { s.Until = s.Until.Add(time.Hour) }, change.OK, ""},
		"the window has opened":        {midday.Add(9 * time.Hour), func(*change.Schedule) {}, change.OK, ""},
		"no window left":               {midday, func(s *change.Schedule) { s.Windows, s.Calendar = nil, "two" }, change.CalendarChanged, "never"},
	} {
		t.Run(name, func(t *testing.T) {
			is := windows()
			is.Windows = append([]change.NamedInterval(nil), is.Windows...)
			c.edit(&is)
			f, why := change.Retimed(windows(), is, c.now, time.Time{}, time.Hour)
			require.Equal(t, c.why, why)
			if why == change.OK {
				return
			}
			require.Equal(t, why, f.Reason)
			require.Equal(t, midday.Add(8*time.Hour), f.Was.At)
			if c.is == "never" {
				require.Equal(t, change.NoOpening, f.Is.Reason)
				return
			}
			require.Equal(t, c.is, f.Is.At.Sub(midday).String())
		})
	}
	_, why := change.Retimed(change.Schedule{}, windows(), midday, time.Time{}, time.Hour)
	require.Equal(t, change.OK, why, "nothing was known before")
}

// Read again at any time, the same calendar is no news; and whatever differs, what is
// told as the present opening is the present opening.
func TestC29_RetimedIsNextOpening(t *testing.T) {
	spans := func(t *rapid.T, label string) []change.NamedInterval {
		var out []change.NamedInterval
		for range rapid.IntRange(0, 3).Draw(t, label) {
			from := rapid.IntRange(-10, 60).Draw(t, "from")
			out = append(out, hours(label, from, from+rapid.IntRange(1, 20).Draw(t, "long")))
		}
		return out
	}
	draw := func(t *rapid.T) change.Schedule {
		return change.Schedule{
			Restricted: rapid.Bool().Draw(t, "restricted"), Windows: spans(t, "window"), Freezes: spans(t, "freeze"),
			Until: midday.Add(100 * time.Hour), Calendar: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "calendar"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		was, is := draw(t), draw(t)
		now := midday.Add(time.Duration(rapid.IntRange(0, 50*60).Draw(t, "now")) * time.Minute)
		length := time.Duration(rapid.IntRange(1, 300).Draw(t, "length")) * time.Minute
		_, why := change.Retimed(was, was, now, time.Time{}, length)
		require.Equal(t, change.OK, why)
		f, why := change.Retimed(was, is, now, time.Time{}, length)
		before, _ := change.NextOpening(was, now, time.Time{}, length)
		after, _ := change.NextOpening(is, now, time.Time{}, length)
		if why == change.OK {
			require.Equal(t, before.At, after.At)
			require.Equal(t, before.Until, after.Until)
			return
		}
		for _, o := range []*change.Opening{&before, &after} {
			if o.Until.Equal(was.Until) {
				o.Until = time.Time{} // only the horizon ends it
			}
		}
		require.Equal(t, before, f.Was)
		require.Equal(t, after, f.Is)
	})
}

// A calendar ends an approval sooner with its window, and never later (C31).
func TestC31_NoCalendarProlongsAnApproval(t *testing.T) {
	planned := midday.Add(9 * time.Hour)
	expires := change.ApprovalExpires(midday, 14*24*time.Hour, windows(), planned)
	require.Equal(t, midday.Add(14*time.Hour), expires)
	for end, want := range map[int]time.Duration{12: 12 * time.Hour, 14: 14 * time.Hour, 20: 14 * time.Hour} {
		s := windows()
		s.Windows = []change.NamedInterval{hours("evening", 8, end)}
		require.Equal(t, midday.Add(want), change.Shortened(expires, midday, 14*24*time.Hour, s, planned))
	}
	s := windows()
	s.Windows = s.Windows[1:]
	require.Equal(t, expires, change.Shortened(expires, midday, 14*24*time.Hour, s, planned), "its window is gone: no longer than it was")
}
