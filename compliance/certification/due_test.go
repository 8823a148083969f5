package certification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

// A2, A3, A8: a year that nobody does anything about.
func TestA3_ALadderNobodyClimbs(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", "2026-01-02T10:00")
	w.track.Ladder.Patience = 0
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.until("2027-01-21T12:00")
	require.Equal(t, []int{90, 60, 30, 14, 7, 1, 0, -7, -14, -21}, offsets(w.sent))
	for i, r := range w.sent {
		require.Equal(t, cert.OnTime, r.Timing)
		require.Equal(t, r.Planned, w.sentAt[i])
		require.Empty(t, r.Skipped)
	}
	for i, want := range [][]cert.Action{
		{cert.RequestRenewal}, {cert.ChaseVendor}, {cert.Escalate}, {cert.DecideGrace}, {cert.TellSponsor}, {cert.ListBlocks}, {cert.StateExpired}, {cert.RemindWeekly},
	} {
		require.Equal(t, want, w.sent[i].Do)
	}
	require.Equal(t, []cert.State{cert.Received, cert.UnderReview, cert.Valid, cert.Expiring, cert.Expired}, w.states())
	require.Equal(t, at("2026-12-31T23:00"), w.moves[4].At)
	w.once()
}

func TestA2_AfterAnOutageOnlyTheNearestRungMarkedLate(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.now = at("2026-12-18") // nobody looked for most of a year
	w.look()
	require.Len(t, w.sent, 1)
	require.Equal(t, cert.Reminder{
		Version: 1, Offset: 14, Date: day("2026-12-17"), Planned: at("2026-12-17T09:00"), Timing: cert.Late,
		Skipped: []int{90, 60, 30}, Do: []cert.Action{cert.RequestRenewal, cert.Escalate, cert.DecideGrace},
		Audience: []cert.Role{cert.Owner, cert.Manager},
	}, w.sent[0], "what the skipped rungs ask for is not lost, and nobody is chased who was not asked")
	require.Equal(t, cert.Expiring, w.track.Current.State)
	w.now = at("2027-03-01T12:00")
	w.look()
	require.Equal(t, []int{14, -56}, offsets(w.sent))
	require.Equal(t, cert.OnTime, cert.Timing("on_time"))
	require.Equal(t, cert.Late, w.sent[1].Timing)
	require.Contains(t, w.sent[1].Do, cert.StateExpired)
	require.Equal(t, cert.Expired, w.track.Current.State)
	require.Equal(t, at("2027-01-01"), w.moves[len(w.moves)-1].At, "it expired then, whenever that was noticed")
	w.once()
}

func TestA2_ANewArtefactInsideTheLadderSendsOneRungAtOnce(t *testing.T) {
	w := newWorld(t, "UTC", "2026-12-10T12:00")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.look()
	require.Equal(t, []int{30}, offsets(w.sent))
	require.Equal(t, cert.Entered, w.sent[0].Timing)
	require.Equal(t, []int{90, 60}, w.sent[0].Skipped)
	w.look()
	require.Len(t, w.sent, 1)

	// One that is over already expires at once and says so once.
	w = newWorld(t, "UTC", "2027-02-10T12:00")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.look()
	require.Equal(t, []int{-35}, offsets(w.sent))
	require.Equal(t, cert.Entered, w.sent[0].Timing)
	require.Equal(t, cert.Expired, w.track.Current.State)
	require.True(t, w.blocked())
	w.once()
}

func TestA2_RungsOnOneDayAreOneReminder(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	w.track.Ladder.Rungs = []cert.Rung{
		{Offset: 3, Action: cert.DecideGrace, Audience: []cert.Role{cert.Owner}}, {Offset: 2, Action: cert.TellSponsor, Audience: []cert.Role{cert.Owner, cert.Sponsor}},
		{Offset: 0, Action: cert.StateExpired, Audience: []cert.Role{cert.Owner}},
	}
	w.supply(span("2026-01-01", "2026-08-04"), false) // a Tuesday: 3 is Saturday, 2 Sunday, both Friday 31 July
	w.until("2026-07-31T09:00")
	require.Equal(t, []int{2}, offsets(w.sent))
	require.Equal(t, []int{3}, w.sent[0].Skipped)
	require.Equal(t, cert.OnTime, w.sent[0].Timing, "sharing a day is not lateness")
	require.Equal(t, []cert.Action{cert.DecideGrace, cert.TellSponsor}, w.sent[0].Do)
}

func TestA3_PointlessActionsAreLeftOut(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.must(owner(), cert.Act{Action: cert.ActionRequest})
	w.until("2026-10-02T09:00")
	require.Empty(t, w.sent[0].Do, "asked already; people are still told")
	w.must(owner(), cert.Act{Action: cert.ActionReceive, Coverage: span("2027-01-01", "2027-12-31"), Document: "blob:x"})
	w.until("2026-10-30T09:00")
	require.Empty(t, w.sent[1].Do, "delivered: not chased")
	require.Equal(t, []int{90, 60}, offsets(w.sent), "and the ladder goes on until it is accepted")
}

