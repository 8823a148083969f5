package desk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// C15, C16: one delivery over both paths, and again an hour later, counts once
// and gets the same answer.
func TestDesk_ADeliveryCountsOnceOverBothPaths(t *testing.T) {
	w := newWorld(t)
	var replies []compliance.Reply
	keep := func(r compliance.Reply, err error) {
		require.NoError(t, err)
		replies = append(replies, r)
	}
	w.at(time.Minute, func() {
		w.env.SignalWorkflow("acted", ring("one", "ring"))
		w.update(ring("one", "ring"), keep)
	})
	w.at(time.Hour, func() { w.update(ring("one", "ring"), keep) })
	w.at(2*time.Hour, func() { w.update(ring("two", "over"), func(compliance.Reply, error) {}) })
	w.run(bellState{})
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"ring", "over"}, w.state().Rung)
	require.Equal(t, []string{"received", "act/one", "act/two"}, w.keys())
	require.Len(t, replies, 2)
	require.Equal(t, replies[0], replies[1])
	require.Equal(t, "ring by bruno", replies[0].Text)
}

// Two copies of an act that nobody waits for, at once, are one act.
func TestDesk_AnImmediateDeliveryCountsOnce(t *testing.T) {
	w := newWorld(t)
	w.at(time.Minute, func() {
		w.env.SignalWorkflow("acted", ring("one", "alarm"))
		w.update(ring("one", "alarm"), func(r compliance.Reply, err error) {
			require.NoError(t, err)
			require.Equal(t, "alarm by bruno", r.Text)
		})
	})
	w.at(time.Hour, func() { w.update(ring("two", "over"), func(compliance.Reply, error) {}) })
	w.run(bellState{})
	require.Equal(t, []string{"alarm", "over"}, w.state().Rung)
	require.Equal(t, []string{"received", "act/one", "act/two"}, w.keys())
}

// What was answered with "nothing was recorded" may be tried again, and is judged anew.
func TestDesk_WhatWasNotRecordedIsJudgedAgain(t *testing.T) {
	w := newWorld(t)
	var outcomes []compliance.Outcome
	keep := func(r compliance.Reply, err error) {
		require.NoError(t, err)
		outcomes = append(outcomes, r.Outcome)
	}
	w.at(time.Minute, func() { w.update(ring("one", "fumble"), keep) })
	w.at(2*time.Minute, func() { w.update(ring("one", "ring"), keep) })
	w.at(time.Hour, func() { w.update(ring("two", "over"), keep) })
	w.run(bellState{})
	require.Equal(t, []compliance.Outcome{compliance.NotRecorded, compliance.Recorded, compliance.Recorded}, outcomes)
}

// Only what no surface of ours sends is turned away without a trace.
func TestDesk_TurnsAwayWhatIsNotWellFormed(t *testing.T) {
	for name, spoil := range map[string]func(*compliance.Inbound){
		"no delivery id":  func(in *compliance.Inbound) { in.Delivery = "" },
		"no account":      func(in *compliance.Inbound) { in.Actor = compliance.Account{} },
		"another subject": func(in *compliance.Inbound) { in.Subject = "bell/back door" },
		"unknown action":  func(in *compliance.Inbound) { in.Action = "kick" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			in := ring("one", "ring")
			spoil(&in)
			var refused error
			w.at(time.Minute, func() {
				w.update(in, func(_ compliance.Reply, err error) { refused = err })
				w.env.SignalWorkflow("acted", in)
			})
			w.at(time.Hour, func() { w.update(ring("two", "over"), func(compliance.Reply, error) {}) })
			w.run(bellState{})
			require.ErrorContains(t, refused, name)
			require.Equal(t, []string{"received", "act/two"}, w.keys())
		})
	}
}

// A message that cannot be decoded is on record, and those after it count.
func TestDesk_WhatCannotBeReadIsOnRecord(t *testing.T) {
	w := newWorld(t)
	w.at(time.Minute, func() {
		w.env.SignalWorkflow("acted", garbled())
		w.env.SignalWorkflow("acted", ring("one", "ring"))
	})
	w.at(time.Hour, func() { w.update(ring("two", "over"), func(compliance.Reply, error) {}) })
	w.run(bellState{})
	require.ElementsMatch(t, []string{"received", "unreadable", "act/one", "act/two"}, w.keys())
}
