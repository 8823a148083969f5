package commands

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

func TestATicketIsExplainedAsItIs(t *testing.T) {
	f := newPlatform(t)
	dir := examplePolicy(t)
	code, stdout, stderr := f.run("policy", "explain", "--policy", dir, "--ticket", "ops-12", "--at", "2026-11-24T09:00:00Z")
	require.Equal(t, ExitOK, code, stderr)
	var e explained
	require.NoError(t, json.Unmarshal([]byte(stdout), &e))
	require.Equal(t, "standard", e.Rule)
	require.Equal(t, compliance.PersonID("p-goran"), e.Requester)
	require.Equal(t, []compliance.PersonID{"p-bruno", "p-chidi"}, e.Levels[0].Eligible)
	require.Contains(t, e.Levels[0].Excluded, rules.Exclusion{Person: "p-dana", Reason: rules.IsCreator}, "who created the ticket does not decide")

	code, stdout, _ = f.run("policy", "explain", "--policy", dir, "--ticket", "OPS-13")
	require.Equal(t, ExitRefused, code)
	require.NoError(t, json.Unmarshal([]byte(stdout), &e))
	require.Equal(t, rules.UnknownPerson, e.Reason)

	code, stdout, stderr = f.run("policy", "explain", "--policy", dir, "--ticket", "OPS-404")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, stderr, "there is no ticket OPS-404")
	require.Empty(t, stdout)

	f.stop()
	code, _, stderr = f.run("policy", "explain", "--policy", dir, "--ticket", "OPS-12", "--timeout", "1s")
	require.Equal(t, ExitUnreachable, code)
	require.Contains(t, stderr, "next:")
}

func TestWhatIsExplainedIsNamedOnce(t *testing.T) {
	for says, args := range map[string][]string{
		"exclude each other":             {"--change", "x.yaml", "--ticket", "OPS-12"},
		"--requester goes with --change": {"--ticket", "OPS-12", "--requester", "p-alice"},
		"there is no change to explain":  {},
		`"OPS" is no key of a ticket`:    {"--ticket", "OPS"},
	} {
		p, out, _ := fixed(t, "table", nil)
		root := p.root()
		root.SetArgs(append([]string{"policy", "explain", "--policy", examplePolicy(t)}, args...))
		f := explain(t.Context(), root.ExecuteContext(t.Context()))
		require.Equal(t, ExitUsage, f.code, says)
		require.Contains(t, f.what, says)
		require.Empty(t, out.String())
	}
}
