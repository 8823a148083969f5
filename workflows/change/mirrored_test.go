package change_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// mirrored is a world whose chains want ticket and card to show what is on record
// before a start.
func mirrored(t *testing.T) *world {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "    on_lost_eligibility: void\n", "    on_lost_eligibility: void\n    before_start: {mirror: true}\n")
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
	}
	return w
}

// called counts how often the implementer was called with this text.
func (w *world) called(text string) int {
	n := 0
	for _, note := range w.Surface.Notes() {
		if note.Text == text {
			n++
			require.Equal(w.T, []compliance.PersonID{"p-goran"}, note.People)
		}
	}
	return n
}

const shownByNow = "CHG-1: ticket and card show by now what is on record. It may be started."

// While the ticket lacks a step the start is refused, saying so; once it is
// written the implementer is called, once, and may start (C23).
func TestC23_StartWaitsForTheTicket(t *testing.T) {
	w := mirrored(t)
	down := func(op string) error {
		if op == "apply" {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "advance ticket"}
		}
		return nil
	}
	w.At(3*time.Minute-time.Second, func() { w.tracker.set(func() { w.tracker.fail = down }) })
	for _, after := range []time.Duration{4 * time.Minute, 5 * time.Minute} {
		w.At(after, func() {
			w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
				require.Equal(t, string(rules.MirrorBehind), r.Reason)
				require.Contains(t, r.Text, "The ticket lacks 1 step.")
			})
		})
	}
	w.At(6*time.Minute, func() {
		require.Zero(t, w.called(shownByNow))
		w.tracker.set(func() { w.tracker.fail = nil })
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, 1, w.called(shownByNow))
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(2*time.Hour+time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "refused", "started", "finished", "closed"}, w.records())
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	var f rules.ActFacts
	require.NoError(t, json.Unmarshal(entries[6].Record.Facts, &f))
	require.Equal(t, []string{"the ticket lacks 1 step"}, f.Behind)
	require.Equal(t, 1, w.called(shownByNow))
}

// The same for a card that cannot be written (C23).
func TestC23_StartWaitsForTheCard(t *testing.T) {
	w := mirrored(t)
	w.At(3*time.Minute-time.Second, func() {
		w.Surface.Fail(func() error { return &compliance.Failure{Class: compliance.Unavailable, Op: "update card"} })
	})
	w.At(4*time.Minute, func() {
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.MirrorBehind), r.Reason)
			require.Contains(t, r.Text, "The card is not written yet.")
		})
	})
	w.At(5*time.Minute, func() { w.Surface.Fail(nil) })
	w.At(2*time.Hour, func() {
		require.Equal(t, 1, w.called(shownByNow))
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(2*time.Hour+time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// Without the key a start waits for neither, and what was decided counts while
// the ticket is behind (C23).
func TestC23_WithoutTheKeyNothingIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
	}
	w.At(3*time.Minute-time.Second, func() {
		w.tracker.set(func() {
			w.tracker.fail = func(op string) error {
				if op == "apply" {
					return &compliance.Failure{Class: compliance.Unavailable, Op: "advance ticket"}
				}
				return nil
			}
		})
	})
	w.At(4*time.Minute, func() {
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(5*time.Minute, func() { w.tracker.set(func() { w.tracker.fail = nil }) })
	w.At(2*time.Hour, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}
