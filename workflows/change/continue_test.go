package change_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

// A run that continues as new carries votes, answered deliveries, hints and
// what the mirrors still owe; nothing is counted, posted or written twice.
func TestContinuesAsNew(t *testing.T) {
	w := newWorld(t)
	var ref string
	var first compliance.Reply
	w.At(time.Minute, func() {
		ref = w.standing().Ref
		w.send("d1", ref, "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) { first = r })
	})
	w.At(2*time.Minute, func() {
		w.tracker.set(func() {
			w.tracker.fail = func(op string) error { return map[string]error{"apply": down("comment")}[op] }
		})
		w.approve("chidi", nil) // opens level 2; the tracker is down
	})
	w.At(3*time.Minute, func() { w.approve("farah", nil) }) // approved; its comment is owed
	w.At(4*time.Minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.act("goran", rules.ActionStart, map[string]string{}, nil) // refused; wakes the run
	})
	w.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.NotNil(t, in.Carried)
	require.Len(t, in.Carried.Steps, 1, "the comment that is still owed")

	w.tracker.set(func() { w.tracker.fail = nil })
	w.engine(saturday.Add(time.Hour))
	w.At(time.Minute, func() {
		w.send("d1", ref, "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) { require.Equal(t, first, r, "the first answer") })
	})
	w.At(2*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(3*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
	require.Equal(t, []string{"in_review", "approved", "executing", "closed"}, w.tracker.statuses())
	require.Len(t, w.Surface.Posts(), 1)
	require.Equal(t, []string{in.Carried.Steps[0].Key}, slices.Compact(w.tracker.looked), "what another run may have written is looked for first, and nothing else")
	evidencetest.Check(t, w.Log)
}

// An operator who cancels the run while it hands over to the next is heard: the
// engine cancels one run, and the next would never learn of it.
func TestCancelledWhileItHandsOver(t *testing.T) {
	w := newWorld(t)
	fail := func(err error) {
		w.tracker.set(func() { w.tracker.fail = func(op string) error { return map[string]error{"apply": err}[op] } })
	}
	w.At(time.Minute, func() {
		fail(down("comment")) // what is owed makes the handing over take its time
		w.approve("bruno", nil)
		w.approve("chidi", nil)
	})
	w.At(2*time.Minute, func() { w.approve("farah", nil) })
	w.At(3*time.Minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.act("goran", rules.ActionStart, map[string]string{}, nil) // refused; wakes the run
	})
	w.At(3*time.Minute+10*time.Second, w.Env.CancelWorkflow)
	w.At(time.Hour, func() { fail(nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "withdrawn", w.records()[len(w.records())-1])
}

// A repetition that comes when its answer is forgotten meets its record, and
// counts only for the opening that the record is about; under another's
// delivery nobody does anything (C16).
func TestC16_RepetitionAfterItsAnswerIsForgotten(t *testing.T) {
	w := newWorld(t)
	var ref string
	w.At(time.Minute, func() {
		ref = w.standing().Ref
		w.send("d1", ref, "bruno", rules.ActionApprove, attested(), nil)
	})
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"plan": "Something else"}) })
	w.At(3*time.Minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.hint(false) // wakes the run
	})
	w.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	in.Carried.Delivered = nil

	w.engine(saturday.Add(time.Hour))
	w.At(time.Minute, func() {
		w.send("d1", ref, "bruno", rules.ActionApprove, attested(), func(r compliance.Reply) {
			require.Equal(t, string(rules.AlreadyRecorded), r.Reason, "it was about version 1")
		})
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		require.Empty(t, w.standing().Votes)
		w.send("d1", w.standing().Ref, "chidi", rules.ActionApprove, attested(), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, "the answer that the delivery got")
		})
	})
	w.At(3*time.Minute, func() {
		require.Empty(t, w.standing().Votes, "nobody votes under another's delivery")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "voided", "submitted", "withdrawn"}, w.records())
}

// Whoever edits a ticket without end fills the evidence log, not the state: it
// stays far below what the engine carries into a new run (2 MB a payload). Each edit
// follows the version that the one before made: while a step runs, the test's clock goes
// with the machine's, so that edits by the clock would share a version on a slow one.
func TestC2_ManyVersionsStaySmall(t *testing.T) {
	w := newWorld(t)
	const edits = 60
	made := 0
	var next func()
	next = func() {
		switch version := w.standing().Version; {
		case version <= made: // what was edited is still being looked at
			w.At(time.Second, next)
		case made < edits:
			made++
			w.edit(false, map[string]string{"plan": strings.Repeat("x", made), "duration": strconv.Itoa(made)})
			w.At(time.Second, next)
		default:
			require.Equal(t, edits+1, version)
			w.Env.SetContinueAsNewSuggested(true)
			w.hint(false)
		}
	}
	w.At(time.Second, next)
	w.run()
	var again *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &again), "%v", w.Env.GetWorkflowError())
	require.Equal(t, edits, made)
	size := 0
	for _, p := range again.Input.GetPayloads() {
		size += len(p.GetData())
	}
	require.Less(t, size, 64<<10)
	t.Logf("%d versions: %d bytes carried", edits+1, size)
}

// A run that continued as new looks for what the run before may have written, and
// for nothing that it writes itself: it would read the whole channel each time.
func TestContinuedRunLooksForNothingOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.Surface.Fail(func() error { return down("card") })
		w.approve("bruno", nil)
		w.approve("chidi", nil) // opens level 2; its people are still to be called
	})
	w.At(2*time.Minute, func() {
		w.Env.SetContinueAsNewSuggested(true)
		w.act("goran", rules.ActionStart, map[string]string{}, nil) // refused; wakes the run
	})
	w.run()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	var in change.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.Len(t, in.Carried.Notes, 1)
	require.False(t, in.Carried.Again, "nothing was done before that is not carried")

	w.Surface.Fail(nil)
	w.engine(saturday.Add(time.Hour))
	w.At(time.Minute, func() { w.approve("farah", nil) }) // approved: the implementer is called
	w.At(2*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(3*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.Env.ExecuteWorkflow(change.Change, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{in.Carried.Notes[0].Key}, w.Surface.LookedFor())
	require.Len(t, w.Surface.Notes(), 2)
}
