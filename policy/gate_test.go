package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/policy"
)

const gateHead = "apiVersion: countersign/v1\nkind: gate\n"

var claim = policy.Case{System: "claims-desk", Environment: "production", Risk: "low"}

// The gate of the example: its suite, its terms and the schema that lies beside the
// rules and is pinned with them (requirement 6).
func TestRequirement6_TheGateOfAChange(t *testing.T) {
	rules, _ := load(t, example(t))
	g, gated, err := rules.Gate(claim)
	require.NoError(t, err)
	require.True(t, gated)
	require.Equal(t, "claims-desk", g.Suite.Name)
	require.Equal(t, []string{"implementers"}, g.Suite.Senders)
	require.Len(t, g.Terms, 6)
	require.Equal(t, gate.Required{Check: gate.Tests, MaxAge: 30 * 24 * time.Hour}, g.Suite.Checks[2])
	require.Contains(t, string(g.Terms[0].Schema), "An exported flow")
	require.Equal(t, gate.Place{Regions: []string{"eu"}, Classes: []string{"public", "internal", "personal"}, Confined: map[string][]string{"personal": {"eu"}}},
		rules.Place("claims-desk", "production"))
	require.Equal(t, "2026-11-02", rules.Limits("claims-desk").AsOf.Format(time.DateOnly))

	_, gated, err = rules.Gate(policy.Case{System: "order-portal", Environment: "production"})
	require.NoError(t, err)
	require.False(t, gated)
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	again, _, err := restored.Gate(claim)
	require.NoError(t, err)
	require.Equal(t, g, again, "what is pinned gates as what was loaded")
}

// An edit of the schema alone is an edit of the rules, and is told as one.
func TestTheSchemaIsHashedWithTheRules(t *testing.T) {
	before, dir := load(t, example(t))
	after, _ := load(t, with(t, map[string]string{"rules/claims-flow.schema.json": `{"type": "object"}`}))
	require.NotEqual(t, before.Hash, after.Hash)
	found, err := policy.Compare(before, dir, after, dir)
	require.NoError(t, err)
	require.NotEmpty(t, found.Differences)
	require.Contains(t, found.Differences[0].Path, "claims-flow")
	_, dir = load(t, example(t))
	none, _ := load(t, with(t, map[string]string{"rules/gate.yaml": ""}))
	_, gated, err := none.Gate(claim)
	require.NoError(t, err)
	require.False(t, gated, "without a file of the kind nothing has a gate")
	require.NotContains(t, string(none.Canonical()), "schemas", "a schema that no gate names is no rule")
	_ = dir
}

// A policy without a gate keeps the hash it had, and defaults are written out.
func TestDefaultsOfAGateAreWrittenOut(t *testing.T) {
	text := gateHead + "gates: [{name: a, checks: [{check: tests}]}]"
	rules, _ := load(t, with(t, map[string]string{"rules/gate.yaml": text}))
	require.Contains(t, string(rules.Canonical()), `{"check":"tests","least":1}`)
	same, _ := load(t, with(t, map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: tests, least: 1}]}]"}))
	require.Equal(t, rules.Hash, same.Hash)
}

// An expression that has no answer for a change is no word that it has no gate.
func TestAGateThatCannotBeJudgedIsNoneThatDoesNotApply(t *testing.T) {
	rules, _ := load(t, with(t, map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, when: {expression: '1 / int(fields.test_results.size()) > 0'}, checks: [{check: tests}]}]"}))
	_, _, err := rules.Gate(policy.Case{System: "order-portal", Environment: "production", Risk: "low"})
	require.ErrorContains(t, err, `the gate "a"`)
}

func TestWhatIsWrongWithAGateIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		text  string
	}{
		"group":            {map[string]string{"rules/gate.yaml": gateHead + "senders: [robots]\ngates: [{name: a, checks: [{check: tests}]}]"}, `there is no group "robots"`},
		"system":           {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, when: {systems: [claims]}, checks: [{check: tests}]}]"}, `there is no system "claims"`},
		"expression":       {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, when: {expression: risc == 'low'}, checks: [{check: tests}]}]"}, "undeclared reference"},
		"never":            {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: tests}]}, {name: b, when: {risks: [low]}, checks: [{check: tests}]}]"}, `the gate "b" can never act`},
		"twice":            {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: tests}, {check: tests}]}]"}, `the check "tests" stands twice`},
		"foreign term":     {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: tests, schema: claims-flow}]}]"}, "the check tests has no schema"},
		"missing term":     {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: permissions}]}]"}, "the check permissions needs elements"},
		"age of residency": {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: residency, max_age: 1d}]}]"}, "the check residency has no max_age"},
		"age":              {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: tests, max_age: soon}]}]"}, `"soon" is not a duration`},
		"path":             {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: permissions, elements: [{name: x, path: type}]}]}]"}, `"type" is no path`},
		"no schema":        {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: schema, schema: claim-flow}]}]"}, "there is no file rules/claim-flow.schema.json"},
		"bad schema":       {map[string]string{"rules/claims-flow.schema.json": `{"type": 7}`}, "cannot be used as a JSON Schema"},
		"schema elsewhere": {map[string]string{"rules/claims-flow.schema.json": `{"$ref": "file:///etc/passwd"}`}, "only what stands in the file itself"},
		"no data class":    {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: sensitivity, sensitive: [personal]}]}]", "rules/fields.yaml": fieldsWithout(t, "data_class")}, "the field data_class is not mapped"},
		"package":          {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, checks: [{check: allowlist, packages: [{package: lodash}]}]}]"}, "is no package URL"},
		"no limits":        {map[string]string{"rules/gate.yaml": gateHead + "gates: [{name: a, when: {systems: [sandbox]}, checks: [{check: limits}]}]"}, "the system sandbox has no limits"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, problems(t, with(t, tc.files)).Error(), tc.text)
		})
	}
}

func TestWhatIsWrongWithLimitsIsTold(t *testing.T) {
	base := string(example(t)["rules/systems.yaml"].Data)
	for was, is := range map[string]string{`as_of: "2026-11-02"`: `as_of: "2026-02-30"`, "digest: sha256:5f0e": "digest: sha256:XX0e"} {
		require.Contains(t, base, was)
		require.NotEmpty(t, problems(t, with(t, map[string]string{"rules/systems.yaml": strings.Replace(base, was, is, 1)})))
	}
}

// fieldsWithout is the example's mapping without a field.
func fieldsWithout(t *testing.T, name string) string {
	var kept []string
	for line := range strings.Lines(string(example(t)["rules/fields.yaml"].Data)) {
		if !strings.HasPrefix(strings.TrimSpace(line), name+":") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
