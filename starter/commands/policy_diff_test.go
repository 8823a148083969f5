package commands_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/starter/commands"
)

// editedPolicy is a directory with the example policy, edited at one place.
func editedPolicy(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	path := filepath.Join(dir, file)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(content), old)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), old, new, 1)), 0o600))
	return dir
}

func TestPoliciesAreComparedByWhatTheySay(t *testing.T) {
	same := editedPolicy(t, "rules/chains.yaml", "validity: 336h", "validity: 14d")
	before := editedPolicy(t, "rules/chains.yaml", "chains:\n", "chains: # here\n")
	got := starter(t, nil, "", "policy", "diff", before, same)
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "no difference")

	after := editedPolicy(t, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah, p-ingrid]")
	got = starter(t, nil, "", "policy", "diff", before, after)
	require.Equal(t, commands.ExitDiffers, got.code, got.stderr)
	require.Contains(t, got.stdout, "- groups: security  p-hana\n+ groups: security  p-ingrid\n")
	require.Contains(t, got.stdout, "decided differently high-risk, level Security: 1 of 2 → 1 of 2, with Ingrid Solberg (p-ingrid), without Hana Suzuki (p-hana)\n")
	require.Empty(t, got.stderr)

	after = editedPolicy(t, "rules/routing.yaml", "chain: high-risk", "chain: standard")
	got = starter(t, nil, "", "policy", "diff", before, after)
	require.Contains(t, got.stdout, "~ routing: high-risk.chain  high-risk → standard\n")
	require.Contains(t, got.stdout, "routed differently order-portal, production, risk high: high-risk (chain high-risk) → high-risk (chain standard)\n")

	got = starter(t, nil, "", "policy", "diff", before, after, "--output", "json")
	require.Equal(t, commands.ExitDiffers, got.code)
	var c policy.Comparison
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &c))
	require.Len(t, c.Differences, 1)
	require.Len(t, c.Routes, 9, "five systems with nine environments between them")

	got = starter(t, nil, "", "policy", "diff", before)
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "two directories")
	got = starter(t, nil, "", "policy", "diff", before, editedPolicy(t, "rules/chains.yaml", "quorum: 2", "quorum: 20"))
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "policy check")
}
