package patch_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/nodered"
)

// liftAfter lifts the bar once the rollout is back, so that its run can end.
func (w *world) liftAfter(d time.Duration) {
	w.At(d, func() {
		w.act("emeka", rules.ActionLift, because("The flow was mended"), nil)
	})
}

// A failed test in production takes every touched target back, the last one
// first, and bars the payload (P4, P6, P7, P8).
func TestP4_AFailedTestRollsEverythingBack(t *testing.T) {
	w := newWorld(t)
	deployed := func() bool { return slices.Contains(w.platform.did("deploy"), "yard-gate") }
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "suite" && target.ID == "yard-gate" && deployed() && len(w.platform.did("restore")) == 0 {
			return errFails
		}
		return nil
	}
	w.liftAfter(20 * 24 * time.Hour)
	w.run()
	require.True(t, w.Env.IsWorkflowCompleted())
	require.NoError(t, w.Env.GetWorkflowError())
	for _, name := range []string{"staging", "canary", "chicago", "gate"} {
		require.Equal(t, "old", w.serves(name), name)
	}
	restored := w.platform.did("restore")
	require.Len(t, restored, 4)
	require.ElementsMatch(t, []string{"yard-gate", "yard-chicago"}, restored[:2], "the targets of a ring go back together")
	require.Equal(t, []string{"yard-canary", "yard-staging"}, restored[2:])
	back := facts[rules.WayBackFacts](w, rules.EventReverting)
	require.Len(t, back, 1)
	require.Equal(t, rules.TestsFailed, back[0].WayBack.Trigger)
	bars := facts[rules.WayBackFacts](w, rules.EventBarred)
	require.Len(t, bars, 1)
	require.Len(t, bars[0].Results, 4)
	require.Equal(t, []string{"barred", "bar_lifted"}, w.Records(rules.PayloadSubject(bars[0].Bar.Digest)))
	require.Equal(t, change.RolledBack, w.script.reports[1].Result)
	require.Contains(t, w.Surface.Said(), "goes back")
	require.Contains(t, w.Surface.Said(), "status 500 instead of 200")
	require.Contains(t, w.tracker.comments(), "The payload is barred")
	require.Empty(t, w.pager.pages)
}

// The way back begins within the same task that sees the failure (5 s are the
// promise; here no time passes at all), and waits for no log (P9, G3).
func TestP6_TheWayBackWaitsForNoLog(t *testing.T) {
	w := newWorld(t)
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "suite" && target.ID == "yard-staging" && len(w.platform.did("deploy")) > 0 && len(w.platform.did("restore")) == 0 {
			w.Journal.Down(true)
			return errFails
		}
		return nil
	}
	var began time.Time
	w.At(10*time.Minute, func() {
		require.Equal(t, "old", w.serves("staging"), "back, while nothing can be recorded")
		require.Equal(t, rules.Reverting, w.standing().State, "the end waits for its record")
		began = w.Env.Now()
		w.Journal.Down(false)
	})
	w.liftAfter(48 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.False(t, began.IsZero())
	late := 0
	for _, e := range w.Entries(subject) {
		if e.Record.Late {
			late++
		}
	}
	require.Equal(t, 3, late, "the failed check, the decision and the step did not wait")
	last := w.Entries(subject)
	require.Equal(t, []string{"checked", "reverting", "restored", "barred", "closed", "bar_lifted"}, w.Records(subject)[len(last)-6:])
}

