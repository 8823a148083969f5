package patch_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/patch"
)

// continued runs the rollout until it continues as new, and gives what the next
// run gets; its environment begins at the instant the first one ended.
func (w *world) continued() patch.Input {
	w.T.Helper()
	w.Env.SetDetachedChildWait(false) // change and alert live on
	w.run()
	return w.next()
}

func (w *world) next() patch.Input {
	w.T.Helper()
	var next *workflow.ContinueAsNewError
	require.True(w.T, errors.As(w.Env.GetWorkflowError(), &next), "%v", w.Env.GetWorkflowError())
	require.Equal(w.T, patch.Type, next.WorkflowType.Name, "the type that workers know")
	var in patch.Input
	require.NoError(w.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.NotNil(w.T, in.Carried)
	w.engine(w.Env.Now())
	w.Env.SetDetachedChildWait(false)
	return in
}

// A rollout that continues as new in the middle of a soak soaks until the same
// instant; a stop that is open stays open; what was answered is answered the same;
// warnings and records are not repeated (P2).
func TestContinuesAsNewInASoakAndInAStop(t *testing.T) {
	w := newWorld(t)
	w.asked.Vulnerabilities = []rules.Vulnerability{{
		ID: cve, Exploited: rules.Yes, Automatable: rules.No, Impact: rules.Partial,
		Evidence: []rules.Evidence{{Kind: rules.Listed, At: wednesday.Add(time.Hour - 7*24*time.Hour), Source: "KEV 2026.11.17"}},
	}}
	var ends time.Time
	var ref string
	bad := compliance.RollbackOrder{Key: "bad", Subject: incidentID}
	w.At(time.Hour, func() { w.Env.SignalWorkflow(compliance.SignalRollback, bad) })
	w.At(2*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Soaking, s.Rings[0].State)
		ends, ref = s.Rings[0].SoakEnds, s.Ref
		w.Env.SetContinueAsNewSuggested(true)
		w.send("stranger", ref, "ingrid", rules.ActionStop, because("I am a stranger"), nil) // wakes it
	})
	in := w.continued()
	require.Equal(t, rules.Soaking, in.Carried.Rings[0].State)
	require.Len(t, w.answers, 1, "answered before it went on")
	w.At(time.Minute, func() {
		require.Equal(t, ends, w.standing().Rings[0].SoakEnds)
		require.Equal(t, ends, w.standing().Next, "the same instant")
		w.send("stranger", ref, "ingrid", rules.ActionStop, because("I am a stranger"), func(r compliance.Reply) {
			require.Equal(t, string(rules.NotAllowed), r.Reason, "the first answer")
		})
		w.Env.SignalWorkflow(compliance.SignalRollback, bad)
		w.act("farah", rules.ActionStop, because("The carriers complain"), nil)
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, rules.Held, w.standing().State)
		w.Env.SetContinueAsNewSuggested(true)
		w.act("ingrid", rules.ActionResume, resume(rules.HowContinue), nil) // refused; wakes it
	})
	w.Env.ExecuteWorkflow(patch.Rollout, in)
	in = w.next()
	require.True(t, in.Carried.Stopped)
	var proven time.Time
	w.At(24*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State, "the stop is still open, long after the soak")
		require.Equal(t, rules.Stopped, s.Reason)
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), nil)
		proven = w.Env.Now()
	})
	w.change2()
	w.Env.ExecuteWorkflow(patch.Rollout, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Equal(t, []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate"}, w.platform.did("deploy"), "each once")
	for _, f := range facts[rules.RingFacts](w, rules.EventSoaked) {
		if f.Ring == 0 && f.To == rules.Proven {
			require.WithinDuration(t, proven, f.Standing.Seen, 10*time.Minute, "proven by new tests behind the soak")
		}
	}
	keys := map[string]bool{}
	for _, e := range w.Entries(subject) {
		require.False(t, keys[e.Record.Key], "%s twice", e.Record.Key)
		keys[e.Record.Key] = true
	}
	half := map[string]int{}
	for _, f := range facts[rules.WarnedFacts](w, rules.EventWarned) {
		if f.Warning.Point == rules.Half {
			half[f.Asset]++
		}
	}
	require.NotEmpty(t, half)
	for asset, n := range half {
		require.Equal(t, 1, n, "%s is warned of once, over three runs", asset)
	}
	require.Len(t, w.answers, 2, "the order was answered again, not judged again")
	evidencetest.Check(t, w.Log)
}

// An operator who cancels the run while it hands over to the next is heard: what is
// touched already is stopped, and that is on record before the next run begins.
func TestCancelledWhileItHandsOver(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() {
		w.Surface.Fail(func() error { return down("show card") }) // what is owed makes the handing over take its time
		w.act("ingrid", rules.ActionStop, because("I am a stranger"), nil)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.Soaking, w.standing().Rings[0].State)
		w.Env.SetContinueAsNewSuggested(true)
		w.act("ingrid", rules.ActionStop, because("I am a stranger"), nil) // refused; wakes it
	})
	w.At(2*time.Hour+10*time.Second, w.Env.CancelWorkflow)
	in := w.continued()
	require.Equal(t, rules.Held, in.Carried.State)
	require.Equal(t, rules.Stopped, in.Carried.Reason)
	require.True(t, in.Carried.Stopped)
	require.Equal(t, "held", w.Records(subject)[len(w.Records(subject))-1])
	require.Len(t, facts[rules.RingFacts](w, rules.EventHeld), 1, "on record once")
}

