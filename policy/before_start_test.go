package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A chain may want ticket and card written before a start; chains that say
// nothing want it not, and keep the hash they had (C23).
func TestC23_MirrorBeforeStart(t *testing.T) {
	plain, _ := load(t, example(t))
	require.NotContains(t, string(plain.Canonical()), "before_start")
	chain, _ := plain.Chain("standard")
	require.False(t, chain.Mirror)

	files := example(t)
	files[chainsFile].Data = []byte(strings.Replace(string(files[chainsFile].Data), "on_lost_eligibility: void\n", "on_lost_eligibility: void\n    before_start: {mirror: true}\n", 1))
	rules, _ := load(t, files)
	require.NotEqual(t, plain.Hash, rules.Hash)
	found := 0
	for _, name := range []string{"standard", "light", "high-risk"} {
		if c, ok := rules.Chain(name); ok && c.Mirror {
			found++
		}
	}
	require.Equal(t, 1, found)
	q := asked()
	q.Risk = "medium"
	text := string(files[chainsFile].Data)
	require.True(t, explain(t, map[string]string{chainsFile: text}, q, "2026-11-24T09:00:00Z").Mirror)
	require.False(t, explain(t, nil, q, "2026-11-24T09:00:00Z").Mirror)
	broken(t, chainsFile, "on_lost_eligibility: void\n", "on_lost_eligibility: void\n    before_start: {mirror: maybe}\n",
		[]string{`rules/chains.yaml:8: chains[0].before_start.mirror: got string, want boolean (true when ticket and card must show`})
}
