package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// production resolves the calendar "production" of a policy with these entries.
func production(t require.TestingT, zone, entries, from, until string) change.Schedule {
	rules, _ := load(t, with(t, map[string]string{"rules/calendars.yaml": calendars(zone, entries)}))
	s, err := rules.Schedule("order-portal", "production", instant(t, from), instant(t, until))
	require.NoError(t, err)
	return s
}

func shown(t *testing.T, list []change.NamedInterval, zoneName string) []string {
	var out []string
	for _, i := range list {
		loc := zone(t, zoneName)
		out = append(out, i.Name+" "+i.Start.In(loc).Format("Jan 2 15:04 MST")+" - "+i.End.In(loc).Format("Jan 2 15:04 MST"))
	}
	return out
}

func TestC26_WindowsAndFreezesWhereClocksChange(t *testing.T) {
	const march, november = "2026-03-07T12:00:00-05:00", "2026-10-31T12:00:00-04:00"
	weekly := func(kind, day, rest string) string {
		return fmt.Sprintf("    %s: [{name: w, days: [%s], %s}]\n", kind, day, rest)
	}
	for _, tc := range []struct {
		name, entries, from string
		want                []string
	}{
		{"a window that opens in the gap opens after it", weekly("windows", "sun", `start: "02:30", end: "05:00"`), march, []string{"w Mar 8 03:00 EDT - Mar 8 05:00 EDT"}},
		{"a window that ends in the gap ends at it", weekly("windows", "sun", `start: "01:00", end: "02:30"`), march, []string{"w Mar 8 01:00 EST - Mar 8 03:00 EDT"}},
		{"a window inside the gap does not open", weekly("windows", "sun", `start: "02:15", end: "02:45"`), march, nil},
		{"wall time shrinks over the gap", weekly("windows", "sat", `start: "22:00", end: "04:00"`), march, []string{"w Mar 7 22:00 EST - Mar 8 04:00 EDT"}},
		{"elapsed time does not", weekly("windows", "sat", `start: "22:00", duration: 6h`), march, []string{"w Mar 7 22:00 EST - Mar 8 05:00 EDT"}},
		{"elapsed time from a start in the gap", weekly("windows", "sun", `start: "02:30", duration: 2h`), march, []string{"w Mar 8 03:00 EDT - Mar 8 05:00 EDT"}},
		{"a freeze that starts in the gap starts after it", weekly("freezes", "sun", `start: "02:30", end: "03:30"`), march, []string{"w Mar 8 03:00 EDT - Mar 8 03:30 EDT"}},

		{"a window inside the fold takes the first only", weekly("windows", "sun", `start: "01:15", end: "01:45"`), november, []string{"w Nov 1 01:15 EDT - Nov 1 01:45 EDT"}},
		{"a window to the end of the fold takes the first only", weekly("windows", "sun", `start: "01:30", end: "02:00"`), november, []string{"w Nov 1 01:30 EDT - Nov 1 01:00 EST"}},
		{"a window into the fold ends at the first", weekly("windows", "sat", `start: "23:00", end: "01:30"`), november, []string{"w Oct 31 23:00 EDT - Nov 1 01:30 EDT"}},
		{"a window out of the fold is shut while clocks show less than its start", weekly("windows", "sun", `start: "01:30", end: "05:00"`), november, []string{"w Nov 1 01:30 EDT - Nov 1 01:00 EST", "w Nov 1 01:30 EST - Nov 1 05:00 EST"}},
		{"a window from the fold's first minute is whole", weekly("windows", "sun", `start: "01:00", end: "05:00"`), november, []string{"w Nov 1 01:00 EDT - Nov 1 05:00 EST"}},
		{"a window over the fold is whole", weekly("windows", "sat", `start: "22:00", end: "02:00"`), november, []string{"w Oct 31 22:00 EDT - Nov 1 02:00 EST"}},
		{"elapsed time from the first", weekly("windows", "sun", `start: "01:30", duration: 2h`), november, []string{"w Nov 1 01:30 EDT - Nov 1 02:30 EST"}},
		{"a freeze covers both", weekly("freezes", "sun", `start: "01:15", end: "01:45"`), november, []string{"w Nov 1 01:15 EDT - Nov 1 01:45 EST"}},
		{"a freeze into the fold covers both", weekly("freezes", "sat", `start: "23:00", end: "01:30"`), november, []string{"w Oct 31 23:00 EDT - Nov 1 01:30 EST"}},
		{"a freeze up to the fold ends before it", weekly("freezes", "sun", `start: "00:30", end: "01:00"`), november, []string{"w Nov 1 00:30 EDT - Nov 1 01:00 EDT"}},
		{"an elapsed freeze lasts from the second", weekly("freezes", "sun", `start: "01:30", duration: 1h`), november, []string{"w Nov 1 01:30 EDT - Nov 1 02:30 EST"}},
		{"a dated freeze", `    freezes: [{name: w, start: "2026-11-01T01:30", end: "2026-11-01T12:00"}]` + "\n", november, []string{"w Nov 1 01:30 EDT - Nov 1 12:00 EST"}},
		{"a dated window", `    windows: [{name: w, start: "2026-03-08T02:30", duration: 90m}]` + "\n", march, []string{"w Mar 8 03:00 EDT - Mar 8 04:30 EDT"}},
		{"a whole day has 25 hours", weekly("windows", "sun", `start: "00:00", end: "24:00"`), november, []string{"w Nov 1 00:00 EDT - Nov 2 00:00 EST"}},
		{"an entry in another zone", weekly("windows", "sun", `zone: Asia/Tokyo, start: "09:00", end: "10:00"`), november, []string{"w Oct 31 20:00 EDT - Oct 31 21:00 EDT"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from := instant(t, tc.from)
			s := production(t, "America/New_York", tc.entries, tc.from, from.Add(36*time.Hour).Format(time.RFC3339))
			list := s.Windows
			if strings.Contains(tc.entries, "freezes") {
				list = s.Freezes
				// The next week's occurrence is given too.
				for len(list) > 0 && list[len(list)-1].Start.After(from.Add(72*time.Hour)) {
					list = list[:len(list)-1]
				}
			}
			require.Equal(t, tc.want, shown(t, list, "America/New_York"))
		})
	}
}

