package patch_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/patch"
)

func state(version string, at int) patch.Verified {
	return patch.Verified{Version: version, Digest: "digest " + version, Artifact: "blob " + version, At: hours(at)}
}

func TestP7_BackToTheLastVerifiedStateInReverseOrder(t *testing.T) {
	broken := state("3", -1)
	broken.Withdrawn = true
	bare := state("4", -1)
	bare.Artifact = ""
	itself := patch.Verified{Version: "5", Digest: payload, Artifact: "blob", At: hours(-1)}
	targets := []patch.TargetStanding{
		{Target: "s1", Ring: 0, Touched: true, History: []patch.Verified{state("1", -9), state("2", -5), broken}},
		{Target: "c1", Ring: 1, Touched: true, History: []patch.Verified{itself, state("1", -8)}},
		{Target: "c2", Ring: 1, Touched: true, History: []patch.Verified{itself, bare, state("6", 1)}},
		{Target: "p1", Ring: 2},
	}
	w, reason := patch.PlanRollback(patch.TestsFailed, payload, targets, change.Schedule{}, noon)
	require.Equal(t, patch.OK, reason)
	require.Equal(t, patch.WayBack{
		Trigger: patch.TestsFailed,
		Steps:   []patch.Restore{{"c1", 1, state("1", -8)}, {"s1", 0, state("2", -5)}},
		Stuck:   []patch.StuckTarget{{"c2", 1, patch.NoVerifiedState}},
	}, w)
	require.Equal(t, w.Stuck, w.Pages(nil), "paged at once, nothing guessed")

	_, reason = patch.PlanRollback(patch.Ordered, payload, targets[3:], change.Schedule{}, noon)
	require.Equal(t, patch.NothingTouched, reason)
}

// P7: a failed step is paged about and never taken again; the others still go back.
func TestP7_AFailedRollbackPagesAndNeverLoops(t *testing.T) {
	targets := []patch.TargetStanding{
		{Target: "s1", Touched: true, History: []patch.Verified{state("1", -9)}},
		{Target: "c1", Ring: 1, Touched: true, History: []patch.Verified{state("1", -9)}},
	}
	w, _ := patch.PlanRollback(patch.HealthAlarm, payload, targets, change.Schedule{}, noon)
	move, next := w.NextRestores(nil)
	require.Equal(t, patch.RestoreNext, move)
	require.Equal(t, []patch.Restore{{"c1", 1, state("1", -9)}}, next)
	failed := []patch.RestoreResult{{Target: "c1"}}
	move, next = w.NextRestores(failed)
	require.Equal(t, patch.RestoreNext, move)
	require.Equal(t, []patch.Restore{{"s1", 0, state("1", -9)}}, next)
	require.Equal(t, []patch.StuckTarget{{"c1", 1, patch.RollbackFailed}}, w.Pages(failed))
	all := append(failed, patch.RestoreResult{Target: "s1", Verified: true}, patch.RestoreResult{Target: "c1", Verified: true})
	move, next = w.NextRestores(all)
	require.Equal(t, patch.EndStranded, move, "a second answer does not undo the first")
	require.Empty(t, next)
	move, _ = w.NextRestores([]patch.RestoreResult{{Target: "s1", Verified: true}, {Target: "c1", Verified: true}})
	require.Equal(t, patch.EndRestored, move)
}

func drawTargets(t *rapid.T) []patch.TargetStanding {
	n := rapid.IntRange(0, 8).Draw(t, "targets")
	out := make([]patch.TargetStanding, 0, n)
	for i := range n {
		target := patch.TargetStanding{Target: fmt.Sprintf("t%d", i), Ring: i / 3, Touched: rapid.Bool().Draw(t, "touched")}
		for j := range rapid.IntRange(0, 4).Draw(t, "states") {
			v := state(fmt.Sprint(j), rapid.IntRange(-20, 2).Draw(t, "at"))
			v.Withdrawn = rapid.IntRange(0, 3).Draw(t, "withdrawn") == 0
			if rapid.IntRange(0, 3).Draw(t, "payload") == 0 {
				v.Digest = payload
			}
			target.History = append(target.History, v)
		}
		out = append(out, target)
	}
	return out
}

