package incident_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	zones "github.com/lowcodex/countersign/policy"
)

// resolve is the product's own resolution of wall times (C26, I28).
func resolve(zone string, w incident.Wall) (time.Time, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, err
	}
	return at(loc, w)
}

func at(loc *time.Location, w incident.Wall) (time.Time, error) {
	first, _, _ := zones.Instants(zones.Wall{Year: w.Year, Month: w.Month, Day: w.Day, Hour: w.Hour, Minute: w.Minute}, loc)
	return first, nil
}

func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func wall(text string) incident.Wall {
	w, err := incident.ParseWall(text)
	if err != nil {
		panic(err)
	}
	return w
}

func rotation(zone, from string, every incident.Turn, members ...compliance.PersonID) incident.Rotation {
	return incident.Rotation{Name: "first", Versions: []incident.RotationVersion{
		{Version: "v1", Zone: zone, From: wall(from), Every: every, Members: members},
	}}
}

// whole checks that shifts cover [from, until) with exactly one person at every instant.
func whole(t require.TestingT, shifts []incident.Shift, from, until time.Time) {
	require.NotEmpty(t, shifts)
	require.False(t, shifts[0].Start.After(from))
	for i, s := range shifts {
		if !s.End.After(s.Start) || s.Person == "" || i > 0 && !shifts[i-1].End.Equal(s.Start) {
			require.Fail(t, "a gap, or a second primary", "%v then %v", shifts[max(0, i-1)], s)
		}
	}
	require.False(t, shifts[len(shifts)-1].End.Before(until))
}

func TestI28_HandoffsAtMissingAndDoubledTimes(t *testing.T) {
	for name, c := range map[string]struct{ zone, from, handoff string }{
		"missing in New York: first instant after the gap": {"America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z"},
		"doubled in New York: first occurrence":            {"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		"half an hour missing on Lord Howe":                {"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"},
		"half an hour doubled on Lord Howe":                {"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
		"midnight missing in Cairo":                        {"Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00:00Z"},
	} {
		shifts, err := incident.Render(rotation(c.zone, c.from, incident.Daily, "p-ann", "p-bob"), utc(c.handoff), utc(c.handoff).Add(time.Hour), resolve)
		require.NoError(t, err, name)
		require.Equal(t, utc(c.handoff), shifts[0].Start, name)
	}
	shifts, err := incident.Render(rotation("America/New_York", "2026-03-02T09:00", incident.Weekly, "p-ann", "p-bob"), utc("2026-03-01T00:00:00Z"), utc("2026-03-20T00:00:00Z"), resolve)
	require.NoError(t, err)
	require.Equal(t, 167*time.Hour, shifts[0].End.Sub(shifts[0].Start), "a week with the change of clocks; the handoff stays at nine")
	require.Equal(t, utc("2026-03-09T13:00:00Z"), shifts[1].Start)
	require.Equal(t, []compliance.PersonID{"p-ann", "p-bob", "p-ann"}, []compliance.PersonID{shifts[0].Person, shifts[1].Person, shifts[2].Person})
	require.Equal(t, []int{0, 1, 2}, []int{shifts[0].Turn, shifts[1].Turn, shifts[2].Turn})
}

// Zones whose clocks change in 2024 to 2030, each in its own way: north, south,
// half hours, midnight, two hours, by the moon, and one that never changes.
func TestI28_NoInstantWithoutOrWithTwoPrimaries(t *testing.T) {
	for _, zone := range []string{
		"America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham", "Pacific/Auckland",
		"America/St_Johns", "America/Santiago", "America/Asuncion", "America/Havana", "Africa/Cairo", "Africa/Casablanca", "Asia/Gaza", "Asia/Beirut",
		"Asia/Jerusalem", "Antarctica/Troll", "America/Nuuk", "America/Scoresbysund", "Asia/Almaty", "Atlantic/Azores", "Asia/Kathmandu", "UTC",
	} {
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		loaded := func(_ string, w incident.Wall) (time.Time, error) { return at(loc, w) }
		for _, handoff := range []string{"00:00", "01:30", "02:15", "02:30", "23:59"} {
			for year := 2024; year <= 2030; year++ {
				from, until := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
				shifts, err := incident.Render(rotation(zone, "2023-12-01T"+handoff, incident.Daily, "p-ann", "p-bob", "p-cid"), from, until, loaded)
				require.NoError(t, err)
				whole(t, shifts, from, until)
				for i, s := range shifts {
					if h := s.End.Sub(s.Start).Hours(); h < 21.9 || h > 26.1 || i > 0 && s.Turn != shifts[i-1].Turn+1 {
						t.Fatalf("%s: turn %d of %v hours", zone, s.Turn, h)
					}
				}
			}
		}
	}
}

// A zone that skips a whole day leaves one member without their turn and nobody twice.
func TestI28_ASkippedDay(t *testing.T) {
	r := rotation("Pacific/Apia", "2011-12-28T09:00", incident.Daily, "p-ann", "p-bob", "p-cid", "p-dan", "p-eve")
	from, until := utc("2011-12-29T00:00:00Z"), utc("2012-01-03T00:00:00Z")
	shifts, err := incident.Render(r, from, until, resolve)
	require.NoError(t, err)
	whole(t, shifts, from, until)
}

// A change of the zone's rules in the middle of a rotation moves handoffs and leaves no hole.
func TestI28_AZoneRuleChangeMidRotation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := utc("2026-06-10T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 240).Draw(t, "hours")) * time.Hour)
		before := time.Duration(rapid.IntRange(-12, 14).Draw(t, "before")) * time.Hour
		after := before + time.Duration(rapid.IntRange(-4, 4).Draw(t, "shift"))*30*time.Minute
		moved := func(_ string, w incident.Wall) (time.Time, error) {
			at := time.Date(w.Year, w.Month, w.Day, w.Hour, w.Minute, 0, 0, time.UTC)
			if first := at.Add(-before); first.Before(change) {
				return first, nil
			}
			if second := at.Add(-after); !second.Before(change) {
				return second, nil
			}
			return change, nil // skipped
		}
		from, until := utc("2026-06-05T00:00:00Z"), utc("2026-06-25T00:00:00Z")
		shifts, err := incident.Render(rotation("Zone/Moved", "2026-06-01T09:00", incident.Daily, "p-ann", "p-bob"), from, until, moved)
		require.NoError(t, err)
		whole(t, shifts, from, until)
	})
}

