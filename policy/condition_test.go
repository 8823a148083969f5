package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// conditioned is the example with a first rule of this expression, which sends
// what it takes to the chain high-risk.
func conditioned(t require.TestingT, expression string) fstest.MapFS {
	files := example(t)
	files[routingFile] = mapFile(strings.Replace(string(files[routingFile].Data), "rules:\n",
		"rules:\n  - name: special\n    when:\n      expression: '"+expression+"'\n    chain: high-risk\n    channel: security\n", 1))
	return files
}

func TestAnExpressionRoutesWhatItHoldsFor(t *testing.T) {
	base := policy.Case{System: "order-portal", Environment: "production", Risk: "low", Duration: time.Hour,
		Fields: map[string]string{"vendor_version": "11.0.2"}}
	for expression, want := range map[string]bool{
		`duration > duration("45m")`:                                            true,
		`duration > duration("1h")`:                                             false,
		`platform == "Mendix" && environment == "production"`:                   true,
		`platform in ["Node-RED", "OutSystems"]`:                                false,
		`system.startsWith("order-")`:                                           true,
		`risk != "high" && !external`:                                           true,
		`fields.vendor_version.startsWith("11.")`:                               true,
		`fields["vendor_version"].matches("^10[.]")`:                            false,
		`fields.test_results == ""`:                                             true, // absent is empty
		`["production", "acceptance"].exists(e, e == environment)`:              true,
		`fields.planned_start != "" && duration == duration("60m")`:             false,
		`timestamp("2026-01-01T00:00:00Z") < timestamp("2027-01-01T00:00:00Z")`: true,
	} {
		rules, _ := load(t, conditioned(t, expression))
		rule, err := rules.Route(base)
		require.NoError(t, err, expression)
		require.Equal(t, want, rule.Name == "special", expression)
		restored, err := policy.Restore(rules.Canonical())
		require.NoError(t, err)
		again, err := restored.Route(base)
		require.NoError(t, err)
		require.Equal(t, rule, again, "a snapshot routes as the rules did")
	}
}

// An expression beside lists narrows them.
func TestAnExpressionAndListsMustBothHold(t *testing.T) {
	files := edited(t, routingFile, "risks: [high]", "risks: [high]\n      expression: external")
	rules, _ := load(t, files)
	c := policy.Case{System: "order-portal", Environment: "production", Risk: "high"}
	_, err := rules.Route(c)
	require.ErrorIs(t, err, policy.ErrNoRoute)
	c.External = true
	rule, err := rules.Route(c)
	require.NoError(t, err)
	require.Equal(t, "high-risk", rule.Name)
}

// A rule that has no answer is not passed over: one that lets more through may follow.
func TestAnExpressionWithoutAnAnswerRefuses(t *testing.T) {
	c := policy.Case{System: "order-portal", Environment: "production", Risk: "low", Fields: map[string]string{"vendor_version": policy.TooLong}}
	for _, expression := range []string{`fields.vendor_version == "11"`, `duration / duration > 1.0`, `1 / int(fields.test_results.size()) > 0`} {
		rules, directory, err := policy.LoadFS(conditioned(t, expression))
		if err != nil {
			require.Contains(t, err.Error(), "expression") // found by the check already
			continue
		}
		_, err = rules.Route(c)
		require.ErrorContains(t, err, `the routing rule "special"`)
		require.NotErrorIs(t, err, policy.ErrNoRoute)
		e, err := policy.Explain(rules, directory, policy.Request{Case: c, Requester: "p-goran", Implementer: "p-emeka"}, instant(t, "2026-11-24T09:00:00Z"))
		require.NoError(t, err)
		require.Equal(t, change.NoRoute, e.Reason)
		require.Len(t, e.Rules, 1, "nothing behind it is asked")
		require.Contains(t, strings.Join(e.Missing, ""), "special")
	}
}

func TestACaseCarriesWhatTheRunDoes(t *testing.T) {
	s, err := change.Snap(change.Content{System: "order-portal", Environment: "production", Risk: "low", Duration: time.Hour, External: true,
		VendorVersion: "11.0.2", TestResults: strings.Repeat("x", 61), Implementer: "cli:emeka"}, compliance.Account{})
	require.NoError(t, err)
	c := policy.CaseOf(s)
	require.Equal(t, "11.0.2", c.Fields["vendor_version"])
	require.Equal(t, policy.TooLong, c.Fields["test_results"])
	require.Empty(t, c.Fields["planned_start"])
	require.Equal(t, []any{"order-portal", "production", "low", time.Hour, true}, []any{c.System, c.Environment, c.Risk, c.Duration, c.External})
	require.Subset(t, change.MaterialFields(), policy.ConditionFields(), "an edit of what routed a change voids its approvals")
}