// A freeze blocks forward moves and not the rollback, which is on record as an
// override (P9).
func TestP9_AFreezeBlocksForwardMovesOnly(t *testing.T) {
	w := newWorld(t)
	freeze := func() {
		w.Rewrite("rules/calendars.yaml", "      - name: year-end 2026\n        zone: Europe/Amsterdam\n        start: \"2026-12-14T00:00\"",
			"      - name: storm\n        zone: Europe/Amsterdam\n        start: \"2026-11-19T00:00\"\n        end: \"2026-11-30T00:00\"\n      - name: year-end 2026\n        zone: Europe/Amsterdam\n        start: \"2026-12-14T00:00\"")
	}
	w.At(time.Hour, freeze)
	w.At(5*24*time.Hour, func() {
		require.Equal(t, []string{"yard-staging"}, w.platform.did("deploy"), "ring 2 waits for the end of the freeze")
		w.act("emeka", rules.ActionRollBack, because("Errors in the yard"), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.At(5*24*time.Hour+time.Second, func() {
		require.Equal(t, "old", w.serves("staging"))
	})
	w.liftAfter(8 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"yard-staging"}, w.platform.did("deploy"))
	require.Len(t, facts[rules.ActFacts](w, rules.EventReverting), 2, "the act, and the way back")
}

// The way back inside a freeze names the freeze it overruled (P9).
func TestP9_AnOverruledFreezeIsNamed(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/calendars.yaml", "    freezes:\n      - name: year-end 2026\n        zone: Europe/Amsterdam",
		"    freezes:\n      - name: storm\n        owner: p-alice\n        zone: Europe/Amsterdam\n        start: \"2026-11-20T10:00\"\n        end: \"2026-11-30T00:00\"\n      - name: year-end 2026\n        zone: Europe/Amsterdam")
	w.At(3*24*time.Hour, func() {
		require.Equal(t, 2, w.standing().Ring, "ring 2 soaks, and the freeze holds ring 3")
		w.act("emeka", rules.ActionRollBack, because("Errors in the yard"), nil)
	})
	w.liftAfter(8 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	back := facts[rules.WayBackFacts](w, rules.EventBarred)
	require.Equal(t, []string{"storm"}, back[0].WayBack.Overruled)
	require.Contains(t, w.Surface.Said(), "Freeze: storm.")
	require.NotContains(t, w.Surface.Said(), "names no owner")
	require.Equal(t, []compliance.PersonID{"p-alice"}, back[0].WayBack.Owners)
	require.True(t, slices.ContainsFunc(w.Surface.Notes(), func(n compliance.Note) bool {
		return strings.Contains(n.Text, "Freeze: storm.") && slices.Contains(n.People, "p-alice")
	}), "its owner is told")
	require.Equal(t, []string{"yard-canary", "yard-staging"}, w.platform.did("restore"))
}

// A failed way back pages, is never repeated by itself, and does not keep the
// others from going back; a person may order one more try (P7).
func TestP7_AFailedWayBackPagesAndIsNotRepeated(t *testing.T) {
	w := newWorld(t)
	refused := &compliance.Failure{Class: compliance.Refused, Op: "restore", Detail: "the disk is full"}
	broken := true
	w.platform.hook = func(op string, target compliance.Target) error {
		switch {
		case op == "suite" && target.ID == "yard-canary" && slices.Contains(w.platform.did("deploy"), "yard-canary") && len(w.platform.did("restore")) == 0:
			return errFails
		case op == "restore" && target.ID == "yard-canary" && broken:
			return refused
		}
		return nil
	}
	w.At(20*24*time.Hour, func() {
		require.Equal(t, rules.Stranded, w.standing().State)
		require.Equal(t, []string{"yard-canary", "yard-staging"}, w.platform.did("restore"), "once each")
		require.Equal(t, "old", w.serves("staging"))
		require.Empty(t, w.pager.pages, "the alert pages, until somebody acknowledges")
		require.Len(t, w.alerts.events, 1, "once")
		ev := w.alerts.events[0]
		require.True(t, ev.Firing)
		require.Equal(t, "critical", ev.Severity)
		require.Equal(t, "yard-flows", ev.System)
		require.Equal(t, "PAT-1: the way back failed for yard-canary", ev.Title)
		require.Contains(t, ev.Text, "the disk is full")
		broken = false
		w.act("emeka", rules.ActionRollBack, because("The disk has room again"), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.liftAfter(21 * 24 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"yard-canary", "yard-staging", "yard-canary"}, w.platform.did("restore"))
	require.Equal(t, "old", w.serves("canary"))
	require.Len(t, w.alerts.events, 2, "and over when everything is back")
	require.False(t, w.alerts.events[1].Firing)
	require.Equal(t, w.alerts.events[0].StartsAt, w.alerts.events[1].StartsAt, "the same occurrence")
	require.Len(t, facts[rules.AlertedFacts](w, rules.EventAlerted), 2)
	require.Len(t, facts[rules.WayBackFacts](w, rules.EventBarred), 1)
	require.Equal(t, change.Failed, w.script.reports[1].Result)
}

// A payload that was rolled back is barred from every rollout until the bar is
// lifted with a reason (P8).
func TestP8_ABarredPayloadIsHeldUntilTheBarIsLifted(t *testing.T) {
	w := newWorld(t)
	w.platform.hook = func(op string, target compliance.Target) error {
		if op == "suite" && target.ID == "yard-staging" && len(w.platform.did("deploy")) == 1 && len(w.platform.did("restore")) == 0 {
			return errFails
		}
		return nil
	}
	w.At(time.Hour, func() { w.Env.CancelWorkflow() }) // stands for nothing: the barred rollout stays for its bar
	w.At(2*time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.RolledBack, s.State)
		require.True(t, s.Barred)
		w.act("farah", rules.ActionLift, map[string]string{rules.FieldReason: "x"}, func(r compliance.Reply) {
			require.Equal(t, string(rules.MissingAnswer), r.Reason, "a bar is lifted with a reason")
		})
		w.act("emeka", rules.ActionResume, map[string]string{rules.FieldReason: "again please", rules.FieldHow: rules.HowContinue}, func(r compliance.Reply) {
			require.Equal(t, string(rules.AlreadyOver), r.Reason)
		})
	})
	w.liftAfter(3 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"refused", "refused", "bar_lifted"}, w.Records(subject)[len(w.Records(subject))-3:])

	// Another rollout of a payload that is barred: nothing is touched, and a resume is no lift.
	digest := facts[rules.WayBackFacts](w, rules.EventBarred)[0].Bar.Digest
	bar := rules.Bar{Digest: digest, Number: "PAT-1", Reason: rules.TestsFailed, At: wednesday.Add(4 * time.Hour)}
	raw, err := json.Marshal(rules.WayBackFacts{Bar: &bar})
	require.NoError(t, err)
	_, err = w.Log.Append(t.Context(), []evidence.Event{{Key: "again", Type: rules.EventBarred, Schema: 1, Subject: rules.PayloadSubject(digest), At: bar.At, Facts: raw}})
	require.NoError(t, err)
	w.self, w.platform.ops, w.platform.hook, w.script = "patch/second", nil, nil, script{}
	w.engine(wednesday.Add(5 * time.Hour))
	w.At(time.Hour, func() {
		require.Equal(t, rules.PayloadBarred, w.standing().Reason)
		require.Empty(t, w.platform.did("deploy"))
		require.Contains(t, w.Surface.Said(), rules.PayloadBarred.Text())
		w.act("emeka", rules.ActionResume, map[string]string{rules.FieldReason: "go on", rules.FieldHow: rules.HowContinue}, func(r compliance.Reply) {
			require.Equal(t, string(rules.PayloadBarred), r.Reason)
		})
		w.act("emeka", rules.ActionLift, because("The yard's gateway was at fault"), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
}

// A bar that was lifted through another rollout of the payload is lifted here, too:
// whoever presses the button, and at the latest the look of the day, lets the
// rollout end with that on record (P8).
func TestP8_ABarThatWasLiftedElsewhereEndsTheWait(t *testing.T) {
	for name, c := range map[string]struct {
		press string // what somebody asks for, an hour after the bar was lifted elsewhere
		ends  time.Duration
		left  []string
	}{
		"somebody lifts it": {rules.ActionLift, 5 * time.Hour, []string{"refused", "bar_lifted"}},
		"nobody does":       {"", 26 * time.Hour, []string{"closed", "bar_lifted"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.platform.hook = func(op string, target compliance.Target) error {
				if op == "suite" && target.ID == "yard-staging" && len(w.platform.did("deploy")) == 1 && len(w.platform.did("restore")) == 0 {
					return errFails
				}
				return nil
			}
			w.At(3*time.Hour, func() { w.liftedElsewhere(*facts[rules.WayBackFacts](w, rules.EventBarred)[0].Bar) })
			if c.press != "" {
				w.At(4*time.Hour, func() {
					w.act("emeka", c.press, because("The gateway was mended"), func(r compliance.Reply) {
						require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
						require.Equal(t, string(rules.AlreadyDone), r.Reason, "it is lifted once")
					})
				})
			}
			w.run()
			require.True(t, w.Env.IsWorkflowCompleted())
			require.NoError(t, w.Env.GetWorkflowError())
			require.Less(t, w.Env.Now().Sub(wednesday), c.ends)
			all := w.Entries(subject)
			require.Equal(t, c.left, w.Records(subject)[len(all)-2:])
			lifted := facts[rules.WayBackFacts](w, rules.EventBarLifted)
			require.Equal(t, compliance.PersonID("p-farah"), lifted[0].Bar.Lifted.By, "the record names who lifted it")
			require.False(t, w.standing().Barred)
			require.Equal(t, "Rolled back; the bar was lifted", w.Surface.Last().Status)
			require.Len(t, w.Records(rules.PayloadSubject(lifted[0].Bar.Digest)), 2, "nothing more is said about the payload")
		})
	}
}

// A rollout that is held by a bar goes on when that was lifted through another,
// whether somebody resumes it or lifts the bar once more.
func TestP8_AHeldRolloutGoesOnWhenTheBarWasLiftedElsewhere(t *testing.T) {
	for name, answers := range map[string]map[string]string{
		rules.ActionLift:   because("The gateway was mended"),
		rules.ActionResume: {rules.FieldReason: "The bar is lifted", rules.FieldHow: rules.HowContinue},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.sites["dev"].Save(yard("new")))
			served, err := w.platform.Live(t.Context(), compliance.Target{ID: "yard-dev", Platform: nodered.Kind, Address: "YARD_DEV"})
			require.NoError(t, err)
			bar := rules.Bar{Digest: served.Content, Number: "PAT-9", Reason: rules.TestsFailed, At: wednesday.Add(-time.Hour)}
			w.onPayload("barred", rules.EventBarred, bar)
			w.At(time.Hour, func() {
				require.Equal(t, rules.PayloadBarred, w.standing().Reason)
				w.liftedElsewhere(bar)
				w.act("emeka", name, answers, func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, "new", w.serves("gate"))
		})
	}
}

// liftedElsewhere puts on record that a bar was lifted through another rollout.
func (w *world) liftedElsewhere(bar rules.Bar) {
	bar.Lifted = &rules.Lift{By: "p-farah", At: w.Env.Now().UTC()}
	w.onPayload("lifted elsewhere", rules.EventBarLifted, bar)
}

// onPayload puts on record what another rollout says of a payload.
func (w *world) onPayload(key, kind string, bar rules.Bar) {
	raw, err := json.Marshal(rules.WayBackFacts{Bar: &bar})
	require.NoError(w.T, err)
	_, err = w.Log.Append(context.Background(), []evidence.Event{{Key: key, Type: kind, Schema: 1, Subject: rules.PayloadSubject(bar.Digest), At: w.Env.Now(), Facts: raw}})
	require.NoError(w.T, err)
}

// A probe that is under way when the way back is ordered ends before anything is
// restored: it writes, and would put back what was just taken away (P9).
func TestP9_TheWayBackWaitsForAProbeUnderWay(t *testing.T) {
	w := newWorld(t)
	ordered, taken := false, make(chan struct{})
	w.Env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "ProbeWrite" && !ordered {
			ordered = true
			w.act("emeka", rules.ActionRollBack, because("Errors"), func(compliance.Reply) { close(taken) })
		}
	})
	w.platform.hook = func(op string, _ compliance.Target) error {
		if op == "probe" {
			<-taken // the probe goes on when the order has been answered
		}
		return nil
	}
	w.liftAfter(2 * time.Hour)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.True(t, ordered)
	require.Less(t, slices.Index(w.platform.ops, "probed yard-staging"), slices.Index(w.platform.ops, "restore yard-staging"))
	require.Equal(t, "old", w.serves("staging"))
}
