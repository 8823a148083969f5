package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/policy"
)

// rotations is the example with these rotations besides its own.
func rotations(t require.TestingT, entries string) *policy.Rules {
	text := string(example(t)[escalationFile].Data)
	rules, _ := load(t, with(t, map[string]string{escalationFile: strings.Replace(text, "rotations:\n", "rotations:\n"+entries, 1)}))
	return rules
}

func entryOf(name, zone, from, every string) string {
	return fmt.Sprintf("  - name: %s\n    versions: [{version: v1, zone: %s, from: %q, every: %s, members: [p-alice, p-bruno, p-chidi]}]\n", name, zone, from, every)
}

// I28: over every change of every zone, at every kind of handoff, each instant
// has exactly one primary, and the handoff is the first instant after a gap and
// the first occurrence of a doubled time.
func TestI28_HandoffsOfEveryZoneThatChanges(t *testing.T) {
	t.Parallel()
	zones := changingZones(t)
	require.Contains(t, zones, "Australia/Lord_Howe")
	var entries strings.Builder
	handoffs := []string{"00:00", "01:30", "02:15"}
	name := func(i, j int) string { return fmt.Sprintf("zone-%d-%d", i, j) }
	for i, zone := range zones {
		for j, at := range handoffs {
			entries.WriteString(entryOf(name(i, j), zone, "2023-12-01T"+at, "daily"))
		}
	}
	rules := rotations(t, entries.String())
	changes := 0
	for i, zoneName := range zones {
		loc := zone(t, zoneName)
		for _, at := range transitions(loc) {
			changes++
			from, until := at.Add(-30*time.Hour), at.Add(30*time.Hour)
			for j := range handoffs {
				roster, err := rules.Shifts(name(i, j), from, until)
				require.NoError(t, err)
				covered(t, roster.Shifts, from, until)
				for _, s := range roster.Shifts {
					handoffIsRight(t, s, loc, handoffs[j])
				}
			}
		}
	}
	t.Logf("%d changes of %d zones", changes, len(zones))
	require.Greater(t, changes, 1000)
}

// covered wants shifts that hold each instant of the span exactly once.
func covered(t require.TestingT, shifts []incident.Shift, from, until time.Time) {
	require.NotEmpty(t, shifts)
	require.False(t, shifts[0].Start.After(from), "nobody at the start")
	require.False(t, shifts[len(shifts)-1].End.Before(until), "nobody at the end")
	for i, s := range shifts {
		require.True(t, s.Start.Before(s.End), "an empty shift")
		require.Equal(t, time.UTC, s.Start.Location())
		if i > 0 {
			require.True(t, s.Start.Equal(shifts[i-1].End), "%s and %s", shifts[i-1].End, s.Start)
		}
	}
}

// handoffIsRight compares the start of a shift with a scan of the clocks, minute by minute.
func handoffIsRight(t require.TestingT, s incident.Shift, loc *time.Location, at string) {
	want, err := time.Parse("15:04", at)
	require.NoError(t, err)
	local := s.Start.In(loc)
	if local.Hour() == want.Hour() && local.Minute() == want.Minute() {
		// The clocks show the handoff; they did not show it shortly before, on the same day.
		for back := time.Minute; back <= 3*time.Hour; back += time.Minute {
			earlier := s.Start.Add(-back).In(loc)
			require.False(t, earlier.Hour() == want.Hour() && earlier.Minute() == want.Minute(), "%s %s: the second occurrence of %s", loc, s.Start, at)
		}
		return
	}
	// They never show it: this is the instant at which they were put forward over it.
	before := s.Start.Add(-time.Second).In(loc)
	_, was := before.Zone()
	_, is := local.Zone()
	require.Greater(t, is, was, "%s %s: neither the handoff nor a gap", loc, s.Start)
	day := time.Date(local.Year(), local.Month(), local.Day(), want.Hour(), want.Minute(), 0, 0, time.UTC)
	wallBefore := s.Start.Add(time.Duration(was) * time.Second)
	wallAfter := s.Start.Add(time.Duration(is) * time.Second)
	for _, d := range []time.Time{day.AddDate(0, 0, -1), day} {
		if !d.Before(wallBefore) && d.Before(wallAfter) {
			return
		}
	}
	require.FailNow(t, "the gap does not hold the handoff", "%s %s", loc, s.Start)
}