func TestEveryMistakeInAnExpressionIsNamed(t *testing.T) {
	for _, tc := range []struct{ name, expression, want string }{
		{"a variable nobody knows", `duraton > duration("4h")`, `line 1, column 1 of the expression: undeclared reference to 'duraton' (did you mean "duration"?)`},
		{"a comparison of two types", `duration > 4`, `line 1, column 10 of the expression: found no matching overload for '_>_' applied to '(duration, int)' (write a condition`},
		{"no end", `(risk == "low"`, `line 1, column 15 of the expression: Syntax error`},
		{"no condition", `risk`, `the expression gives string, not true or false (write a condition`},
		{"a duration that is none", `duration > duration("4 hours")`, `line 1, column 21 of the expression: invalid duration argument (write a condition`},
		{"a pattern that is none", `system.matches("[")`, `line 1, column 16 of the expression: invalid matches argument (write a condition`},
		{"a field nobody knows", `fields.vendor_verson == "1"`, `conditions know no field "vendor_verson" (did you mean "vendor_version"?)`},
		{"a field by its name in brackets", `fields["plan"] == ""`, `conditions know no field "plan" (known: planned_start, rollback_tested_on, test_results, vendor_version, data_class)`},
		{"a field that is looked for", `"plan" in fields`, `conditions know no field "plan" (`},
		{"a risk nobody has", `risk == "hihg"`, `there is no risk "hihg" (did you mean "high"?)`},
		{"a system nobody has", `"order-portl" == system`, `there is no system "order-portl" (did you mean "order-portal"?)`},
		{"an environment nobody has", `environment in ["production", "prod"]`, `there is no environment "prod" (known: acceptance, production, sandbox)`},
		{"a platform nobody has", `platform != "Mendx"`, `there is no platform "Mendx" (did you mean "Mendix"?)`},
		{"one in another", `[1, 2].all(a, [1, 2].all(b, a < b))`, `line 1, column 25 of the expression: comprehension exceeds nesting limit`},
		{"a long way", `fields.all(k, fields[k].matches("^(a+)+$") && fields[k].matches("^(b+)+$") && (fields[k] + fields[k]).matches("(c+)+"))`, `the expression may take too long to judge (`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := problems(t, conditioned(t, tc.expression))
			require.Len(t, got, 1, got.Error())
			require.Equal(t, routingFile, got[0].File)
			require.Equal(t, 7, got[0].Line)
			require.Equal(t, "rules[0].when.expression", got[0].Path)
			require.NotEmpty(t, got[0].Hint)
			require.Contains(t, got.Error(), ": "+tc.want)
		})
	}
}

// A policy without expressions is pinned under the hash it always had.
func TestPoliciesWithoutExpressionsKeepTheirHash(t *testing.T) {
	rules, _ := load(t, example(t))
	require.NotContains(t, string(rules.Canonical()), "expression")
	more, _ := load(t, conditioned(t, "external"))
	require.Contains(t, string(more.Canonical()), `"expression":"external"`)
	require.NotEqual(t, rules.Hash, more.Hash)
}

func TestARuleBehindTheSameExpressionNeverActs(t *testing.T) {
	files := conditioned(t, "external")
	text := string(files[routingFile].Data)
	behind := func(expression string) fstest.MapFS {
		files[routingFile] = mapFile(strings.Replace(text, "  - name: sandbox\n",
			"  - name: again\n    when: {risks: [medium], expression: \""+expression+"\"}\n    chain: standard\n    channel: changes\n  - name: sandbox\n", 1))
		return files
	}
	require.Contains(t, problems(t, behind("external")).Error(), `the rule "again" can never act: "special" before it takes every change it matches`)
	load(t, behind("!external"))
}

func TestAnExplanationTellsWhatAnExpressionSays(t *testing.T) {
	rules, directory := load(t, conditioned(t, `duration > duration("4h")`))
	q := asked()
	e, err := policy.Explain(rules, directory, q, instant(t, "2026-11-24T09:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, policy.ConsideredRule{Name: "special", Why: `its expression does not hold: duration > duration("4h")`}, e.Rules[0])
	q.Duration = 5 * time.Hour
	e, err = policy.Explain(rules, directory, q, instant(t, "2026-11-24T09:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, policy.ConsideredRule{Name: "special", Matches: true, Why: `it takes what meets duration > duration("4h")`}, e.Rules[0])
}
