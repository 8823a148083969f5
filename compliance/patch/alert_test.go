package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/patch"
)

// P7: who is left behind calls somebody until everything is back, also while one
// more try is under way; what people did themselves calls nobody.
func TestP7_WhatSomebodyIsCalledAbout(t *testing.T) {
	stuck := []patch.StuckTarget{{Target: "p2", Reason: patch.RollbackFailed}, {Target: "p1", Reason: patch.RollbackFailed}}
	critical := patch.Alert{Word: patch.AlertCritical, Reason: patch.RollbackFailed, Targets: []string{"p1", "p2"}}
	none := append(stuck[:1:1], patch.StuckTarget{Target: "p1", Reason: patch.NoVerifiedState})
	for name, c := range map[string]struct {
		s    patch.Alerting
		want patch.Alert
	}{
		"stranded":                   {patch.Alerting{State: patch.Stranded, Stuck: stuck}, critical},
		"on the way":                 {patch.Alerting{State: patch.Reverting, Stuck: stuck}, critical},
		"nothing to go back to":      {patch.Alerting{State: patch.Stranded, Stuck: none}, patch.Alert{Word: patch.AlertCritical, Reason: patch.NoVerifiedState, Targets: []string{"p1", "p2"}}},
		"one more try":               {patch.Alerting{State: patch.Reverting, Last: &critical}, critical},
		"going back in good order":   {patch.Alerting{State: patch.Reverting}, patch.Alert{}},
		"after a halt, in order":     {patch.Alerting{State: patch.Reverting, Last: &patch.Alert{Word: patch.AlertWarning}}, patch.Alert{}},
		"back":                       {patch.Alerting{State: patch.RolledBack, Stuck: stuck, Last: &critical}, patch.Alert{}},
		"a person's stop":            {patch.Alerting{State: patch.Held, HeldFor: patch.Stopped}, patch.Alert{}},
		"drift":                      {patch.Alerting{State: patch.Held, HeldFor: patch.DigestDrift, HeldAt: "s1", Detail: "d"}, patch.Alert{Word: patch.AlertWarning, Reason: patch.DigestDrift, Targets: []string{"s1"}, Detail: "d"}},
		"a platform is down":         {patch.Alerting{State: patch.Rolling, Platform: "refused"}, patch.Alert{Word: patch.AlertWarning, Reason: patch.PlatformDown, Detail: "refused"}},
		"and it does not matter now": {patch.Alerting{State: patch.Rejected, Platform: "refused"}, patch.Alert{}},
		"undone after the close": {patch.Alerting{State: patch.Completed, Undone: []patch.Undone{{Target: "p1", Reason: patch.PayloadUndone}}},
			patch.Alert{Word: patch.AlertWarning, Reason: patch.PayloadUndone, Targets: []string{"p1"}}},
	} {
		got, any := patch.NeedsSomebody(c.s)
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.want.Word != "", any, name)
	}
}

// Whatever else is true, a stranded rollout calls somebody with the worst word,
// and one that is over calls nobody.
func TestP7_AStrandedRolloutAlwaysCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := patch.Alerting{
			State:   rapid.SampledFrom(patch.States()).Draw(t, "state"),
			HeldFor: rapid.SampledFrom(patch.Reasons()).Draw(t, "held"), HeldAt: rapid.SampledFrom([]string{"", "t"}).Draw(t, "at"),
			Platform: rapid.SampledFrom([]string{"", "down"}).Draw(t, "platform"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "stuck") {
			s.Stuck = append(s.Stuck, patch.StuckTarget{Target: rapid.StringN(1, 3, 3).Draw(t, "target"), Reason: patch.RollbackFailed})
		}
		a, any := patch.NeedsSomebody(s)
		if s.State == patch.Stranded {
			require.Equal(t, patch.AlertCritical, a.Word)
		}
		if s.State.Terminal() {
			require.False(t, any)
		}
		if any {
			s.Last = &a
			again, still := patch.NeedsSomebody(s)
			require.True(t, still && again.Same(a), "told once, not again")
		}
	})
}
