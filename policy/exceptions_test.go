package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/policy"
)

const exceptionsFile = "rules/exceptions.yaml"

// What a file leaves out is written out in what is pinned; the first entry that
// matches decides; and nobody grants what no entry is about (A16).
func TestA16_TermsOfThePolicy(t *testing.T) {
	rules, _, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	gate, ok := rules.ExceptionTerms("gate/tests")
	require.True(t, ok)
	require.Equal(t, exception.Terms{
		Approvers: []string{"change-board", "security"}, Quorum: 1, DecideWithin: 7, MaxDays: 60, MaxRenewals: 1,
		RecheckEvery: 30, RecheckWithin: 7, NewDeadline: 7, Warn: []int{14, 7, 1},
	}, gate)
	other, ok := rules.ExceptionTerms("review/two-people")
	require.True(t, ok)
	require.Equal(t, 2, other.Quorum)
	require.Contains(t, string(rules.Canonical()), `"new_deadline":7`)
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	require.Equal(t, rules.Hash, restored.Hash)
	again, _ := restored.ExceptionTerms("gate/tests")
	require.Equal(t, gate, again)
	require.Equal(t, "security", restored.ExceptionChannel())

	without := first(load(t, with(t, map[string]string{exceptionsFile: ""})))
	_, ok = without.ExceptionTerms("gate/tests")
	require.False(t, ok)
	require.Empty(t, without.ExceptionChannel())
	require.NotContains(t, string(without.Canonical()), `"exceptions"`, "a policy without the kind keeps its form")

	zero := first(load(t, with(t, map[string]string{exceptionsFile: replaced(t, "max_days: 60", "max_days: 5\n    max_renewals: 0")})))
	short, _ := zero.ExceptionTerms("gate/tests")
	require.Equal(t, 0, short.MaxRenewals, "none is not the default")
	require.Equal(t, []int{1}, short.Warn, "only warnings that can come")
}

func TestA16_BrokenTermsAreNamed(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"an unknown group":       {"approvers: [change-board, security]", "approvers: [change-bord]", `rules/exceptions.yaml:8: terms[0].approvers[0]: there is no group "change-bord" (did you mean "change-board"?)`},
		"an unknown channel":     {"channel: security", "channel: securty", `rules/exceptions.yaml:5: channel: there is no channel "securty" (did you mean "security"?)`},
		"too many to agree":      {"quorum: 2 #", "quorum: 9 #", `rules/exceptions.yaml:12: terms[1].quorum: the quorum needs 9 people, the approvers are 4 (lower the quorum or add people; a person counts once, however many groups they are in)`},
		"an answer that is late": {"recheck_within: 7", "recheck_within: 30", `rules/exceptions.yaml:17: terms[1].recheck_within: an answer due within 30 days is due after the next question, which comes every 30 (choose fewer days to answer in, or more between the questions)`},
		"a warning too early":    {"warn: [14, 7, 1]", "warn: [90, 7]", `rules/exceptions.yaml:19: terms[1].warn: a warning 90 days before the end comes before an exception of 90 days begins (choose warnings shorter than max_days)`},
		"an entry never reached": {"controls: [gate/*]", `controls: ["*"]`, `rules/exceptions.yaml:10: terms[1].controls[0]: "*" never comes to this entry: entry 1 takes it (the first entry that matches decides; move this one up, or remove the control)`},
		"no days":                {"max_days: 90", "max_days: 0", `rules/exceptions.yaml:13: terms[1].max_days: minimum: got 0, want 1 (the longest exception in days that one decision allows; 90 when it is left out)`},
		"a star in the middle":   {"controls: [gate/*]", `controls: ["gate/*/x"]`, `rules/exceptions.yaml:7: terms[0].controls[0]: 'gate/*/x' does not match pattern '^([a-z0-9][a-z0-9_/-]{0,98}\\*?|\\*)$' (a control such as gate/tests, gate/* or *)`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := with(t, map[string]string{exceptionsFile: replaced(t, tc.old, tc.new)})
			_, _, err := policy.LoadFS(dir)
			require.EqualError(t, err, tc.want)
		})
	}
}

func first(r *policy.Rules, _ *policy.Directory) *policy.Rules { return r }

// replaced is the example's file with one thing changed.
func replaced(t *testing.T, old, new string) string {
	t.Helper()
	data, err := os.ReadFile("example/" + exceptionsFile)
	require.NoError(t, err)
	require.Contains(t, string(data), old)
	return strings.Replace(string(data), old, new, 1)
}
