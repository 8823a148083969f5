package patch_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/workflows/patch"
)

const earlier = "patch/5d3cbbd0-2f0a-4a5f-8a1a-77a1c1c1aa01"

// runs says which of the other rollouts were ended from outside.
type runs map[string]bool

func (r runs) Running(_ context.Context, subject string) (bool, error) { return !r[subject], nil }

// other puts on record how another rollout of these targets, PAT-1, stands.
func (w *world) other(kind string, state rules.State, facts any) {
	raw, err := json.Marshal(facts)
	require.NoError(w.T, err)
	ev := evidence.Event{Key: w.Env.Now().String() + kind + string(state), Type: kind, Schema: 1, Subject: earlier, State: string(state), At: w.Env.Now(), Facts: raw}
	if kind == rules.EventReceived {
		ev.Series = patch.Series
	}
	_, err = w.Log.Append(context.Background(), []evidence.Event{ev})
	require.NoError(w.T, err)
}

func (w *world) otherBegins() {
	w.other(rules.EventReceived, rules.Assessing, rules.ReceivedFacts{})
	w.other(rules.EventPlanned, rules.Rolling, rules.PlannedFacts{Plan: rules.Plan{Rings: []rules.Ring{{Name: "all", Targets: []string{"yard-gate", "elsewhere"}}}}})
	w.other(rules.EventRingStarted, rules.Rolling, rules.RingFacts{})
}

// Two rollouts are never under way on the same targets: the later one is held
// before it touches anything, names the other, and goes on by itself.
func TestP1_ARolloutWaitsForAnotherOnTheSameTargets(t *testing.T) {
	w := newWorld(t)
	w.otherBegins()
	w.At(time.Hour, func() {
		s := w.standing()
		require.Equal(t, "PAT-2", s.Number)
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, rules.TargetsTaken, s.Reason)
		require.Empty(t, s.Awaiting, "nobody has to do anything about this one")
		require.Empty(t, w.platform.did("deploy"))
		require.Empty(t, w.script.reports, "its change has not begun either")
		require.NotContains(t, w.Records(subject), "snapshot")
		require.Contains(t, w.Surface.Said(), "PAT-1 (rolling) on yard-gate")
		require.Contains(t, w.tracker.comments(), "PAT-1 (rolling) on yard-gate")
		require.Empty(t, w.alerts.events, "nobody is paged")
		held := facts[rules.RingFacts](w, rules.EventHeld)
		require.Equal(t, []rules.Other{{Number: "PAT-1", Subject: earlier, State: rules.Rolling, Targets: []string{"yard-gate"}}}, held[0].Others)
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, string(rules.TargetsTaken), r.Reason, "a press does not go past it")
		})
	})
	w.At(2*time.Hour, func() {
		w.other(rules.EventHeld, rules.Held, rules.MovedFacts{To: rules.Held, Reason: rules.DigestDrift})
	})
	w.At(3*time.Hour, func() {
		require.Contains(t, w.standing().Detail, "PAT-1 (held)")
		w.other(rules.EventClosed, rules.Completed, rules.MovedFacts{To: rules.Completed})
	})
	w.At(4*time.Hour, func() {
		require.Equal(t, rules.Rolling, w.standing().State, "nobody pressed anything")
		require.NotEmpty(t, w.platform.did("deploy"))
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Len(t, facts[rules.RingFacts](w, rules.EventRingStarted), 3)
}

// A person's stop outlasts what the rollout was held for: it does not go on by itself.
func TestP1_AStopOutlastsTheOtherRollout(t *testing.T) {
	w := newWorld(t)
	w.otherBegins()
	w.At(time.Hour, func() {
		w.act("emeka", rules.ActionStop, because("Not today"), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.At(2*time.Hour, func() { w.other(rules.EventClosed, rules.Completed, rules.MovedFacts{To: rules.Completed}) })
	w.At(5*24*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State)
		require.Empty(t, w.platform.did("deploy"))
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
}

// Two that begin in the same second do not both go: what is on record first counts.
func TestP1_OfTwoThatBeginAtOnceOneGoes(t *testing.T) {
	w := newWorld(t)
	begun := false
	w.Env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "ResolveSchedule" && !begun && len(w.script.reports) == 0 {
			begun = true // behind the look for others, before the record of the ring
			w.otherBegins()
		}
	})
	w.At(time.Hour, func() {
		require.Equal(t, rules.TargetsTaken, w.standing().Reason)
		require.NotContains(t, w.Records(subject), "ring_started")
		require.Empty(t, w.platform.did("deploy"))
		w.other(rules.EventClosed, rules.Completed, rules.MovedFacts{To: rules.Completed})
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.True(t, begun)
	require.Equal(t, "new", w.serves("gate"))
}

// What is at rest in no verified state is passed by a person's word: the further
// rollout may be its mend. What an operator ended holds nobody.
func TestP1_WhatNeverEndsByItselfHoldsNobodyForEver(t *testing.T) {
	w := newWorld(t)
	w.otherBegins()
	w.other(rules.EventStranded, rules.Stranded, rules.MovedFacts{To: rules.Stranded})
	w.At(time.Hour, func() {
		require.Equal(t, rules.TargetsTaken, w.standing().Reason)
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))

	w = newWorld(t)
	w.runs[earlier] = true
	w.otherBegins()
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.NotContains(t, w.Records(subject), "held")
}

// A held rollout finds by itself that a bar was lifted through another one.
func TestP8_AHeldRolloutLooksForTheLiftByItself(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.sites["dev"].Save(yard("new")))
	served, err := w.platform.Live(t.Context(), compliance.Target{ID: "yard-dev", Platform: nodered.Kind, Address: "YARD_DEV"})
	require.NoError(t, err)
	bar := rules.Bar{Digest: served.Content, Number: "PAT-9", Reason: rules.TestsFailed, At: wednesday.Add(-time.Hour)}
	w.onPayload("barred", rules.EventBarred, bar)
	w.At(10*24*time.Hour, func() {
		require.Equal(t, rules.PayloadBarred, w.standing().Reason)
		w.liftedElsewhere(bar)
	})
	w.At(10*24*time.Hour+31*time.Minute, func() {
		require.Equal(t, rules.Rolling, w.standing().State)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Len(t, facts[rules.RingFacts](w, rules.EventHeld), 1, "looking leaves no records")
}
