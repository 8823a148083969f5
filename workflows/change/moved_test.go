package change_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// mondayMorning is before the window that opens at 19:00 UTC and ends at 01:00.
var mondayMorning = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

const yearEnd = "    freezes:\n      - name: year-end 2026\n        start"

// freeze adds a freeze to the calendar, or takes it off again.
func (w *world) freeze(on bool, start, end string) {
	frozen := "    freezes:\n      - name: audit week\n        start: \"" + start + "\"\n        end: \"" + end + "\"\n      - name: year-end 2026\n        start"
	if on {
		w.Rewrite("rules/calendars.yaml", yearEnd, frozen)
	} else {
		w.Rewrite("rules/calendars.yaml", frozen, yearEnd)
	}
}

// tell says what is in force, as the keeper of the rules has it said.
func (w *world) tell() {
	r, err := w.Source.Rules(context.Background())
	require.NoError(w.T, err)
	d, err := w.Source.Directory(context.Background())
	require.NoError(w.T, err)
	w.Env.SignalWorkflow(change.SignalRulesMoved, rules.Moved{Rules: r.Hash, Directory: d.Hash, Zones: r.Zones()})
}

func (w *world) retimed() []rules.RetimedFacts {
	return processtest.Facts[rules.RetimedFacts](w.World, subject, rules.EventRetimed)
}

// A freeze that is added while a change waits, and one that is lifted early, are seen at
// once: on record, and told to requester and implementer and in the ticket. What moves
// nothing is not told, however often it is said. Requirement 1. (C29)
func TestC29_AFreezeIsSeenAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(mondayMorning)
	approved(w)
	opens, thursday := time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC), time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)
	notes := 0
	w.At(time.Hour, func() {
		notes = len(w.Surface.Notes())
		w.tell()
	})
	w.At(time.Hour+time.Minute, func() {
		require.Empty(t, w.retimed(), "nothing moved")
		require.Len(t, w.Surface.Notes(), notes)
		w.freeze(true, "2026-11-23T12:00", "2026-11-25T12:00")
		w.tell()
	})
	w.At(time.Hour+2*time.Minute, func() {
		require.Equal(t, thursday, w.standing().Opens.UTC(), "before anything else woke it")
		require.Len(t, w.Surface.Notes(), notes+1)
		note := w.Surface.Notes()[notes]
		require.ElementsMatch(t, []compliance.PersonID{"p-jonas", "p-goran"}, note.People)
		require.Equal(t, "CHG-1: The calendar was changed. It may start from 25 November 2026, 19:00 UTC, in the time until 26 November 2026, 01:00 UTC; "+
			"before, from 23 November 2026, 19:00 UTC, in the time until 24 November 2026, 01:00 UTC.", note.Text)
		comment := w.tracker.steps[len(w.tracker.steps)-1]
		require.Empty(t, comment.Status, "the ticket stays where it is")
		require.Contains(t, facts(comment.Comment), rules.CalendarChanged.Text())
		for range 3 {
			w.tell() // the daily word, and a repetition
		}
	})
	w.At(9*time.Hour+2*time.Minute, func() { require.False(t, w.standing().Ready, "its window is frozen") })
	w.At(10*time.Hour, func() {
		w.freeze(false, "2026-11-23T12:00", "2026-11-25T12:00")
		w.tell()
	})
	w.At(10*time.Hour+time.Minute, func() {
		require.True(t, w.standing().Ready, "lifted early")
		require.Len(t, w.Surface.Notes(), notes+2, "one call says both: moved, and may start")
		require.Contains(t, w.Surface.Said(), "It may start at once, in the time until 24 November 2026, 01:00 UTC")
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(10*time.Hour+10*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "retimed", "retimed", "started", "finished", "closed"}, w.records())
	first, second := w.retimed()[0], w.retimed()[1]
	require.Equal(t, opens, first.Was.At)
	require.Equal(t, thursday, first.Is.At)
	require.NotEqual(t, first.WasCalendar, first.Calendar)
	require.Equal(t, first.WasZones, first.Zones)
	require.Equal(t, rules.OK, second.Is.Reason)
	evidencetest.Check(t, w.Log)
}

// Another release of the program knows other zone data: the daily word has the instants
// resolved again, and a shift is told as one of the clocks. (C25)
func TestC25_AShiftOfTheClocksIsTold(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(mondayMorning)
	shifted := false
	w.Env.OnActivity("ResolveSchedule", mock.Anything, mock.Anything).Return(
		func(ctx context.Context, in activities.ResolveScheduleInput) (activities.ResolvedSchedule, error) {
			r, err := w.Source.Rules(ctx)
			require.NoError(t, err)
			s, err := r.Schedule(in.System, in.Environment, in.From, in.Until)
			require.NoError(t, err)
			if shifted {
				s.ZoneHash = "others"
				for i := range s.Windows {
					s.Windows[i].Start, s.Windows[i].End = s.Windows[i].Start.Add(time.Hour), s.Windows[i].End.Add(time.Hour)
				}
			}
			return activities.ResolvedSchedule{Schedule: s}, nil
		})
	approved(w)
	w.At(time.Hour, func() {
		shifted = true
		w.Env.SignalWorkflow(change.SignalRulesMoved, rules.Moved{Rules: "r", Directory: "d", Zones: "others"})
	})
	w.At(time.Hour+time.Minute, func() {
		require.Equal(t, time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC), w.standing().Opens.UTC())
		require.True(t, w.Surface.Called("p-jonas", "The clocks of a time zone change otherwise than was known."))
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.retimed(), 1)
	require.Equal(t, rules.ZonesChanged, w.retimed()[0].Reason)
	require.Equal(t, "others", w.retimed()[0].Zones)
}

// A word that came while the log was away is not lost, and a change in review makes
// nothing of it: its approval reads the calendars itself.
func TestC29_ToldWhileTheLogIsAway(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(mondayMorning)
	w.At(30*time.Second, func() { w.tell() })
	approved(w)
	w.At(time.Hour, func() {
		w.Journal.Down(true)
		w.freeze(true, "2026-11-23T12:00", "2026-11-25T12:00")
		w.tell()
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, 19, w.standing().Opens.UTC().Hour(), "nothing is acted upon that is not on record")
		w.Journal.Down(false)
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, 25, w.standing().Opens.UTC().Day())
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.retimed(), 1)
	evidencetest.Check(t, w.Log)
}
