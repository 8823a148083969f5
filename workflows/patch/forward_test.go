package patch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

const resumed = rules.FieldHow

func resume(how string) map[string]string {
	return map[string]string{rules.FieldReason: "We know why", resumed: how}
}

// after is a hook that begins once the target was deployed to.
func (w *world) after(target string, err error, until func() bool) func(string, compliance.Target) error {
	return func(op string, t compliance.Target) error {
		if op == "suite" && t.ID == target && slices.Contains(w.platform.did("deploy"), target) && !until() {
			return err
		}
		return nil
	}
}

// An error is tried again up to the cap, then the rollout is held and a person
// asked; only new tests let it go on (P4).
func TestP4_AnErrorIsTriedAgainThenHeld(t *testing.T) {
	w := newWorld(t)
	mended := false
	w.platform.hook = w.after("yard-staging", down("call"), func() bool { return mended })
	w.At(time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, rules.TestsErred, s.Reason)
		require.Len(t, facts[rules.RingFacts](w, rules.EventChecked), 3, "the cap of the ring's attempts")
		require.Contains(t, w.Surface.Said(), rules.TestsErred.Text())
		require.Contains(t, w.Surface.Said(), "connection refused")
		mended = true
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, string(rules.TestsErred), r.Reason, "a word is no test result")
		})
		w.act("emeka", rules.ActionResume, resume(rules.HowRetest), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Empty(t, w.platform.did("restore"))
}

// Tests that measure nothing hold and ask; they are not tried again (P4).
func TestP4_NoDataHoldsAndAsks(t *testing.T) {
	w := newWorld(t)
	w.platform.hook = w.after("yard-staging", errSaysNothing, func() bool { return len(w.platform.did("restore")) > 0 })
	w.At(time.Hour, func() {
		require.Equal(t, rules.TestsNoData, w.standing().Reason)
		require.Len(t, facts[rules.RingFacts](w, rules.EventChecked), 1)
		w.act("emeka", rules.ActionRollBack, because("Nobody knows"), nil)
	})
	w.liftAfter(2 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "old", w.serves("staging"))
}

// A target that changes by itself in mid-rollout is seen, held and told; the soak
// starts again at zero (P2).
func TestP2_ForeignContentHoldsAndTheSoakBeginsAgain(t *testing.T) {
	w := newWorld(t)
	var again time.Time
	w.At(2*time.Hour, func() {
		require.Equal(t, rules.Soaking, w.standing().Rings[0].State)
		require.NoError(t, w.sites["staging"].Save(yard("somebody")))
	})
	w.At(5*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, rules.DigestDrift, s.Reason)
		require.Contains(t, w.tracker.comments(), rules.DigestDrift.Text())
		require.Len(t, w.alerts.events, 1, "somebody is called")
		require.NoError(t, w.sites["staging"].Save(yard("new")))
		w.act("emeka", rules.ActionResume, resume(rules.HowRetest), nil)
		again = w.Env.Now()
	})
	w.At(5*time.Hour+10*time.Minute, func() {
		require.Equal(t, rules.Soaking, w.standing().Rings[0].State)
		require.WithinDuration(t, again.Add(4*time.Hour), w.standing().Rings[0].SoakEnds, 5*time.Minute, "a whole soak")
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
}

// Somebody writes between the snapshot and the deployment: the platform refuses
// the stale revision, nothing is overwritten, and the rollout is held. What the
// person decided upon is then the way back.
func TestP1_AStaleRevisionIsHeldAndNothingIsOverwritten(t *testing.T) {
	w := newWorld(t)
	once := true
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "deploy" && target.ID == "yard-staging" && once {
			once = false
			require.NoError(t, w.sites["staging"].Save(yard("theirs")))
		}
		return nil
	}
	w.At(time.Hour, func() {
		require.Equal(t, rules.TargetChanged, w.standing().Reason)
		require.Equal(t, "theirs", w.serves("staging"))
		require.Len(t, w.alerts.events, 1, "somebody is called")
		require.Contains(t, w.alerts.events[0].Title, "yard-staging")
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), nil)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, "new", w.serves("staging"))
		w.act("emeka", rules.ActionRollBack, because("We want theirs"), nil)
	})
	w.liftAfter(3 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "theirs", w.serves("staging"), "the last state verified before the deployment")
}