// I28: the same for any time of day, weekly or daily, anywhere in 2024 to 2030.
func TestI28_OnePrimaryAtEveryInstant(t *testing.T) {
	t.Parallel()
	zones := changingZones(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		at := fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		every := rapid.SampledFrom([]string{"daily", "weekly"}).Draw(t, "every")
		rules := rotations(t, entryOf("drawn", name, "2023-11-27T"+at, every))
		from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 6*365).Draw(t, "day"))
		until := from.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days"))
		roster, err := rules.Shifts("drawn", from, until)
		require.NoError(t, err)
		covered(t, roster.Shifts, from, until)
		loc := zone(t, name)
		for _, s := range roster.Shifts {
			handoffIsRight(t, s, loc, at)
		}
	})
}

// A rotation that follows the sun has one primary at every instant, who is the
// one on call by the rotation whose day began last, through every change of the
// clocks on either side.
func TestI28_TheSunNeverLeavesNobody(t *testing.T) {
	t.Parallel()
	zones := append(changingZones(t), "Asia/Kolkata", "UTC")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 4).Draw(t, "desks")
		var entries, sun strings.Builder
		type desk struct {
			loc *time.Location
			at  string
		}
		desks := map[string]desk{}
		for i := range n {
			at := fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(t, "hour"), i) // never at the same time
			name, zoneName := fmt.Sprintf("desk-%d", i), rapid.SampledFrom(zones).Draw(t, "zone")
			entries.WriteString(entryOf(name, zoneName, "2023-11-27T09:00", "weekly"))
			fmt.Fprintf(&sun, "{rotation: %s, zone: %s, at: %q}, ", name, zoneName, at)
			desks[name] = desk{zone(t, zoneName), at}
		}
		rules := rotations(t, entries.String()+"  - name: sun\n    sun: ["+sun.String()+"]\n")
		from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 6*365*24).Draw(t, "hour of the years")) * time.Hour)
		if changes := transitions(desks["desk-0"].loc); len(changes) > 0 && rapid.Bool().Draw(t, "near a change") {
			from = rapid.SampledFrom(changes).Draw(t, "change").AddDate(0, 0, -1)
		}
		until := from.AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "days"))
		roster, err := rules.Shifts("sun", from, until)
		require.NoError(t, err)
		covered(t, roster.Shifts, from, until)
		for _, s := range roster.Shifts {
			name, _, _ := strings.Cut(s.Version, "/")
			for _, d := range desks { // two can begin at once, in the same gap
				require.False(t, lastBegun(t, s.Start, d.at, d.loc).After(lastBegun(t, s.Start, desks[name].at, desks[name].loc)))
			}
			own, err := rules.Shifts(name, s.Start, s.Start.Add(time.Minute))
			require.NoError(t, err)
			require.Equal(t, own.Shifts[0].Person, s.Person)
		}
	})
}

// lastBegun is when a day last began for a desk, at or before an instant.
func lastBegun(t require.TestingT, at time.Time, clock string, loc *time.Location) time.Time {
	hour, err := time.Parse("15:04", clock)
	require.NoError(t, err)
	var latest time.Time
	for back := -2; back <= 3; back++ {
		day := at.In(loc).AddDate(0, 0, -back)
		first, _, _ := policy.Instants(policy.Wall{Year: day.Year(), Month: day.Month(), Day: day.Day(), Hour: hour.Hour(), Minute: hour.Minute()}, loc)
		if !first.After(at) && first.After(latest) {
			latest = first
		}
	}
	return latest
}

// I28: the days of the rotations that a rotation follows begin at the first
// instant after a gap, and at the first occurrence of a doubled time.
func TestI28_TheSunAtMissingAndDoubledTimes(t *testing.T) {
	rules := rotations(t, entryOf("east", "UTC", "2026-01-01T00:00", "weekly")+entryOf("west", "UTC", "2026-01-01T00:00", "weekly")+
		`  - name: gap
    sun: [{rotation: east, zone: UTC, at: "20:00"}, {rotation: west, zone: America/New_York, at: "02:30"}]
  - name: fold
    sun: [{rotation: east, zone: UTC, at: "20:00"}, {rotation: west, zone: America/New_York, at: "01:30"}]
  - name: half-an-hour
    sun: [{rotation: east, zone: UTC, at: "20:00"}, {rotation: west, zone: Australia/Lord_Howe, at: "01:45"}]
`)
	for name, at := range map[string]string{"gap": "2026-03-08T07:00:00Z", "fold": "2026-11-01T05:30:00Z", "half-an-hour": "2026-04-04T14:45:00Z"} {
		handoff := instant(t, at)
		roster, err := rules.Shifts(name, handoff.Add(-time.Second), handoff.Add(time.Second))
		require.NoError(t, err)
		require.Len(t, roster.Shifts, 2, name)
		require.Equal(t, handoff, roster.Shifts[1].Start, name)
		require.Equal(t, "east/v1", roster.Shifts[0].Version)
		require.Equal(t, "west/v1", roster.Shifts[1].Version)
	}
}

