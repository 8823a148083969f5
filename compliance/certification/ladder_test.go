package certification_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

func TestA1_TheDefaultLadder(t *testing.T) {
	l := cert.DefaultLadder()
	require.NoError(t, l.Check())
	var got []int
	for i, r := range l.Rungs {
		got = append(got, r.Offset)
		require.Equal(t, cert.Actions()[i], r.Action) // A3
		require.Equal(t, cert.Owner, r.Audience[0])
		if i > 0 {
			require.Subset(t, r.Audience, l.Rungs[i-1].Audience, "an outage may have skipped the earlier one")
		}
	}
	require.Equal(t, []int{90, 60, 30, 14, 7, 1, 0}, got)
	require.Equal(t, 7, l.Every)
	b, err := json.Marshal(l)
	require.NoError(t, err)
	var back cert.Ladder
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, l, back)
}

func TestLadderCheckRefuses(t *testing.T) {
	for name, spoil := range map[string]func(l *cert.Ladder){
		"nothing":         func(l *cert.Ladder) { l.Rungs = nil },
		"too many":        func(l *cert.Ladder) { l.Rungs = make([]cert.Rung, 31) },
		"not falling":     func(l *cert.Ladder) { l.Rungs[1].Offset = 90 },
		"negative":        func(l *cert.Ladder) { l.Rungs[6].Offset = -1 },
		"far":             func(l *cert.Ladder) { l.Rungs[0].Offset = 731 },
		"no end":          func(l *cert.Ladder) { l.Rungs = l.Rungs[:6] },
		"unknown action":  func(l *cert.Ladder) { l.Rungs[0].Action = "shout" },
		"nobody":          func(l *cert.Ladder) { l.Rungs[0].Audience = nil },
		"unknown role":    func(l *cert.Ladder) { l.Rungs[0].Audience = []cert.Role{"king"} },
		"role twice":      func(l *cert.Ladder) { l.Rungs[0].Audience = []cert.Role{cert.Owner, cert.Owner} },
		"after: nobody":   func(l *cert.Ladder) { l.After.Audience = nil },
		"every day":       func(l *cert.Ladder) { l.Every = 1 },
		"every year":      func(l *cert.Ladder) { l.Every = 365 },
		"hour":            func(l *cert.Ladder) { l.Hour = 24 },
		"late at once":    func(l *cert.Ladder) { l.Late = 0 },
		"hasty":           func(l *cert.Ladder) { l.Patience = time.Second },
		"negative wait":   func(l *cert.Ladder) { l.Patience = -time.Hour },
		"endless grace":   func(l *cert.Ladder) { l.MaxGrace = 366 },
		"negative grace":  func(l *cert.Ladder) { l.MaxGrace = -1 },
		"negative hour":   func(l *cert.Ladder) { l.Hour = -1 },
		"late for a week": func(l *cert.Ladder) { l.Late = 168 * time.Hour },
	} {
		l := cert.DefaultLadder()
		spoil(&l)
		var wrong *cert.LadderProblem
		require.ErrorAs(t, l.Check(), &wrong, name)
		require.NotEmpty(t, wrong.Place, name)
	}
	l := cert.DefaultLadder()
	l.Rungs[2].Action = "shout"
	require.ErrorContains(t, l.Check(), `rung 3: the action "shout" is not known`)
	l = cert.DefaultLadder()
	l.After.Audience = nil
	require.ErrorContains(t, l.Check(), "after the end: nobody is told")
}

func TestA1_WeekendsShiftBackwards(t *testing.T) {
	// 2026-12-31 is a Thursday; 60 days before it is Sunday 1 November, 90 is Friday 2 October.
	var got []string
	for _, p := range cert.Plan(cert.DefaultLadder(), day("2026-12-31"), day("2026-01-01"))[:9] {
		got = append(got, p.Date.String())
		require.Equal(t, p.Offset == 0, p.AtEnd)
	}
	require.Equal(t, []string{
		"2026-10-02", "2026-10-30", "2026-12-01", "2026-12-17", "2026-12-24", "2026-12-30",
		"2027-01-01", "2027-01-07", "2027-01-14",
	}, got)
	// 2028-01-01 is a Saturday: the last rung states a fact and is not moved to before it is one.
	plan := cert.Plan(cert.DefaultLadder(), day("2028-01-01"), day("2028-01-01"))
	require.Equal(t, "2028-01-02", plan[6].Date.String())
	require.Equal(t, "2028-01-07", plan[7].Date.String(), "Saturday the 8th, moved")
	require.Empty(t, cert.Plan(cert.DefaultLadder(), cert.Date{}, day("2028-01-01")))
}