// A platform that took a deployment may serve it later than it says: the target
// counts as touched, and is taken back with the others (P7).
func TestP7_WhatWasTakenIsTakenBackThoughItWasNotSeen(t *testing.T) {
	w := newWorld(t)
	w.platform.unseen = "yard-staging"
	w.At(time.Hour, func() {
		require.Equal(t, rules.DigestDrift, w.standing().Reason)
		w.act("emeka", rules.ActionRollBack, because("It does not come"), nil)
	})
	w.liftAfter(2 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	restored := facts[rules.TargetFacts](w, rules.EventRestored)
	require.Len(t, restored, 1)
	require.Equal(t, "yard-staging", restored[0].Target)
}

// A platform that is down, or answers with a page and status 200, is waited for,
// the people waiting are told and somebody is called, until it answers again;
// nothing is promoted meanwhile, and what was seen is on record.
func TestBadInput_APlatformThatIsDownIsWaitedForAndTold(t *testing.T) {
	for name, c := range map[string]struct {
		trouble noderedtest.Trouble
		cut     bool
		says    string
	}{
		"a page with status 200": {trouble: noderedtest.Trouble{Starting: true}, says: "text/html"},
		"saving is refused":      {trouble: noderedtest.Trouble{Saving: 503}, says: "503"},
		"it is down":             {cut: true, says: "the connection was closed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.platform.hook = func(op string, target compliance.Target) error {
				if op == "deploy" && len(w.platform.did("deploy")) == 1 {
					w.sites["staging"].Set(c.trouble)
					w.cut.Store(c.cut)
				}
				return nil
			}
			w.At(2*time.Hour, func() {
				s := w.standing()
				require.Contains(t, []rules.State{rules.Rolling, rules.Held}, s.State)
				require.NotContains(t, []rules.RingState{rules.Soaking, rules.Proven}, s.Rings[0].State)
				require.NotEmpty(t, w.Surface.Last().Facts)
				told := w.Surface.Said() + strings.Join(s.Trouble, " ") + w.tracker.comments()
				require.Regexp(t, "platform|target", told)
				require.NotEmpty(t, w.alerts.events, "somebody is called")
				last := w.alerts.events[len(w.alerts.events)-1]
				require.True(t, last.Firing)
				require.Equal(t, "warning", last.Severity)
				require.Contains(t, last.Text, c.says)
				on := facts[rules.AlertedFacts](w, rules.EventAlerted)
				require.Contains(t, on[len(on)-1].Alert.Detail, c.says)
				w.sites["staging"].Set(noderedtest.Trouble{})
				w.cut.Store(false)
				if s.State == rules.Held {
					w.act("emeka", rules.ActionResume, resume(rules.HowRetest), nil)
				}
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, "new", w.serves("gate"))
			require.False(t, w.alerts.events[len(w.alerts.events)-1].Firing, "and over")
		})
	}
}

