package commands

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/change"
)

// portal is a complete change file for the example policy.
func portal(replace ...string) string {
	return strings.NewReplacer(append(replace, "system: billing", "system: order-portal", "cli:bruno", "cli:dana", "cli:chen", "cli:emeka",
		"planned_start: 2026-12-05T22:00:00+01:00", "")...).Replace(template)
}

// runExplain runs policy explain with a fixed clock over a change file.
func runExplain(t *testing.T, output, content string, args ...string) (*explained, string, *failure) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "change.yaml")
	write(t, path, content)
	p, out, _ := fixed(t, output, nil)
	root := p.root()
	root.SetArgs(append([]string{"policy", "explain", "--output", output, "--color", "never", "--zone", "Europe/Berlin", "--policy", examplePolicy(t), "--change", path}, args...))
	err := root.ExecuteContext(context.Background())
	var f *failure
	if err != nil {
		f = explain(context.Background(), err)
	}
	var e explained
	if output == "json" && out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &e))
	}
	return &e, out.String(), f
}

func TestAChangeIsExplainedBeforeAnythingIsSent(t *testing.T) {
	_, out, f := runExplain(t, "table", portal("risk: medium", "risk: high"), "--requester", "cli:goran")
	require.Nil(t, f)
	golden(t, "policy-explain", out)
	_, out, f = runExplain(t, "yaml", portal(), "--requester", "p-goran")
	require.Nil(t, f)
	out = regexp.MustCompile(`(rules_hash|directory_version): .*`).ReplaceAllString(out, "$1: as of the example")
	golden(t, "policy-explain-yaml", out)
}

func TestAnExplanationIsOfTheInstantThatIsAskedAbout(t *testing.T) {
	now, _, f := runExplain(t, "json", portal(), "--requester", "p-goran")
	require.Nil(t, f)
	require.Equal(t, instant(), now.At)
	frozen, _, f := runExplain(t, "json", portal(), "--requester", "p-goran", "--at", "2026-12-15T09:00:00+01:00")
	require.Nil(t, f)
	require.Equal(t, rules.NoOpening, frozen.Calendar.Opening.Reason)
	require.Equal(t, "standard", frozen.Rule)
	require.Equal(t, 2, frozen.Levels[0].Required)
}

func TestAnExplanationOfARefusalExitsOne(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"no such system":     {portal("system: billing", "system: order-portl"), "order-portal"},
		"incomplete":         {portal("rollback_tested_on: 2026-11-02", ""), "rollback_tested_on"},
		"unknown person":     {portal("cli:chen", "cli:nobody"), "implementer"},
		"outside the policy": {portal("environment: production", "environment: staging"), "staging"},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, f := runExplain(t, "json", c.content, "--requester", "p-goran")
			require.NotNil(t, f)
			require.Equal(t, ExitRefused, f.code)
			require.True(t, e.refused())
			_, out, _ := runExplain(t, "table", c.content, "--requester", "p-goran")
			require.Contains(t, out, "would be refused")
			require.Contains(t, out, c.says)
		})
	}
}

func TestExplainSaysWhatItNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"requester": {[]string{"--requester", "cli:nobody"}, "p-alice"},
		"instant":   {[]string{"--requester", "p-goran", "--at", "tomorrow"}, "offset"},
	} {
		t.Run(name, func(t *testing.T) {
			_, out, f := runExplain(t, "table", portal(), c.args...)
			require.Equal(t, ExitUsage, f.code)
			require.Contains(t, f.what+f.next, c.says)
			require.Empty(t, out)
		})
	}
	_, _, f := runExplain(t, "table", portal()+"titel: x\n", "--requester", "p-goran")
	require.Contains(t, f.what, `did you mean "title"`)
}