func TestSentAndEscalatedAndMovedBearRepetition(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.now = at("2026-10-02T09:00")
	w.resolve()
	d, err := cert.Next(w.track, w.now)
	require.NoError(t, err)
	once := w.track.Moved(d.Moves).Sent(*d.Send, w.now)
	require.Equal(t, once, once.Moved(d.Moves).Sent(*d.Send, w.now.Add(time.Hour)))
	again, err := cert.Next(w.track, w.now)
	require.NoError(t, err)
	require.Equal(t, d, again, "a crash before it was applied repeats it under the same key")
	other := *d.Send
	other.Version = 7
	require.Equal(t, w.track, w.track.Sent(other, w.now))
	require.Equal(t, once, once.Escalated(cert.Escalation{Version: 7, Offset: 90}))
	require.Equal(t, once, once.Escalated(cert.Escalation{Version: 1, Offset: 60}))
}

// A2: whatever the dates, the ladder and the outages: every rung at most once,
// in order, at most one reminder per look, at most one of those late.
func TestA2_EveryRungAtMostOnceOverRandomOutages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Pacific/Auckland", "America/New_York"}).Draw(t, "zone"), "2026-01-02T10:00")
		w.track.Ladder = drawLadder(t)
		to := day("2026-01-01").Add(rapid.IntRange(0, 400).Draw(t, "to"))
		w.supply(cert.Coverage{From: day("2026-01-01"), To: to}, false)
		for range rapid.IntRange(1, 12).Draw(t, "looks") {
			before, from := len(w.sent), w.now
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 120*24).Draw(t, "outage")) * time.Hour)
			w.look()
			require.LessOrEqual(t, len(w.sent)-before, 1, "one reminder after an outage, never two")
			due := 0
			for _, r := range w.track.Schedule.Rungs {
				if r.At.After(from) && !r.At.After(w.now) {
					due++
				}
			}
			if due > 0 {
				require.Len(t, w.sent, before+1, "and never none when something had come")
				last := w.sent[before]
				require.GreaterOrEqual(t, len(last.Skipped)+1, due)
				require.Equal(t, w.now.Sub(last.Planned) > w.track.Ladder.Late, last.Timing == cert.Late)
			}
			require.Equal(t, !w.now.Before(w.track.Schedule.Ends), w.track.Current.State == cert.Expired)
			require.Equal(t, w.track.Current.State == cert.Expired, w.blocked())
		}
		w.once()
		seen := map[int]bool{}
		for i, r := range w.sent {
			require.True(t, i == 0 || r.Offset < w.sent[i-1].Offset)
			for _, o := range append([]int{r.Offset}, r.Skipped...) {
				require.False(t, seen[o], "%d sent or skipped twice", o)
				seen[o] = true
			}
		}
		for _, e := range w.told {
			require.NotEmpty(t, e.Role)
		}
	})
}

// A8: a timer that sleeps to each Wake and never hears of anybody states
// Expired at its very instant, and every rung at its own.
func TestA8_ExpiredFiresEvenIfNobodyLooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.SampledFrom([]string{"UTC", "Asia/Kolkata", "America/St_Johns"}).Draw(t, "zone"), "2026-01-02T10:00")
		w.track.Ladder = drawLadder(t)
		to := day("2026-01-03").Add(rapid.IntRange(0, 300).Draw(t, "to"))
		w.supply(cert.Coverage{From: day("2026-01-01"), To: to}, false)
		grace := rapid.IntRange(0, 60).Draw(t, "grace")
		end := w.track.Schedule.Ends
		if grace > 0 {
			w.sleep(end.Add(-time.Hour))
			if _, r := w.act(approver(), cert.Act{Action: cert.ActionGrace, Grant: true, Days: grace, Note: "it is tolerable"}); r == cert.OK {
				end = w.track.Schedule.GraceEnds
			}
		}
		w.sleep(end.Add(-time.Second))
		require.NotEqual(t, cert.Expired, w.track.Current.State)
		require.False(t, w.blocked())
		wake := w.look()
		require.False(t, wake.After(end))
		w.sleep(end.Add(30 * 24 * time.Hour))
		require.Equal(t, cert.Expired, w.moves[len(w.moves)-1].To)
		require.Equal(t, end, w.moves[len(w.moves)-1].At)
		require.True(t, w.blocked())
		for i, r := range w.sent {
			require.NotEqual(t, cert.Late, r.Timing)
			require.True(t, r.Timing == cert.Entered || r.Planned.Equal(w.sentAt[i]))
		}
		w.once()
	})
}
