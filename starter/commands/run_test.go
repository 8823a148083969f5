package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/starter/commands"
)

// nowhere is an address of the loopback interface at which nothing listens:
// port 1 is reserved and never given to programs.
const nowhere = "127.0.0.1:1"

type outcome struct {
	code           int
	stdout, stderr string
}

// starter runs one command line with only this environment.
func starter(t *testing.T, env []string, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := commands.Run(context.Background(), args, strings.NewReader(stdin), &stdout, &stderr, env)
	return outcome{code, stdout.String(), stderr.String()}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "change.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestBadCommandLinesSayWhatToDo(t *testing.T) {
	template := starter(t, nil, "", "change", "submit", "--template").stdout
	without := func(line string) string { // the template without one line
		require.Contains(t, template, line)
		return strings.Replace(template, line, "# left out", 1)
	}
	env := []string{"USER=alice", "TEMPORAL_ADDRESS=" + nowhere}
	const noSite = "--site=example"
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no command":             {nil, 2, "change, "},
		"unknown command":        {[]string{"chnge"}, 2, "did you mean \"change\""},
		"unknown verb":           {[]string{"change", "aprove", "CHG-7"}, 2, "did you mean \"approve\""},
		"by its other name":      {[]string{"certification", "list"}, 2, `"certification" is called "vendor" here`},
		"group alone":            {[]string{"evidence"}, 2, "rebuild, show, verify"},
		"unknown flag":           {[]string{"change", "list", "--stge", "x"}, 2, "change list --help"},
		"unknown enum value":     {[]string{"change", "list", "--stage", "done"}, 2, "in_review"},
		"unknown output":         {[]string{"version", "--output", "xml"}, 2, "table, json, yaml"},
		"unknown zone":           {[]string{"version", "--zone", "Europe/Berln"}, 2, "Europe/Berlin"},
		"timeout out of range":   {[]string{"version", "--timeout", "1ms"}, 2, "1s to 1h"},
		"limit out of range":     {[]string{"change", "list", "--limit", "0"}, 2, "1 to 5000"},
		"no change named":        {[]string{"change", "approve"}, 2, "CHG-7"},
		"two changes named":      {[]string{"change", "show", "CHG-1", "CHG-2"}, 2, "one change"},
		"not a change":           {[]string{"change", "show", "' OR ''='"}, 2, "OPS-12"},
		"attest to nonsense":     {[]string{"change", "approve", "CHG-7", "--attest", "tests,risks,rollback"}, 2, `"risks"`},
		"attest to a part":       {[]string{"change", "approve", "CHG-7", "--attest", "tests,risk"}, 2, `"rollback"`},
		"another provider":       {[]string{"change", "approve", "CHG-7", "--as", "slack:U01"}, 2, "cli:<name>"},
		"no account":             {[]string{"change", "approve", "CHG-7", "--as", "alice"}, 2, "no account"},
		"delivery not ours":      {[]string{"change", "approve", "CHG-7", "--delivery", "slack/V1/abc"}, 2, "delivery id"},
		"result unknown":         {[]string{"change", "finish", "CHG-7", "--result", "great"}, 2, "rolled_back"},
		"awaiting no person":     {[]string{"change", "list", "--awaiting", "x' OR 'a'='a"}, 2, "p-alice"},
		"awaiting me, no policy": {[]string{"change", "list", "--awaiting", "me"}, 2, "--policy"},
		"nothing to submit":      {[]string{"change", "submit", noSite}, 2, "--template"},
		"file and ticket":        {[]string{"change", "submit", noSite, "--file", "x", "--ticket", "OPS-1"}, 2, "exclude"},
		"not a ticket":           {[]string{"change", "submit", noSite, "--ticket", "OPS"}, 2, "OPS-12"},
		"no site":                {[]string{"change", "submit", "--ticket", "OPS-1"}, 2, "--site"},
		"id not a UUID":          {[]string{"change", "submit", noSite, "--ticket", "OPS-1", "--id", "7"}, 2, "UUID"},
		"missing file":           {[]string{"change", "submit", noSite, "--file", "no/such.yaml"}, 2, "no/such.yaml"},
		"directory as file":      {[]string{"change", "submit", noSite, "--file", "."}, 2, "directory"},
		"unknown field":          {[]string{"change", "submit", noSite, "--file", file(t, template+"titel: x\n")}, 2, `did you mean "title"`},
		"field missing":          {[]string{"change", "submit", noSite, "--file", file(t, without("rollback_tested_on: 2026-11-02"))}, 2, "rollback_tested_on"},
		"kind missing":           {[]string{"change", "submit", noSite, "--file", file(t, without("kind: change"))}, 2, "kind must be change"},
		"no evidence directory":  {[]string{"evidence", "show", "CHG-1"}, 2, "COUNTERSIGN_EVIDENCE"},
		"evidence elsewhere":     {[]string{"evidence", "verify", "--dir", t.TempDir()}, 2, "with --evidence, or with --dir"},
		"key missing":            {[]string{"evidence", "verify", "--dir", ".", "--key", "no/such.pub"}, 2, "no/such.pub"},
		"policy elsewhere":       {[]string{"policy", "check", "no/such"}, 2, "no/such"},
		"policy unnamed":         {[]string{"policy", "check"}, 2, "policy check DIR"},
		"shell unknown":          {[]string{"completion", "tcsh"}, 2, "bash, zsh or fish"},
		"argument too many":      {[]string{"version", "now"}, 2, "no argument"},
		"status, no policy":      {[]string{"status"}, 2, "--policy"},
		"status, limit":          {[]string{"status", "--limit", "5001"}, 2, "1 to 5000"},
		"no such commands yet":   {[]string{"patch", "hold", "PAT-7"}, 2, "unknown command"},
		"two subjects to show":   {[]string{"evidence", "show", "INC-1", "INC-2"}, 2, "one number or workflow id"},
		"nobody there":           {[]string{"change", "list", "--timeout", "1s"}, 3, "TEMPORAL_ADDRESS"},
		"nobody there, show":     {[]string{"change", "show", "CHG-7", "--timeout", "1s"}, 3, "TEMPORAL_ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := starter(t, env, "", c.args...)
			require.Equal(t, c.code, got.code, got.stderr)
			require.Contains(t, got.stderr, c.says)
			require.Contains(t, got.stderr, "next:", "an error names the next step")
			require.Empty(t, got.stdout, "results only on stdout")
		})
	}
}