func TestRotationVersionsAndOverrides(t *testing.T) {
	r := rotation("Europe/Berlin", "2026-10-05T09:00", incident.Weekly, "p-ann", "p-bob")
	r.Versions = append(r.Versions, incident.RotationVersion{Version: "v2", Zone: "America/New_York", From: wall("2026-10-21T08:00"), Every: incident.Daily, Members: []compliance.PersonID{"p-cid", "p-dan"}})
	r.Overrides = []incident.Override{
		{Interval: compliance.Interval{Start: utc("2026-10-13T00:00:00Z"), End: utc("2026-10-14T00:00:00Z")}, Person: "p-eve", Made: utc("2026-10-01T00:00:00Z")},
		{Interval: compliance.Interval{Start: utc("2026-10-13T12:00:00Z"), End: utc("2026-10-13T18:00:00Z")}, Person: "p-fay", Made: utc("2026-10-02T00:00:00Z")},
	}
	from, until := utc("2026-10-06T00:00:00Z"), utc("2026-10-23T00:00:00Z")
	shifts, err := incident.Render(r, from, until, resolve)
	require.NoError(t, err)
	whole(t, shifts, from, until)
	var told []string
	for _, s := range shifts {
		told = append(told, fmt.Sprintf("%s %s %s %s", s.Start.Format("02T15"), s.Person, s.Cause, s.Version))
	}
	require.Equal(t, []string{
		"05T07 p-ann rotation v1", "12T07 p-bob rotation v1", "13T00 p-eve override v1", "13T12 p-fay override v1", "13T18 p-eve override v1",
		"14T00 p-bob rotation v1", "19T07 p-ann rotation v1", "21T12 p-cid rotation v2", "22T12 p-dan rotation v2",
	}, told)
	require.Equal(t, compliance.PersonID("p-bob"), shifts[3].Instead)
}

func TestRenderRefuses(t *testing.T) {
	good := rotation("Europe/Berlin", "2026-10-05T09:00", incident.Weekly, "p-ann")
	_, err := incident.Render(good, noon, noon, resolve)
	require.ErrorContains(t, err, "cannot render")
	_, err = incident.Render(good, noon, noon.Add(incident.MaxHorizon+1), resolve)
	require.ErrorContains(t, err, "400 days")
	broken := errors.New("no such zone")
	_, err = incident.Render(good, noon, m(60), func(string, incident.Wall) (time.Time, error) { return time.Time{}, broken })
	require.ErrorIs(t, err, broken)
	for place, spoil := range map[string]func(*incident.Rotation){
		"versions":            func(r *incident.Rotation) { r.Versions = nil },
		"versions[1].members": func(r *incident.Rotation) { r.Versions[0].Members = nil }, // an empty rotation
		"versions[1].from":    func(r *incident.Rotation) { r.Versions[0].From.Day = 31; r.Versions[0].From.Month = 2 },
		"versions[1].every":   func(r *incident.Rotation) { r.Versions[0].Every = "hourly" },
		"versions[1].zone":    func(r *incident.Rotation) { r.Versions[0].Zone = "" },
		"versions[1].version": func(r *incident.Rotation) { r.Versions[0].Version = "" },
		"versions[2].from":    func(r *incident.Rotation) { v := r.Versions[0]; v.Version = "v2"; r.Versions = append(r.Versions, v) },
		"overrides[1]":        func(r *incident.Rotation) { r.Overrides = []incident.Override{{Person: "p-ann"}} },
	} {
		r := rotation("Europe/Berlin", "2026-10-05T09:00", incident.Weekly, "p-ann")
		spoil(&r)
		problems := r.Check()
		require.Len(t, problems, 1, place)
		require.Equal(t, place, problems[0].Place)
		shifts, err := incident.Render(r, noon, m(60), resolve)
		require.ErrorContains(t, err, place)
		require.Empty(t, shifts)
	}
}

func FuzzParseWall(f *testing.F) {
	f.Add("2026-03-31T09:00")
	f.Add("2026-02-30T24:00")
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := incident.ParseWall(s); err == nil {
			require.Equal(t, s, w.String())
		}
	})
}

// Versions in zones far apart may begin in another order than their dates say.
func TestI28_VersionsFarApartLeaveOnePrimary(t *testing.T) {
	r := rotation("Pacific/Kiritimati", "2026-10-01T09:00", incident.Daily, "p-ann")
	r.Versions = append(r.Versions,
		incident.RotationVersion{Version: "v2", Zone: "Pacific/Pago_Pago", From: wall("2026-10-10T23:00"), Every: incident.Daily, Members: []compliance.PersonID{"p-bob"}},
		incident.RotationVersion{Version: "v3", Zone: "Pacific/Kiritimati", From: wall("2026-10-11T00:00"), Every: incident.Daily, Members: []compliance.PersonID{"p-cid"}})
	from, until := utc("2026-10-09T00:00:00Z"), utc("2026-10-14T00:00:00Z")
	shifts, err := incident.Render(r, from, until, resolve)
	require.NoError(t, err)
	whole(t, shifts, from, until)
}
