package queue_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	rules "github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/queue"
)

var evening = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)

// world is a line and the changes that it tells.
type world struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	begun []activities.Begun
	gone  []string // do not run
	asked int      // how often the engine was
	told  map[string][]rules.Turn
	order []string // of those that were told
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, told: map[string][]rules.Turn{}}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute})
	w.env.SetTestTimeout(time.Minute)
	w.env.SetStartTime(evening)
	w.env.RegisterActivity(&activities.Lines{Runs: w, Underway: w})
	w.env.RegisterWorkflow(queue.Queue)
	w.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", queue.SignalTurn, mock.Anything).Return(
		func(_, id, _, _ string, t any) error {
			w.told[id], w.order = append(w.told[id], t.(rules.Turn)), append(w.order, id)
			return nil
		}).Maybe()
	return w
}

func (w *world) Running(_ context.Context, subject string) (bool, error) {
	w.asked++
	return !slices.Contains(w.gone, subject), nil
}

func (w *world) Begun(context.Context, string, string) ([]activities.Begun, error) {
	return w.begun, nil
}

func (w *world) Speak(context.Context, string, string, rules.Word) error { return nil }

func (w *world) says(after time.Duration, words ...rules.Word) {
	w.env.RegisterDelayedCallback(func() {
		for _, word := range words {
			w.env.SignalWorkflow(queue.SignalWord, word)
		}
	}, after)
}

func (w *world) at(after time.Duration, f func()) { w.env.RegisterDelayedCallback(f, after) }

func (w *world) run() {
	w.env.ExecuteWorkflow(queue.Queue, queue.Input{System: "order-portal", Environment: "production"})
	require.True(w.t, w.env.IsWorkflowCompleted())
}

// last is what a change was told last.
func (w *world) last(subject string) rules.Turn {
	all := w.told[subject]
	if len(all) == 0 {
		return rules.Turn{}
	}
	return all[len(all)-1]
}

func join(subject, number string, approved time.Duration) rules.Word {
	return rules.Word{Kind: rules.Join, Subject: subject, Number: number, Approved: evening.Add(-approved), Limit: 1, Within: 2 * time.Hour}
}

func begin(subject string) rules.Word {
	return rules.Word{Kind: rules.Begin, Subject: subject, Limit: 1, Within: 2 * time.Hour}
}

func leave(subject string) rules.Word { return rules.Word{Kind: rules.Leave, Subject: subject} }

// Each is told when it is its turn, in the order of approval, and what is before it
// until then; the line ends with the last one (C29).
func TestC29_OneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	w.begun = []activities.Begun{{Subject: "zero", Number: "CHG-1"}} // before there was a limit
	w.says(0, join("late", "CHG-3", time.Hour), join("early", "CHG-4", 2*time.Hour))
	w.at(time.Minute, func() {
		require.Equal(t, rules.Turn{Place: 1, Before: []string{"CHG-1"}}, w.last("early"))
		require.Equal(t, rules.Turn{Place: 2, Before: []string{"CHG-1", "CHG-4"}}, w.last("late"))
	})
	w.says(10*time.Minute, leave("zero"))
	w.at(11*time.Minute, func() {
		require.Equal(t, rules.Turn{Granted: true, Deadline: evening.Add(2*time.Hour + 10*time.Minute)}, w.last("early"))
		require.Equal(t, rules.Turn{Place: 1, Before: []string{"CHG-4"}}, w.last("late"))
	})
	w.says(12*time.Minute, begin("early"))
	w.says(13*time.Minute, join("late", "CHG-3", time.Hour)) // said again: it is answered again
	w.at(14*time.Minute, func() { require.Len(t, w.told["late"], 3) })
	w.says(9*time.Hour, leave("early"))
	w.says(9*time.Hour+time.Minute, begin("late"))
	w.says(10*time.Hour, leave("late"))
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.True(t, w.last("late").Granted)
}

// A turn that is not used passes to the next by a timer, and a change whose run was
// ended from outside holds the line no longer than an hour (C29).
func TestC29_SilentOnesHoldNobodyUp(t *testing.T) {
	w := newWorld(t)
	w.says(0, join("idle", "CHG-1", time.Hour))
	w.says(time.Minute, join("next", "CHG-2", time.Minute))
	w.at(119*time.Minute, func() { require.False(t, w.last("next").Granted) })
	w.at(121*time.Minute, func() {
		require.True(t, w.last("next").Granted)
		require.Equal(t, rules.Turn{Place: 1, Before: []string{"CHG-2"}, Passed: true}, w.last("idle"))
	})
	w.says(122*time.Minute, begin("next"))
	w.at(123*time.Minute, func() { w.gone = []string{"next"} }) // terminated
	w.at(4*time.Hour, func() { require.True(t, w.last("idle").Granted) })
	w.says(5*time.Hour, leave("idle"))
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Less(t, w.asked, 12, "nobody is asked after where nobody waits")
}

// Whoever carries a change out is told of its turn when the change is, and after it: the
// change must know when it is asked to begin. One that says so late is told at once (C29).
func TestC29_WhoCarriesItOutIsToldAfterTheChange(t *testing.T) {
	w := newWorld(t)
	hear := func(subject, by string) rules.Word { return rules.Word{Kind: rules.Hear, Subject: subject, By: by} }
	w.says(0, join("one", "CHG-1", time.Hour), begin("one"), join("two", "CHG-2", time.Minute), hear("two", "rollout"))
	w.at(time.Minute, func() { require.Equal(t, 1, w.last("rollout").Place) })
	w.says(2*time.Minute, leave("one"))
	w.at(3*time.Minute, func() {
		require.True(t, w.last("rollout").Granted)
		require.Equal(t, []string{"two", "rollout"}, w.order[len(w.order)-2:])
		w.told["rollout"] = nil
	})
	w.says(4*time.Minute, hear("two", "rollout"))
	w.at(5*time.Minute, func() { require.True(t, w.last("rollout").Granted, "it says so again: it is answered again") })
	w.says(6*time.Minute, begin("two"))
	w.says(7*time.Minute, leave("two"))
	w.run()
	require.NoError(t, w.env.GetWorkflowError())
	require.Len(t, w.told["rollout"], 1)
}

// A long line goes on as a new run, which knows everything.
func TestC29_TheLineGoesOnAsANewRun(t *testing.T) {
	w := newWorld(t)
	w.says(0, join("one", "CHG-1", time.Hour), begin("one"))
	for i := range 20 {
		w.says(time.Duration(i+1)*time.Second, slices.Repeat([]rules.Word{join("two", "CHG-2", time.Minute)}, 50)...)
	}
	w.run()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &again)
	var in queue.Input
	require.NoError(t, againInput(again, &in))
	require.Equal(t, "CHG-2", in.Carried.Line.Waiting[0].Number)
	require.True(t, in.Carried.Line.Holders[0].Begun)
	fresh := newWorld(t)
	fresh.says(0, leave("one"))
	fresh.says(time.Minute, leave("two"))
	fresh.env.ExecuteWorkflow(queue.Queue, in)
	require.NoError(t, fresh.env.GetWorkflowError())
	require.True(t, fresh.last("two").Granted)
}

func againInput(e *workflow.ContinueAsNewError, in *queue.Input) error {
	return converter.GetDefaultDataConverter().FromPayloads(e.Input, in)
}
