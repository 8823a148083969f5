package policy_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones everywhere the tests run

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/policy"
)

func zone(t require.TestingT, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func instant(t require.TestingT, text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at.UTC()
}

func TestC26_MissingAndDoubledTimes(t *testing.T) {
	wall := func(y int, m time.Month, d, hh, mm int) policy.Wall {
		return policy.Wall{Year: y, Month: m, Day: d, Hour: hh, Minute: mm}
	}
	for _, tc := range []struct {
		name, zone  string
		wall        policy.Wall
		first, last string
		kind        policy.Occurrence
	}{
		{"an ordinary time", "America/New_York", wall(2026, 7, 1, 9, 0), "2026-07-01T13:00:00Z", "2026-07-01T13:00:00Z", policy.Once},
		{"02:30 does not exist in New York on 8 March 2026", "America/New_York", wall(2026, 3, 8, 2, 30), "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00", policy.Gap},
		{"the gap begins with its first minute", "America/New_York", wall(2026, 3, 8, 2, 0), "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00", policy.Gap},
		{"03:00 exists once after the gap", "America/New_York", wall(2026, 3, 8, 3, 0), "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z", policy.Once},
		{"01:30 occurs twice in New York on 1 November 2026", "America/New_York", wall(2026, 11, 1, 1, 30), "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", policy.Fold},
		{"the fold begins with its first minute", "America/New_York", wall(2026, 11, 1, 1, 0), "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", policy.Fold},
		{"02:00 exists once after the fold", "America/New_York", wall(2026, 11, 1, 2, 0), "2026-11-01T07:00:00Z", "2026-11-01T07:00:00Z", policy.Once},
		{"Lord Howe puts its clocks forward by half an hour", "Australia/Lord_Howe", wall(2026, 10, 4, 2, 15), "2026-10-04T02:30:00+11:00", "2026-10-04T02:30:00+11:00", policy.Gap},
		{"and 02:30 is the first time after it", "Australia/Lord_Howe", wall(2026, 10, 4, 2, 30), "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z", policy.Once},
		{"and back by half an hour", "Australia/Lord_Howe", wall(2026, 4, 5, 1, 45), "2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30", policy.Fold},
		{"and 01:29 occurs once", "Australia/Lord_Howe", wall(2026, 4, 5, 1, 29), "2026-04-04T14:29:00Z", "2026-04-04T14:29:00Z", policy.Once},
		{"a whole day is missing in Samoa", "Pacific/Apia", wall(2011, 12, 30, 12, 0), "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00", policy.Gap},
		{"hour 24 is the next midnight", "Europe/Berlin", wall(2026, 3, 28, 24, 0), "2026-03-28T23:00:00Z", "2026-03-28T23:00:00Z", policy.Once},
		{"a day past the month's end is carried over", "UTC", wall(2026, 1, 32, 6, 0), "2026-02-01T06:00:00Z", "2026-02-01T06:00:00Z", policy.Once},
		{"far in the future", "America/New_York", wall(2060, 3, 14, 2, 30), "2060-03-14T03:00:00-04:00", "2060-03-14T03:00:00-04:00", policy.Gap},
	} {
		t.Run(tc.name, func(t *testing.T) {
			first, last, kind := policy.Instants(tc.wall, zone(t, tc.zone))
			require.Equal(t, instant(t, tc.first), first)
			require.Equal(t, instant(t, tc.last), last)
			require.Equal(t, tc.kind, kind, "%s is %s", tc.wall, kind)
		})
	}
}

// changingZones lists every zone whose offset changes between 2024 and 2030.
func changingZones(t require.TestingT) []string {
	file, err := os.Open("testdata/zones.txt")
	require.NoError(t, err)
	defer file.Close()
	var out []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	require.Greater(t, len(out), 100)
	return out
}

// transitions lists the instants between 2024 and 2030 at which the offset
// changes, found by bisection and without ZoneBounds, which is what is tested.
func transitions(loc *time.Location) []time.Time {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var out []time.Time
	end := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(end); t = t.Add(24 * time.Hour) {
		low, high := t, t.Add(24*time.Hour)
		if offset(low) == offset(high) {
			continue
		}
		for high.Sub(low) > time.Minute {
			middle := low.Add(high.Sub(low) / 2).Truncate(time.Minute)
			if offset(middle) == offset(low) {
				low = middle
			} else {
				high = middle
			}
		}
		out = append(out, high)
	}
	return out
}

// scan finds by brute force at which minutes the clocks show the wall time,
// and the first minute at which they show it or more with no earlier one
// in reach that does.
func scan(w policy.Wall, loc *time.Location) (shown []time.Time, past time.Time) {
	want := time.Date(w.Year, w.Month, w.Day, w.Hour, w.Minute, 0, 0, time.UTC)
	for t := want.Add(-27 * time.Hour); t.Before(want.Add(27 * time.Hour)); t = t.Add(time.Minute) {
		local := t.In(loc)
		at := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
		if at.Equal(want) {
			shown = append(shown, t)
		}
		if past.IsZero() && at.After(want) {
			past = t
		}
	}
	return shown, past
}

func TestC26_EveryChangeOfEveryZoneIsResolved(t *testing.T) {
	t.Parallel()
	changes := 0
	for _, name := range changingZones(t) {
		loc := zone(t, name)
		for _, at := range transitions(loc) {
			changes++
			_, before := at.Add(-time.Minute).In(loc).Zone()
			_, after := at.In(loc).Zone()
			// The wall times the clocks show just before and after the change.
			old, new := at.Add(time.Duration(before)*time.Second), at.Add(time.Duration(after)*time.Second)
			low, high, kind := old, new, policy.Gap
			if after < before {
				low, high, kind = new, old, policy.Fold
			}
			for _, w := range []time.Time{low, low.Add(high.Sub(low) / 2).Truncate(time.Minute), high.Add(-time.Minute)} {
				first, last, got := policy.Instants(wall(w), loc)
				require.Equal(t, kind, got, "%s %s", name, w)
				if kind == policy.Gap {
					require.Equal(t, at, first, "%s %s", name, w)
					require.Equal(t, at, last, "%s %s", name, w)
					continue
				}
				require.Equal(t, w.Add(-time.Duration(before)*time.Second), first, "%s %s", name, w)
				require.Equal(t, w.Add(-time.Duration(after)*time.Second), last, "%s %s", name, w)
			}
			for _, w := range []time.Time{low.Add(-time.Minute), high} {
				_, _, got := policy.Instants(wall(w), loc)
				require.Equal(t, policy.Once, got, "%s %s", name, w)
			}
		}
	}
	t.Logf("%d changes resolved", changes)
	require.Greater(t, changes, 1000)
}

func wall(t time.Time) policy.Wall {
	return policy.Wall{Year: t.Year(), Month: t.Month(), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute()}
}

func TestC26_InstantsAgreeWithAScanOfTheClocks(t *testing.T) {
	t.Parallel()
	zones := changingZones(t)
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 7*365*24*60-1).Draw(t, "minute")) * time.Minute)
		if changes := transitions(loc); len(changes) > 0 && rapid.Bool().Draw(t, "near a change") {
			at = rapid.SampledFrom(changes).Draw(t, "change").In(loc)
			at = at.Add(time.Duration(rapid.IntRange(-180, 180).Draw(t, "minutes off")) * time.Minute)
		}
		w := wall(at)
		shown, past := scan(w, loc)
		first, last, kind := policy.Instants(w, loc)
		switch len(shown) {
		case 0:
			require.Equal(t, policy.Gap, kind)
			require.Equal(t, past, first)
			require.Equal(t, past, last)
		case 1:
			require.Equal(t, policy.Once, kind)
			require.Equal(t, shown[0], first)
			require.Equal(t, shown[0], last)
		default:
			require.Equal(t, policy.Fold, kind)
			require.Equal(t, shown[0], first)
			require.Equal(t, shown[len(shown)-1], last)
		}
	})
}