func TestP7_TheWayBackIsTheWayThereReversed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		targets := drawTargets(t)
		w, reason := patch.PlanRollback(patch.Ordered, payload, targets, change.Schedule{}, noon)
		var touched []string
		history := map[string][]patch.Verified{}
		for _, x := range targets {
			history[x.Target] = x.History
			if x.Touched {
				touched = append(touched, x.Target)
			}
		}
		require.Equal(t, len(touched) == 0, reason == patch.NothingTouched)
		require.Equal(t, len(touched), len(w.Steps)+len(w.Stuck), "every touched target, once")
		last := len(touched)
		for _, s := range w.Steps {
			i := slices.Index(touched, s.Target)
			require.GreaterOrEqual(t, i, 0)
			require.Less(t, i, last, "reverse order")
			last = i
			require.Contains(t, history[s.Target], s.To, "only what was verified in this very target")
			require.NotEqual(t, payload, s.To.Digest)
			require.False(t, s.To.Withdrawn || s.To.At.After(noon))
			for _, v := range history[s.Target] {
				usable := !v.Withdrawn && v.Digest != payload && !v.At.After(noon)
				require.False(t, usable && v.At.After(s.To.At), "the newest one")
			}
		}

		// P9: a freeze changes what is on record, never what is done.
		frozen := change.Schedule{Restricted: true, Freezes: []change.NamedInterval{freeze(-5, 5), freeze(-1, 1), freeze(2, 3)}}
		f, again := patch.PlanRollback(patch.Ordered, payload, targets, frozen, noon)
		require.Equal(t, reason, again)
		require.Equal(t, w.Steps, f.Steps)
		require.Equal(t, w.Stuck, f.Stuck)
		if reason == patch.OK {
			require.Equal(t, []string{"year end"}, f.Overruled)
		}

		// It ends after at most one attempt for each step, whatever fails and in
		// whatever order the targets of a ring end; no ring before the later ones.
		var results []patch.RestoreResult
		anyFailed := len(w.Stuck) > 0
		for range len(w.Steps) {
			move, next := w.NextRestores(results)
			require.Equal(t, patch.RestoreNext, move)
			for _, step := range w.Steps {
				open := !slices.ContainsFunc(results, func(r patch.RestoreResult) bool { return r.Target == step.Target })
				require.False(t, open && step.Ring > next[0].Ring, "a later ring first")
				require.Equal(t, open && step.Ring == next[0].Ring, slices.Contains(next, step), "the whole ring, and nothing else")
			}
			step := rapid.SampledFrom(next).Draw(t, "ended first")
			r := patch.RestoreResult{Target: step.Target, Verified: rapid.Bool().Draw(t, "verified")}
			anyFailed = anyFailed || !r.Verified
			results = append(results, r)
		}
		move, next := w.NextRestores(results)
		require.Empty(t, next)
		require.Equal(t, anyFailed, move == patch.EndStranded)
		require.Equal(t, !anyFailed, move == patch.EndRestored)
		require.Equal(t, anyFailed, len(w.Pages(results)) > 0, "who is left behind is paged about")
	})
}

func TestP6_TheTriggersAreFixed(t *testing.T) {
	require.Equal(t, []patch.Reason{patch.TestsFailed, patch.HealthAlarm, patch.Ordered, patch.ApprovalTimeout}, patch.Triggers())
}

func TestP8_ABarStandsUntilAPersonLiftsIt(t *testing.T) {
	bars := []patch.Bar{{Digest: payload, Number: "PAT-1", At: hours(-5)}, {Digest: another, Number: "PAT-2", At: hours(-5)}}
	b, barred := patch.Barred(bars, payload)
	require.True(t, barred)
	require.Equal(t, "PAT-1", b.Number)
	require.Equal(t, bars, patch.LiftBars(bars, "sha256:1", patch.Lift{By: "p-1", At: noon}), "no such bar")
	require.Equal(t, bars, patch.LiftBars(bars, payload, patch.Lift{By: "p-1", At: hours(-6)}), "before the bar")
	lifted := patch.LiftBars(bars, payload, patch.Lift{By: "p-1", At: noon})
	_, barred = patch.Barred(lifted, payload)
	require.False(t, barred)
	_, barred = patch.Barred(lifted, another)
	require.True(t, barred, "only this payload")
	require.Nil(t, bars[0].Lifted, "the record given stays as it was")
	again := append(lifted, patch.Bar{Digest: payload, Number: "PAT-3", At: hours(1)})
	b, barred = patch.Barred(again, payload)
	require.True(t, barred, "rolled back again, barred again")
	require.Equal(t, "PAT-3", b.Number)
}