func TestC27_NoCalendarIsOpenAndFreezesAloneDoNotRestrict(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	from, until := instant(t, "2026-12-20T00:00:00Z"), instant(t, "2026-12-27T00:00:00Z")
	open, err := rules.Schedule("sandbox", "sandbox", from, until)
	require.NoError(t, err)
	require.Equal(t, change.Schedule{Until: until}, open)
	require.Equal(t, change.OK, change.MayStart(open, from, time.Time{}, time.Hour))

	s := production(t, "UTC", "    freezes: [{name: f, days: [mon], start: \"08:00\", duration: 1h}]\n", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")
	require.False(t, s.Restricted)
	require.Equal(t, change.OK, change.MayStart(s, instant(t, "2026-06-01T07:00:00Z"), time.Time{}, time.Hour))
	require.Equal(t, change.Frozen, change.MayStart(s, instant(t, "2026-06-01T08:00:00Z"), time.Time{}, time.Minute))
	require.Equal(t, change.OK, change.MayStart(s, instant(t, "2026-06-01T09:00:00Z"), time.Time{}, time.Minute), "half-open")

	closed, err := rules.Schedule("order-portal", "production", from, until)
	require.NoError(t, err)
	require.True(t, closed.Restricted)
	require.Equal(t, change.Frozen, change.MayStart(closed, instant(t, "2026-12-21T20:00:00Z"), time.Time{}, time.Hour), "year-end freeze beats the window")
}

func TestC28_FreezesPastTheHorizonAreKnown(t *testing.T) {
	entries := `    windows: [{name: w, days: [mon], start: "20:00", duration: 10h}]
    freezes:
      - {name: early, days: [tue], start: "03:00", duration: 1h}
      - {name: far, start: "2027-03-01T00:00", end: "2027-03-02T00:00"}
`
	// The horizon ends inside the window, before the freeze that cuts it.
	s := production(t, "UTC", entries, "2026-06-01T00:00:00Z", "2026-06-01T23:00:00Z")
	require.Equal(t, []string{"w Jun 1 20:00 UTC - Jun 2 06:00 UTC"}, shown(t, s.Windows, "UTC"))
	require.Equal(t, []string{
		"early Jun 2 03:00 UTC - Jun 2 04:00 UTC", "early Jun 9 03:00 UTC - Jun 9 04:00 UTC", "far Mar 1 00:00 UTC - Mar 2 00:00 UTC",
	}, shown(t, s.Freezes, "UTC"))
}

func TestScheduleHorizonIsBounded(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	from := instant(t, "2026-06-01T00:00:00Z")
	s, err := rules.Schedule("order-portal", "production", from, from.AddDate(30, 0, 0))
	require.NoError(t, err)
	require.Equal(t, from.Add(400*24*time.Hour), s.Until)

	var b strings.Builder
	b.WriteString("    windows:\n")
	for i := range 60 {
		fmt.Fprintf(&b, "      - {name: w%d, days: [mon, tue, wed, thu, fri, sat, sun], start: \"10:%02d\", duration: 1h}\n", i, i)
	}
	full := production(t, "UTC", b.String(), "2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z")
	require.LessOrEqual(t, len(full.Windows), 2000)
	require.Greater(t, len(full.Windows), 1900)
	for _, w := range full.Windows {
		require.True(t, w.Start.Before(full.Until), "complete up to the horizon")
	}
}

func TestScheduleRefusesToGuess(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	now := instant(t, "2026-06-01T00:00:00Z")
	_, err := rules.Schedule("order-portl", "production", now, now.Add(time.Hour))
	require.ErrorIs(t, err, policy.ErrUnknownSystem)
	_, err = rules.Schedule("order-portal", "prod", now, now.Add(time.Hour))
	require.ErrorIs(t, err, policy.ErrUnknownEnvironment)
	_, err = rules.Schedule("order-portal", "production", now, now)
	require.ErrorContains(t, err, "is empty")
}

func TestC25_ZoneAndCalendarDigests(t *testing.T) {
	const from, until = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"
	window := "    windows: [{name: w, days: [mon], start: \"20:00\", end: \"22:00\"}]\n"
	berlin := production(t, "Europe/Berlin", window, from, until)
	require.Len(t, berlin.ZoneHash, 64)
	later := production(t, "Europe/Berlin", window, "2026-06-02T00:00:00Z", "2026-07-02T00:00:00Z")
	require.Equal(t, berlin.ZoneHash, later.ZoneHash, "the data's digest, not the question's")
	require.Equal(t, berlin.Calendar, later.Calendar)
	// Paris has had Berlin's clocks since 2020 and still is another zone.
	require.NotEqual(t, berlin.ZoneHash, production(t, "Europe/Paris", window, from, until).ZoneHash)
	require.NotEqual(t, berlin.Calendar, production(t, "Europe/Berlin", strings.Replace(window, "22:00", "22:01", 1), from, until).Calendar)
}

// TestC25_WeeklyWindowsAreWholeAndInOrder: resolving in pieces gives the same
// as resolving at once, and what is listed is sorted and half-open.
func TestC25_WeeklyWindowsAreWholeAndInOrder(t *testing.T) {
	t.Parallel()
	zones := changingZones(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		day := rapid.SampledFrom([]string{"mon", "tue", "sat", "sun"}).Draw(t, "day")
		entry := fmt.Sprintf("    windows: [{name: x, days: [%s, wed], start: \"%02d:30\", duration: %dh}]\n", day, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(1, 168).Draw(t, "hours"))
		rules, _ := load(t, with(t, map[string]string{"rules/calendars.yaml": calendars(name, entry)}))
		from := instant(t, "2025-01-01T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "minute")) * time.Minute)
		middle, until := from.AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "middle")), from.AddDate(0, 0, 40)
		ask := func(from, until time.Time) []change.NamedInterval {
			s, err := rules.Schedule("order-portal", "production", from, until)
			require.NoError(t, err)
			for i, w := range s.Windows {
				require.True(t, w.Start.Before(w.End))
				require.True(t, w.End.After(from) && w.Start.Before(until), "overlaps what was asked")
				require.True(t, i == 0 || !w.Start.Before(s.Windows[i-1].Start), "sorted")
			}
			return s.Windows
		}
		pieces := ask(from, middle)
		for _, w := range ask(middle, until) {
			if !w.Start.Before(middle) {
				pieces = append(pieces, w)
			}
		}
		require.Equal(t, ask(from, until), pieces)
	})
}