// change2 lets the change answer that runs outside of a continued environment.
func (w *world) change2() {
	w.onReport = func(r change.Report) {
		a := change.Approval{Number: "CHG-1", State: change.Executing, Review: change.Approved, Version: 1, Plan: change.PlanDigest(w.tracker.opened["plan"]), Request: r.Key}
		w.Env.SignalWorkflow("approval", a)
	}
}

// A rollout that continues as new with what its alert said and with an order under
// way neither raises it twice nor forgets the answer.
func TestContinuesAsNewWhileStranded(t *testing.T) {
	w := newWorld(t)
	w.strand()
	w.At(20*24*time.Hour, func() {
		require.Equal(t, rules.Stranded, w.standing().State)
		w.Env.SetContinueAsNewSuggested(true)
		w.act("ingrid", rules.ActionRollBack, because("I am a stranger"), nil)
	})
	in := w.continued()
	require.Len(t, w.alerts.events, 1)
	require.NotNil(t, in.Carried.Alert)
	w.reported = nil
	w.At(time.Minute, func() {
		require.Empty(t, w.reported, "the alert is there")
		w.Env.SignalWorkflow(compliance.SignalRollback, order("one"))
	})
	w.liftAfter(time.Hour)
	w.Env.ExecuteWorkflow(patch.Rollout, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.reported, 1)
	require.False(t, w.reported[0].Firing, "and over")
	require.True(t, w.answers[0].Done)
	require.Equal(t, 1, countOf(w.platform.did("restore"), "yard-staging"), "what was back stayed back")
}

func countOf(list []string, want string) int {
	n := 0
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}

// Targets go back ring by ring, the last ring first, those of a ring together. A
// run that should continue as new does not keep the way back waiting; one whose
// history becomes too long does so between two rings.
func TestP7_ContinuesAsNewOnTheWayBack(t *testing.T) {
	for name, long := range map[string]bool{"goes back first": false, "too long": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.platform.hook = func(op string, target compliance.Target) error {
				if op == "suite" && target.ID == "yard-gate" && slices.Contains(w.platform.did("deploy"), "yard-gate") && len(w.platform.did("restore")) == 0 {
					// This is a step's goroutine, and the workflow reads these while it runs.
					w.Env.RegisterDelayedCallback(func() {
						w.Env.SetContinueAsNewSuggested(true)
						if long {
							w.Env.SetCurrentHistoryLength(30_000)
						}
					}, 0)
					return errFails
				}
				return nil
			}
			in := w.continued()
			if !long {
				require.Equal(t, rules.RolledBack, in.Carried.State)
				require.Len(t, w.platform.did("restore"), 4)
			}
			w.liftAfter(time.Hour)
			w.Env.ExecuteWorkflow(patch.Rollout, in)
			require.NoError(t, w.Env.GetWorkflowError())
			did := w.platform.did("restore")
			require.ElementsMatch(t, []string{"yard-gate", "yard-chicago"}, did[:2], "the last ring first, together")
			require.Equal(t, []string{"yard-canary", "yard-staging"}, did[2:])
			require.Len(t, facts[rules.WayBackFacts](w, rules.EventBarred)[0].Results, 4)
			require.Len(t, facts[rules.WayBackFacts](w, rules.EventReverting), 1, "decided once")
		})
	}
}