func TestI5_ShiftsSayWhoAndWhy(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	require.Equal(t, []string{"amsterdam", "chicago", "follow-the-sun", "kolkata"}, rules.Rotations())
	active := func(id compliance.PersonID) bool {
		p, ok := directory.Person(id)
		return ok && p.ActiveAt(time.Now())
	}
	for at, want := range map[string]struct {
		rotation string
		person   compliance.PersonID
		cause    incident.Reason
		version  string
	}{
		"2026-11-23T08:00:00Z": {"amsterdam", "p-bruno", incident.ByRotation, "2026"}, // Monday 09:00 in winter, the 47th turn
		"2026-11-23T07:59:59Z": {"amsterdam", "p-goran", incident.ByRotation, "2026"},
		"2026-12-25T12:00:00Z": {"amsterdam", "p-jonas", incident.ByOverride, "2026"},
		"2027-01-04T08:00:00Z": {"amsterdam", "p-jonas", incident.ByRotation, "2027"}, // the next version's first handoff
		"2027-01-04T07:59:59Z": {"amsterdam", "p-goran", incident.ByRotation, "2026"},
		"2026-11-24T02:30:00Z": {"follow-the-sun", "p-farah", incident.ByRotation, "kolkata/2026"},
		"2026-11-24T13:59:59Z": {"follow-the-sun", "p-bruno", incident.ByRotation, "amsterdam/2026"},
		"2026-11-24T14:00:00Z": {"follow-the-sun", "p-emeka", incident.ByRotation, "chicago/2026"},
		"2026-06-24T13:00:00Z": {"follow-the-sun", "p-emeka", incident.ByRotation, "chicago/2026"}, // an hour earlier in summer
	} {
		duty, hash, err := rules.OnCall(want.rotation, active, instant(t, at))
		require.NoError(t, err)
		require.Len(t, hash, 64)
		require.Equal(t, want.cause, duty.Cause, at)
		require.Equal(t, want.version, duty.Version, at)
		require.Equal(t, want.person, duty.Person, at)
		require.True(t, duty.Until.After(instant(t, at)))
	}
	// Somebody who has left is nobody; the step goes on to its other targets (I4).
	duty, _, err := rules.OnCall("chicago", func(compliance.PersonID) bool { return false }, instant(t, "2026-11-24T02:30:00Z"))
	require.NoError(t, err)
	require.Empty(t, duty.Person)
	require.Equal(t, incident.AllInactive, duty.Cause)

	from := instant(t, "2026-06-01T00:00:00Z")
	_, err = rules.Shifts("nobody", from, from.AddDate(0, 0, 1))
	require.ErrorIs(t, err, policy.ErrUnknownRotation)
	for _, name := range []string{"amsterdam", "follow-the-sun"} {
		_, err = rules.Shifts(name, from, from)
		require.ErrorContains(t, err, "cannot render", name)
		_, err = rules.Shifts(name, from, from.AddDate(2, 0, 0))
		require.ErrorContains(t, err, "ask for at most", name)
		roster, err := rules.Shifts(name, from, from.AddDate(0, 0, 400))
		require.NoError(t, err, name)
		covered(t, roster.Shifts, from, from.AddDate(0, 0, 400))
	}
	// The digest is of the zones, and stays from day to day.
	one, err := rules.Shifts("follow-the-sun", from, from.AddDate(0, 0, 1))
	require.NoError(t, err)
	two, err := rules.Shifts("follow-the-sun", from.AddDate(0, 0, 7), from.AddDate(0, 0, 8))
	require.NoError(t, err)
	require.Equal(t, one.ZoneHash, two.ZoneHash)
	other, err := rules.Shifts("kolkata", from, from.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.NotEqual(t, one.ZoneHash, other.ZoneHash)

	bare := example(t)
	delete(bare, escalationFile)
	bare[organisationFile] = mapFile(calm(t)) // which would have nobody on call
	silent, _ := load(t, bare)
	require.Empty(t, silent.Rotations())
	_, err = silent.Shifts("amsterdam", from, from.AddDate(0, 0, 1))
	require.ErrorIs(t, err, policy.ErrUnknownRotation)
}
