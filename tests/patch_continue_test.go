package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
)

// On a server that wants short histories a rollout continues as new again and
// again, in soaks, held by a stop, between rings and after its end, and nothing
// is lost or doubled: every target is deployed to once and goes back once, every
// record stands once, and card and ticket say what is so.
func TestPatch_ContinuesAsNewAgainAndAgain(t *testing.T) {
	t.Parallel()
	fleet := harness.StartFleet(t, false)
	w := harness.NewWorld(t, harness.WorldOptions{
		Policy: harness.QuickRings(t, 3*time.Second), Env: fleet.Environment(),
		Server: harness.ServerOptions{Args: []string{"--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=100"}},
	})
	y := &yard{w, fleet}
	y.Run(app.RoleAll)
	fleet.Save("yard-dev", harness.Yard("new"))
	subject := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	card := y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))
	y.Do("farah", card, "stop", map[string]string{"reason": "The carriers complain"})
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Offers("resume"))
	y.Do("emeka", card, "resume", map[string]string{"how": "retest", "reason": "It was the network"})
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Says("Complete: every ring is proven"))
	require.Equal(t, "new", fleet.Serves("yard-gate"))
	y.RecordHistory(subject, "patch-continued-as-new")
	first := y.History(subject).Events[0].GetWorkflowExecutionStartedEventAttributes()
	require.NotEmpty(t, first.GetContinuedExecutionRunId(), "it continued as new")

	y.Do("emeka", card, "roll_back", map[string]string{"reason": "They complain again"})
	y.Card("PAT-1 · Yard flows 2.1", harness.Offers("lift_bar"))
	for _, name := range []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate"} {
		require.Equal(t, "old", fleet.Serves(name), name)
	}
	seen := map[string]int{}
	for _, kind := range y.recorded(subject) {
		seen[kind]++
	}
	require.Equal(t, 4+3, seen["deployed"], "each target and each ring, once")
	require.Equal(t, 4, seen["restored"])
	require.Equal(t, 3, seen["ring_started"])
	require.Empty(t, y.Verify().Findings)
}
