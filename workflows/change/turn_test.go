package change_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
	line "github.com/lowcodex/countersign/workflows/queue"
)

// spoken is what a change said to its line.
type spoken struct {
	mu    sync.Mutex
	words []queue.Word
	to    string
	err   error
}

func (s *spoken) Begun(context.Context, string, string) ([]activities.Begun, error) { return nil, nil }

func (s *spoken) Speak(_ context.Context, system, environment string, w queue.Word) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.words, s.to = append(s.words, w), line.WorkflowID(system, environment)
	return nil
}

func (s *spoken) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *spoken) kinds() []queue.Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []queue.Kind
	for _, w := range s.words {
		out = append(out, w.Kind)
	}
	return out
}

// limited is a world whose production takes one change at once, on Monday evening.
func limited(t *testing.T) (*world, *[]queue.Word) {
	w := newWorld(t)
	w.limit(true)
	w.Env.SetStartTime(time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC))
	var left []queue.Word
	w.Env.OnSignalExternalWorkflow(mock.Anything, "queue/order-portal/production", "", line.SignalWord, mock.Anything).Return(
		func(_, _, _, _ string, word any) error { left = append(left, word.(queue.Word)); return nil }).Maybe()
	return w, &left
}

func (w *world) limit(on bool) {
	const without, with = "      - name: production\n        calendar: production\n      - name: acceptance # no", "      - name: production\n        calendar: production\n        concurrency: 1\n      - name: acceptance # no"
	if on {
		w.Rewrite("rules/systems.yaml", without, with)
	} else {
		w.Rewrite("rules/systems.yaml", with, without)
	}
}

func (w *world) turn(t queue.Turn) { w.Env.SignalWorkflow(line.SignalTurn, t) }

// A change asks for its turn when it could start, shows its place, is refused until it is
// its turn, and its implementer is called then and not before; it gives the turn back at
// its end. (C29)
func TestC29_StartsWhenItIsItsTurn(t *testing.T) {
	w, left := limited(t)
	approved(w)
	called := func() bool { return w.Surface.Called("p-goran", "may be started now") }
	w.At(4*time.Minute, func() {
		require.Equal(t, []queue.Kind{queue.Join}, w.line.kinds())
		require.Equal(t, "queue/order-portal/production", w.line.to)
		word := w.line.words[0]
		require.Equal(t, 1, word.Limit)
		require.Equal(t, 2*time.Hour, word.Within, "written out by the policy")
		require.Equal(t, time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), word.Until)
		require.False(t, called())
		w.turn(queue.Turn{Place: 2, Before: []string{"CHG-7", "CHG-5"}, More: 1})
	})
	w.At(5*time.Minute, func() {
		require.Equal(t, "Approved. Waits for its turn", w.Surface.Last().Status)
		require.Contains(t, facts(w.Surface.Last().Facts), "2; 1 at once. Ahead of it: CHG-7, CHG-5 and 1 more.")
		require.NotContains(t, w.Surface.Buttons(), "start")
		require.False(t, w.standing().Ready)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.NotYourTurn), r.Reason)
			require.Contains(t, r.Text, "Ahead of it: CHG-7, CHG-5 and 1 more.")
		})
	})
	w.At(6*time.Minute, func() {
		require.Equal(t, []queue.Kind{queue.Join, queue.Join}, w.line.kinds(), "a line that was ended from outside hears it again")
		require.False(t, called())
		w.turn(queue.Turn{Granted: true, Deadline: w.Env.Now().Add(2 * time.Hour)})
	})
	w.At(7*time.Minute, func() {
		require.True(t, called())
		require.True(t, w.standing().Ready)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(8*time.Minute, func() {
		require.Equal(t, []queue.Kind{queue.Join, queue.Join, queue.Begin}, w.line.kinds())
		require.Empty(t, *left)
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []queue.Word{{Kind: queue.Leave, Subject: subject}}, *left, "once, at its end")
	require.Equal(t, []string{"approved", "refused", "started", "finished", "closed"}, w.records()[5:])
	require.Equal(t, []string{"CHG-7", "CHG-5"}, processtest.Facts[rules.ActFacts](w.World, subject, rules.EventRefused)[0].Before)
	evidencetest.Check(t, w.Log)
}

// A turn that passes is on record and is no turn any more; the window's end gives back
// what was granted, and the next one asks again. (C29)
func TestC29_ATurnPassesAndTheWindowCloses(t *testing.T) {
	w, left := limited(t)
	approved(w)
	w.At(4*time.Minute, func() { w.turn(queue.Turn{Granted: true, Deadline: w.Env.Now().Add(2 * time.Hour)}) })
	w.At(2*time.Hour+4*time.Minute, func() { w.turn(queue.Turn{Place: 1, Before: []string{"CHG-9"}, Passed: true}) })
	w.At(2*time.Hour+5*time.Minute, func() {
		require.False(t, w.standing().Ready)
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.NotYourTurn), r.Reason) })
	})
	w.At(3*time.Hour, func() { w.turn(queue.Turn{Granted: true}) })
	w.At(5*time.Hour+time.Minute, func() {
		require.Len(t, *left, 1, "the window closed")
		require.Nil(t, w.standing().Turn)
	})
	w.At(23*time.Hour+time.Minute, func() {
		require.Equal(t, []queue.Kind{queue.Join, queue.Join, queue.Join}, w.line.kinds(), "the next window")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, *left, 2, "withdrawn: it leaves the line")
	require.Equal(t, []string{"turn_passed", "refused", "withdrawn"}, w.records()[6:])
	evidencetest.Check(t, w.Log)
}

