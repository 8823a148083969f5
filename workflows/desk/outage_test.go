package desk_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/desk"
)

// C35, G3: while the log is away an act waits for it, in the order in which it
// came, and an alarm overtakes it; both are answered and on record afterwards.
func TestDesk_WithoutTheLogOnlyAnAlarmGoesOn(t *testing.T) {
	w := newWorld(t)
	answered := map[string]time.Duration{}
	when := func(name string) func(compliance.Reply, error) {
		return func(_ compliance.Reply, err error) {
			require.NoError(t, err)
			answered[name] = w.env.Now().Sub(monday)
		}
	}
	w.at(time.Minute, func() {
		w.journal.Down(true)
		w.update(ring("one", "ring"), when("one"))
		w.update(ring("two", "ring again"), when("two"))
		w.update(ring("three", "alarm"), when("three"))
	})
	w.at(30*time.Minute, func() {
		require.Equal(t, []string{"alarm"}, w.state().Rung, "nothing but the alarm has an effect")
		title, _ := w.surface.shown()
		require.Equal(t, "alarm", title)
		require.True(t, len(w.state().Trouble) == 1 && w.state().Trouble[0].Surface == "evidence", "the people waiting are told")
	})
	w.at(3*time.Hour, func() { w.journal.Down(false) })
	w.at(9*time.Hour, func() { w.update(ring("four", "over"), when("four")) })
	w.run(bellState{})
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, time.Minute+time.Second, answered["three"])
	require.Greater(t, answered["one"], 3*time.Hour)
	require.Equal(t, []string{"alarm", "ring", "ring again", "over"}, w.state().Rung)
	require.ElementsMatch(t, []string{"received", "act/one", "act/two", "act/three", "act/four"}, w.keys())
	require.Empty(t, w.state().Trouble)
}

// A run whose last act did not wait for the log does not end before it is there.
func TestDesk_SettlesWhenEverythingIsOnRecord(t *testing.T) {
	w := newWorld(t)
	w.at(time.Minute, func() {
		w.update(ring("one", "over"), func(compliance.Reply, error) {
			w.journal.Down(true)
			w.update(ring("two", "alarm"), func(compliance.Reply, error) {})
		})
	})
	w.at(5*time.Hour, func() { w.journal.Down(false) })
	w.run(bellState{})
	require.Contains(t, w.keys(), "act/two")
	require.GreaterOrEqual(t, w.env.Now().Sub(monday), 5*time.Hour)
}

// A tracker that is away holds nobody up: it is shown on the card, and gets
// every comment in order when it is back.
func TestDesk_ATrackerThatIsAwayHoldsNobodyUp(t *testing.T) {
	w := newWorld(t)
	w.tracker.set(&compliance.Failure{Class: compliance.Unavailable, Op: "comment", Detail: "503"})
	var during []string
	w.at(time.Minute, func() { w.update(ring("one", "ring"), func(compliance.Reply, error) {}) })
	w.at(2*time.Minute, func() { w.update(ring("two", "ring again"), func(compliance.Reply, error) {}) })
	w.at(20*time.Minute, func() {
		for _, tr := range w.state().Trouble {
			during = append(during, tr.Surface)
		}
		require.Equal(t, []string{"ring", "ring again"}, w.state().Rung)
		require.Empty(t, w.tracker.said())
		w.tracker.set(nil)
	})
	w.at(9*time.Hour, func() { w.update(ring("three", "over"), func(compliance.Reply, error) {}) })
	w.run(bellState{})
	require.Equal(t, []string{"ticket"}, during)
	require.Empty(t, w.state().Trouble)
	require.Equal(t, []string{"rung: ring", "rung: ring again", "rung: over"}, w.tracker.said())
	title, posts := w.surface.shown()
	require.Equal(t, "ring, ring again, over", title)
	require.Equal(t, 1, posts, "one card, rewritten")
}

// What a run could not show any more goes to the next one: the answers given,
// the comments owed under the keys they have, the card that stands.
func TestDesk_TheNextRunGetsWhatIsOwed(t *testing.T) {
	w := newWorld(t)
	w.tracker.set(&compliance.Failure{Class: compliance.Unavailable, Op: "comment", Detail: "503"})
	w.at(time.Minute, func() { w.update(ring("one", "ring"), func(compliance.Reply, error) {}) })
	w.at(2*time.Minute, func() { w.update(ring("two", "fresh"), func(compliance.Reply, error) {}) })
	w.run(bellState{})
	var fresh *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &fresh)
	var carried bellState
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(fresh.Input, &carried))
	require.Len(t, carried.Delivered, 2)
	require.Len(t, carried.Steps, 2)
	require.NotNil(t, carried.Posted)

	next := newWorld(t)
	next.log, next.journal.Log = w.log, w.log
	next.at(time.Minute, func() {
		next.update(ring("one", "ring"), func(r compliance.Reply, err error) {
			require.NoError(t, err)
			require.Equal(t, "ring by bruno", r.Text, "answered by the run before")
		})
	})
	next.at(time.Hour, func() { next.update(ring("three", "over"), func(compliance.Reply, error) {}) })
	next.run(carried)
	require.Equal(t, []string{"ring", "fresh", "over"}, next.state().Rung)
	require.Equal(t, []string{"rung: ring", "rung: fresh", "rung: over"}, next.tracker.said())
	for i, s := range next.tracker.steps[:2] {
		require.Equal(t, carried.Steps[i].Key, s.Key, "a key is given once")
	}
	_, posts := next.surface.shown()
	require.Zero(t, posts, "the card that stands is rewritten")
}

// The newest answers are carried over, as many as can still be asked for.
func TestPapers_CarryTheNewestAnswers(t *testing.T) {
	var p desk.Papers
	for i := range 250 {
		p.Delivered = append(p.Delivered, desk.Delivered{Delivery: fmt.Sprint(i)})
	}
	carried := p.Carried()
	require.Len(t, carried.Delivered, 200)
	require.Equal(t, "50", carried.Delivered[0].Delivery)
	require.Equal(t, "249", carried.Delivered[199].Delivery)
}