func TestP23_TheBackupGate(t *testing.T) {
	day := 24 * time.Hour
	waiver := &patch.Waiver{AskedBy: "p-1", Approver: "p-2", Reason: "storage is down", Expires: hours(1)}
	require.Equal(t, patch.BackupRuling{}, patch.JudgeBackup(goodBackup("p1"), true, day, nil, noon))
	require.Equal(t, patch.BackupRuling{}, patch.JudgeBackup(goodBackup("p1"), true, 2*time.Hour, waiver, noon), "to the minute; nothing to waive")
	for name, c := range map[string]struct {
		change func(*patch.Backup)
		want   patch.Reason
	}{
		"stale":                   {func(b *patch.Backup) { b.Taken = hours(-25); b.Probe.At = noon }, patch.BackupStale},
		"from the future":         {func(b *patch.Backup) { b.Taken = hours(1) }, patch.BackupDated},
		"undated":                 {func(b *patch.Backup) { b.Taken = time.Time{} }, patch.NoBackup},
		"nothing in it":           {func(b *patch.Backup) { b.Digest = "" }, patch.NoBackup},
		"never restored":          {func(b *patch.Backup) { b.Probe = nil }, patch.RestoreUnproved},
		"another one restored":    {func(b *patch.Backup) { b.Probe.Of = "d0" }, patch.RestoreUnproved},
		"restored before it was":  {func(b *patch.Backup) { b.Probe.At = hours(-3) }, patch.RestoreUnproved},
		"restored in the future":  {func(b *patch.Backup) { b.Probe.At = hours(1) }, patch.RestoreUnproved},
		"something else came out": {func(b *patch.Backup) { b.Probe.Read = "d2" }, patch.RestoreFailed},
		"nothing came out":        {func(b *patch.Backup) { b.Probe.Read = "" }, patch.RestoreFailed},
	} {
		b := goodBackup("p1")
		c.change(&b)
		require.Equal(t, patch.BackupRuling{Blocks: true, Reason: c.want}, patch.JudgeBackup(b, true, day, nil, noon), name)
		require.Equal(t, patch.BackupRuling{Reason: c.want, Waived: true}, patch.JudgeBackup(b, true, day, waiver, noon), "%s: a waiver hides nothing", name)
	}
	require.Equal(t, patch.NoBackup, patch.JudgeBackup(goodBackup("p1"), false, day, nil, noon).Reason)
	require.False(t, waiver.Valid(hours(1)), "it ends")
	for _, w := range []patch.Waiver{
		{AskedBy: "p-1", Approver: "p-1", Reason: "storage is down", Expires: hours(1)},
		{Approver: "p-1", Reason: "storage is down", Expires: hours(1)},
		{AskedBy: "p-1", Approver: "p-2", Reason: " ", Expires: hours(1)},
		{AskedBy: "p-1", Approver: "p-2", Reason: "storage is down"},
	} {
		require.False(t, w.Valid(noon), "%v", w)
	}
}

// A rollout that was rolled back waits for its own bar, a held one for all (P8).
func TestP8_WhoWaitsForWhichBar(t *testing.T) {
	lift := &patch.Lift{By: "p-1", At: noon}
	mine := patch.Bar{Digest: payload, Number: "PAT-1", At: hours(-3), Lifted: lift}
	other := patch.Bar{Digest: payload, Number: "PAT-2", At: hours(-2), Lifted: lift}
	again := patch.Bar{Digest: payload, Number: "PAT-3", At: hours(1)}
	open := mine
	open.Lifted = nil
	for name, c := range map[string]struct {
		state patch.State
		bars  []patch.Bar
		by    string // number of the bar; empty while it waits
	}{
		"nothing is barred":            {patch.Held, nil, ""},
		"another payload":              {patch.Held, []patch.Bar{{Digest: "sha256:other", Lifted: lift}}, ""},
		"rolled back, lifted":          {patch.RolledBack, []patch.Bar{mine, other}, "PAT-1"},
		"rolled back, in force":        {patch.RolledBack, []patch.Bar{open, other}, ""},
		"rolled back, barred again":    {patch.RolledBack, []patch.Bar{mine, again}, "PAT-1"},
		"held, all lifted":             {patch.Held, []patch.Bar{mine, other}, "PAT-2"},
		"held, barred by a third once": {patch.Held, []patch.Bar{mine, other, again}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bar, ok := patch.Released(c.state, "PAT-1", c.bars, payload)
			require.Equal(t, c.by != "", ok)
			require.Equal(t, c.by, bar.Number)
		})
	}
}
