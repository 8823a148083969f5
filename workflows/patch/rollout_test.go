package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// A payload goes out ring by ring, each proven before the next begins.
func TestP1_RingsFollowOneAnother(t *testing.T) {
	w := newWorld(t)
	w.run()
	require.True(t, w.Env.IsWorkflowCompleted())
	require.NoError(t, w.Env.GetWorkflowError())
	t.Log(w.Records(subject))
	for _, name := range []string{"staging", "canary", "chicago", "gate"} {
		require.Equal(t, "new", w.serves(name), name)
	}
	require.Equal(t, []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate"}, w.platform.did("deploy"))
	require.Empty(t, w.platform.did("restore"))
	require.Len(t, w.script.reports, 2)
	require.Equal(t, change.Executing, w.script.reports[0].Result)
	require.Equal(t, change.Verifying, w.script.reports[1].Result)
	require.Equal(t, string(rules.Completed), w.Entries(subject)[len(w.Entries(subject))-1].Record.State)
}