func TestWithoutAnAccountNobodyActs(t *testing.T) {
	got := starter(t, []string{"TEMPORAL_ADDRESS=" + nowhere}, "", "change", "approve", "CHG-7")
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "COUNTERSIGN_AS")
}

func TestProblemsInAFileAreListedByLine(t *testing.T) {
	path := file(t, "apiVersion: countersign/v1\nkind: change\ntitle: x\nrisk: huge\nplan: [a, b]\nplann: x\nduration: 90\n")
	got := starter(t, []string{"USER=alice"}, "", "change", "submit", "--site=example", "--file", path)
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, path+":5: \"plan\" must hold text")
	require.Contains(t, got.stderr, path+":6: unknown field \"plann\"")
	require.Less(t, strings.Index(got.stderr, ":5:"), strings.Index(got.stderr, ":6:"))
}

func TestPolicyCheckListsEveryProblem(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	got := starter(t, nil, "", "policy", "check", dir)
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "valid: ")
	require.Contains(t, got.stdout, "4 vendors owing 7 artefacts; 2 escalation policies over 4 rotations; 4 patch targets")

	path := filepath.Join(dir, "rules", "chains.yaml")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(content, []byte("colour: red\nsize: 5\n")...), 0o600))
	got = starter(t, nil, "", "policy", "check", dir)
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stdout, "rules/chains.yaml:")
	require.Contains(t, got.stdout, "colour")
	require.Contains(t, got.stdout, "size")

	got = starter(t, []string{"COUNTERSIGN_POLICY=" + dir}, "", "policy", "check", "--output", "json")
	require.Equal(t, commands.ExitUsage, got.code)
	var result struct {
		Valid    bool
		Problems []struct {
			File string
			Line int
			Text string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &result))
	require.False(t, result.Valid)
	require.GreaterOrEqual(t, len(result.Problems), 2)
	require.Positive(t, result.Problems[0].Line)
}

func TestCompletionOffersWords(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	env := []string{"TEMPORAL_ADDRESS=" + nowhere, "COUNTERSIGN_POLICY=" + dir}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"verbs":             {[]string{"change", "app"}, "approve"},
		"groups":            {[]string{""}, "evidence"},
		"output":            {[]string{"version", "--output", ""}, "yaml"},
		"output in short":   {[]string{"version", "-o", ""}, "yaml"},
		"stage":             {[]string{"change", "list", "--stage", ""}, "in_review"},
		"result":            {[]string{"change", "finish", "CHG-1", "--result", ""}, "rolled_back"},
		"attest":            {[]string{"change", "approve", "CHG-1", "--attest", ""}, "tests,risk,rollback"},
		"accounts":          {[]string{"change", "approve", "CHG-1", "--as", ""}, "cli:"},
		"people":            {[]string{"change", "list", "--awaiting", ""}, "me"},
		"shells":            {[]string{"completion", ""}, "fish"},
		"change, no server": {[]string{"change", "show", ""}, ":"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := starter(t, env, "", append([]string{"__complete"}, c.args...)...)
			require.Equal(t, commands.ExitOK, got.code, got.stderr)
			require.Contains(t, got.stdout, c.want)
		})
	}
}

func TestCompletionScriptsArePrinted(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		got := starter(t, nil, "", "completion", shell)
		require.Equal(t, commands.ExitOK, got.code)
		require.Contains(t, got.stdout, "starter")
		require.Greater(t, len(got.stdout), 1000)
	}
}

func TestVersion(t *testing.T) {
	got := starter(t, nil, "", "version", "--output", "json")
	require.Equal(t, commands.ExitOK, got.code)
	var v struct{ Go string }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &v))
	require.True(t, strings.HasPrefix(v.Go, "go1."), v.Go)
}

func TestColoursFollowNoColor(t *testing.T) {
	require.Contains(t, starter(t, nil, "", "--color=always").stderr, "\x1b[")
	require.NotContains(t, starter(t, nil, "").stderr, "\x1b[", "a buffer is no terminal")
	require.NotContains(t, starter(t, nil, "", "--color=never").stderr, "\x1b[")
}

// What other command lines taught people is understood here, too.
func TestCustomaryFlags(t *testing.T) {
	got := starter(t, nil, "", "--version")
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Equal(t, starter(t, nil, "", "version").stdout, got.stdout)
	require.Contains(t, starter(t, nil, "", "version", "-o", "json").stdout, `"version":`)
}