func drawLadder(t *rapid.T) cert.Ladder {
	l := cert.DefaultLadder()
	if rapid.Bool().Draw(t, "default") {
		return l
	}
	all := rapid.SliceOfNDistinct(rapid.IntRange(1, 120), 1, 12, rapid.ID).Draw(t, "offsets")
	slices.Sort(all)
	slices.Reverse(all)
	l.Rungs = nil
	for _, o := range all {
		l.Rungs = append(l.Rungs, cert.Rung{Offset: o, Action: rapid.SampledFrom(cert.Actions()).Draw(t, "action"), Audience: []cert.Role{cert.Owner}})
	}
	l.Rungs = append(l.Rungs, cert.Rung{Offset: 0, Action: cert.StateExpired, Audience: []cert.Role{cert.Owner}})
	l.Every = rapid.IntRange(7, 31).Draw(t, "every")
	l.Hour = rapid.IntRange(0, 23).Draw(t, "hour")
	l.Patience = time.Duration(rapid.IntRange(0, 100).Draw(t, "patience")) * time.Hour
	return l
}

// A1: never on a weekend, never later than meant, never past the expiry, in order.
func TestA1_PlansAreOrderedAndNeverLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLadder(t)
		require.NoError(t, l.Check())
		last := drawDate(t, "last")
		today := last.Add(rapid.IntRange(-200, 2000).Draw(t, "today"))
		plan := cert.Plan(l, last, today)
		for i, p := range plan {
			meant := last.Add(-p.Offset)
			if p.AtEnd {
				require.Equal(t, last.Add(1), p.Date)
			} else {
				require.False(t, p.Date.After(meant))
				require.LessOrEqual(t, meant.Days(p.Date), 2)
				require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, p.Date.Weekday())
			}
			require.True(t, p.Offset <= 0 || p.Date.Before(last), "not past the expiry")
			require.True(t, p.Offset >= 0 || p.Date.After(last), "and not before it")
			if i > 0 {
				require.False(t, p.Date.Before(plan[i-1].Date))
				require.Less(t, p.Offset, plan[i-1].Offset)
			}
		}
		require.Len(t, plan, len(l.Rungs)+54)
		require.True(t, plan[len(plan)-1].Date.After(today.Add(300)), "the plan reaches far ahead")
	})
}

func TestG1_AScheduleFollowsTheOwnersZone(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", "2026-01-02T10:00")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	s := w.track.Schedule
	require.Equal(t, at("2025-12-31T23:00"), s.Starts)
	require.Equal(t, at("2026-12-31T23:00"), s.Ends)
	require.Equal(t, at("2026-10-02T07:00"), s.Rungs[0].At, "summer time")
	require.Equal(t, at("2026-10-30T08:00"), s.Rungs[1].At, "winter time")
	require.Equal(t, s.Ends, s.Rungs[6].At)

	// The owner moves: the next resolution moves everything, nothing is sent twice.
	w.until("2026-10-02T07:00")
	require.Equal(t, []int{90}, offsets(w.sent))
	w.zone = zone("America/Los_Angeles")
	w.until("2026-10-05")
	require.Equal(t, at("2026-10-30T16:00"), w.track.Schedule.Rungs[1].At)
	require.Equal(t, []int{90}, offsets(w.sent))
	w.until("2027-01-01T07:59")
	require.Equal(t, cert.Expiring, w.track.Current.State)
	w.until("2027-01-01T08:00")
	require.Equal(t, cert.Expired, w.track.Current.State)
	w.once()
}

func TestG1_AForeignScheduleDecidesNothing(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	good := w.track.Schedule
	require.NoError(t, good.Check(w.track))
	for name, spoil := range map[string]func(s *cert.Schedule){
		"another version": func(s *cert.Schedule) { s.Artefact = 9 },
		"another end":     func(s *cert.Schedule) { s.Last = s.Last.Add(1) },
		"no end":          func(s *cert.Schedule) { s.Ends = time.Time{} },
		"a grace":         func(s *cert.Schedule) { s.GraceEnds = s.Ends },
		"out of order":    func(s *cert.Schedule) { s.Rungs = []cert.Scheduled{s.Rungs[1], s.Rungs[0]} },
		"empty":           func(s *cert.Schedule) { *s = cert.Schedule{} },
	} {
		s := good
		spoil(&s)
		_, err := w.track.Placed(s, w.now)
		require.Error(t, err, name)
		bad := w.track
		bad.Schedule = s
		_, err = cert.Next(bad, w.now)
		require.Error(t, err, name)
		_, err = cert.Conditions(bad, w.now)
		require.Error(t, err, name)
		_, _, r := cert.Apply(bad, cert.Act{Action: cert.ActionRequest, Binding: bad.Bind()}, owner(), w.now, 0)
		require.Equal(t, cert.NotResolved, r, name)
		got, e, r := cert.Apply(bad, cert.Act{Action: cert.ActionWithdraw, Binding: bad.Bind(), Note: "vendor says so"}, owner(), w.now, 0)
		require.Equal(t, cert.OK, r, "a vendor's notice waits for nothing: %s", name)
		require.Len(t, e.Moves, 1)
		require.Equal(t, cert.Missing, got.Current.State)
	}
}