// A limit that is dropped while changes wait lets them start; one that comes is asked
// for at the start that it refuses; a line that cannot be reached holds nobody up for ever. (C29)
func TestC29_TheLimitComesAndGoes(t *testing.T) {
	w, left := limited(t)
	w.limit(false)
	approved(w)
	w.At(4*time.Minute, func() {
		require.True(t, w.standing().Ready)
		require.Empty(t, w.line.kinds())
		w.limit(true)
		w.line.fail(&compliance.Failure{Class: compliance.Unavailable, Op: "speak"})
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.NotYourTurn), r.Reason) })
	})
	w.At(30*time.Minute, func() {
		require.NotEmpty(t, w.standing().Trouble)
		w.line.fail(nil)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, []queue.Kind{queue.Join}, w.line.kinds())
		require.Empty(t, w.standing().Trouble)
		w.limit(false)
		w.tell()
	})
	w.At(2*time.Hour+time.Minute, func() {
		require.Len(t, *left, 1)
		require.True(t, w.standing().Ready)
		require.Equal(t, 2, strings.Count(w.Surface.Said(), "may be started now"), "at its approval, and now")
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(3*time.Hour, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "closed", w.records()[len(w.records())-1])
}

// A process that carries a change out takes its turn like a person, and is nobody to call. (C29)
func TestC29_AnExecutorTakesItsTurn(t *testing.T) {
	w, left := limited(t)
	const rollout = "patch/0b9cf5a2"
	var mu sync.Mutex // the environment calls on goroutines of its own
	var told []rules.Approval
	w.Env.OnSignalExternalWorkflow(mock.Anything, rollout, "", change.SignalApproval, mock.Anything).Return(
		func(_, _, _, _ string, a any) error {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, a.(rules.Approval))
			return nil
		}).Maybe()
	report := func(key string, result rules.State) {
		w.Env.SignalWorkflow(change.SignalReported, rules.Report{Key: key, Result: result, At: w.Env.Now(), Note: "PAT-1"})
	}
	answered := func(key string) rules.Reason {
		mu.Lock()
		defer mu.Unlock()
		for _, a := range told {
			if a.Request == key {
				return a.Reason
			}
		}
		return "not answered"
	}
	approved(w)
	w.At(4*time.Minute, func() { report("start/1", rules.Executing) })
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.NotYourTurn, answered("start/1"))
		w.turn(queue.Turn{Granted: true})
	})
	w.At(6*time.Minute, func() {
		require.False(t, w.Surface.Called("p-goran", "turn"))
		report("start/2", rules.Executing)
	})
	w.At(7*time.Minute, func() {
		require.Equal(t, rules.OK, answered("start/2"))
		require.Equal(t, queue.Begin, w.line.kinds()[len(w.line.kinds())-1])
	})
	w.At(10*time.Hour, func() {
		require.False(t, w.Surface.Called("p-goran", "window closed"), "a rollout watches for itself")
		report("done", rules.Verifying)
	})
	w.Env.ExecuteWorkflow(change.Change, change.Input{Ticket: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}, Executor: rollout})
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, *left, 1)
	require.Equal(t, "closed", w.records()[len(w.records())-1])
}
