package tests

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/tests/harness"
)

// A second rollout on the same targets is held and names the first on its card. When
// an operator has ended the run of that one, it holds nobody for ever.
func TestPatch_TheSecondRolloutWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	y := newYard(t, false, time.Hour)
	y.Run(app.RoleAll)

	y.fleet.Save("yard-dev", harness.Yard("new"))
	first := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))

	y.fleet.Save("yard-dev", harness.Yard("newer"))
	second := y.rollOut("2.2")
	y.approve("Roll out Yard flows 2.2")
	card := y.Card("PAT-2 · Yard flows 2.2", harness.Offers("resume"))
	require.Contains(t, card.Shown(), "PAT-1 (rolling) on yard-staging")
	require.Equal(t, rules.TargetsTaken, y.stands(second).Reason)
	require.NotContains(t, y.recorded(second), "ring_started")
	require.Equal(t, "new", y.fleet.Serves("yard-staging"))

	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	require.NoError(t, y.Client.TerminateWorkflow(ctx, first, "", "an operator ended it"))
	y.Do("emeka", card, "resume", map[string]string{rules.FieldReason: "The first one is ended", rules.FieldHow: rules.HowContinue})
	y.Card("PAT-2 · Yard flows 2.2", harness.Says("soaks until"))
	require.Equal(t, "newer", y.fleet.Serves("yard-staging"))
	require.Empty(t, y.Verify().Findings)
}