// The stop button: nothing moves forward, what is patched stays patched, and a
// resume goes on. Strangers and old cards are refused, on record.
func TestP1_StopAndResume(t *testing.T) {
	w := newWorld(t)
	var old string
	w.At(time.Hour, func() {
		old = w.standing().Ref
		w.act("ingrid", rules.ActionStop, because("I am a stranger"), func(r compliance.Reply) {
			require.Equal(t, string(rules.NotAllowed), r.Reason)
		})
		w.act("farah", rules.ActionStop, because("The carriers complain"), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.At(10*24*time.Hour, func() {
		require.Equal(t, rules.Held, w.standing().State)
		require.Equal(t, rules.Stopped, w.standing().Reason)
		require.Equal(t, []string{"yard-staging"}, w.platform.did("deploy"))
		require.Equal(t, "new", w.serves("staging"))
		w.send("again", old, "emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, string(rules.StaleCard), r.Reason)
		})
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	require.Len(t, facts[rules.ActFacts](w, rules.EventRefused), 2)
}

// One delivery over both paths, and repeated, counts once.
func TestRepeatedDeliveryOfTheWayBackCountsOnce(t *testing.T) {
	w := newWorld(t)
	w.At(time.Hour, func() {
		ref := w.standing().Ref
		for range 3 {
			w.send("same", ref, "emeka", rules.ActionRollBack, because("Errors"), func(r compliance.Reply) {
				require.Equal(t, compliance.Recorded, r.Outcome)
			})
		}
		w.Env.SignalWorkflow("acted", compliance.Inbound{
			Delivery: "same", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "emeka"}, Subject: subject,
			Action: rules.ActionRollBack, Ref: ref, Received: w.Env.Now(), Answers: []compliance.Answer{{Name: rules.FieldReason, Value: "Errors"}},
		})
		w.Env.SignalWorkflow("acted", "no act at all")
	})
	w.liftAfter(2 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"yard-staging"}, w.platform.did("restore"))
	require.Contains(t, w.Records(subject), "unreadable")
}

// A critical ring starts only with a backup that was really restored; a waiver is
// somebody else's, with an end (P23).
func TestRequirement23_P23_ACriticalRingWaitsForAProvenBackup(t *testing.T) {
	w := newWorld(t)
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "prove" && len(w.platform.did("deploy")) > 0 {
			return &compliance.Failure{Class: compliance.Refused, Op: "restore", Detail: "the scratch place is in use"}
		}
		return nil
	}
	w.At(3*24*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Held, s.State)
		require.Equal(t, rules.RestoreUnproved, s.Reason)
		require.Equal(t, []string{"yard-staging"}, w.platform.did("deploy"))
		waive := map[string]string{rules.FieldReason: "The vendor has a copy", rules.FieldAgree: rules.Ticked, rules.FieldDays: rules.ForSeven}
		w.act("jonas", rules.ActionWaive, waive, func(r compliance.Reply) {
			require.Equal(t, string(rules.SamePerson), r.Reason, "nobody waives what they asked for")
		})
		w.act("farah", rules.ActionWaive, waive, func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	for _, f := range facts[rules.TargetFacts](w, rules.EventSnapshot) {
		if f.Waiver != nil {
			require.Empty(t, f.Waiver.Reason, "what a person wrote stands in a blob")
		}
	}
}

// A proved backup is on record with what was read back (P23).
func TestP23_TheProofIsOnRecord(t *testing.T) {
	w := newWorld(t)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	proved := map[string]bool{}
	for _, f := range facts[rules.TargetFacts](w, rules.EventSnapshot) {
		if f.Backup != nil && f.Backup.Probe != nil && f.Backup.Probe.Of == f.Backup.Digest && f.Backup.Probe.Read == f.Backup.Digest {
			proved[f.Target] = true
		}
	}
	require.Equal(t, map[string]bool{"yard-canary": true, "yard-chicago": true, "yard-gate": true}, proved)
	require.Equal(t, "2026-11-18", w.tracker.opened["rollback_tested_on"])
}

// The approval is bound to the plan: one of another plan lets nothing start (P27).
// Requirement 21.
func TestP27_AnApprovalOfAnotherPlanStartsNothing(t *testing.T) {
	w := newWorld(t)
	w.script.plan = change.PlanDigest("another plan")
	w.At(24*time.Hour, func() {
		require.Equal(t, rules.ApprovedAnother, w.standing().Reason)
		require.Empty(t, w.platform.did("deploy"))
		w.Env.CancelWorkflow()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, string(rules.Withdrawn), w.Entries(subject)[len(w.Entries(subject))-1].Record.State)
}

// A change that may not start yet is asked again, and nothing is touched meanwhile (P27).
func TestP27_TheStartIsTheChanges(t *testing.T) {
	w := newWorld(t)
	refusals := 0
	w.script.answer = func(r change.Report) change.Reason {
		if r.Result == change.Executing && refusals < 2 {
			refusals++
			require.Empty(t, w.platform.did("deploy"))
			return change.Frozen
		}
		return change.OK
	}
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 2, refusals)
	require.Equal(t, "new", w.serves("gate"))
}

// A rollout whose plan or payload is wrong is refused under a number, with every
// reason; nothing is touched (P22).
func TestP22_WhatCannotBeRolledOutIsRefusedWithEveryReason(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world)
		says  string
	}{
		"unknown system":      {func(w *world) { w.asked.System = "yard-flow" }, "It has some in: yard-flows"},
		"unknown class":       {func(w *world) { w.asked.Class = "mendix" }, "It has: node-red"},
		"unknown requester":   {func(w *world) { w.asked.Actor.ID = "nobody" }, "The directory does not name exactly one person"},
		"nothing in it":       {func(w *world) { w.provide(`[{"id":"x","type":"tab"}]`) }, "Give the whole flow set"},
		"no such risk":        {func(w *world) { w.asked.Risk = "extreme" }, "No routing rule"},
		"no payload at all":   {func(w *world) { w.provide(`{"not": "flows"}`); w.asked.Payload.Version = "" }, "payload"},
		"a type nobody knows": {func(w *world) { w.provide(`[{"id":"x","type":"tab"},{"id":"n","type":"mystery","z":"x"}]`) }, "mystery"},
		"no version":          {func(w *world) { w.asked.Payload.Version = " " }, "The payload has no version"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.spoil(w)
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			last := w.Entries(subject)
			require.Equal(t, string(rules.Rejected), last[len(last)-1].Record.State)
			require.True(t, last[len(last)-1].Record.Final)
			require.Contains(t, string(last[len(last)-1].Record.Facts), c.says)
			require.Empty(t, w.platform.did("deploy"))
		})
	}
}
