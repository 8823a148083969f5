package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

const templatesFile = "rules/templates.yaml"

const oneTemplate = `apiVersion: countersign/v1
kind: templates
templates:
  - name: restart-portal
    class: standard
    systems: [order-portal]
    environments: [acceptance, production]
    fixed:
      risk: medium
      plan: |
        1. Drain the node.
        2. Restart it.
      test_plan: Open the portal and place an order.
      rollback: Start the former version.
      duration: 30m
    fills: [implementer, rollback_owner, rollback_tested_on, planned_start]
    chain: low-risk
    valid_until: "2027-06-30"
    approved_by: p-alice
`

// templated is the example with a template, and a field by which tickets name it.
func templated(t require.TestingT, from, to string) fstest.MapFS {
	files := example(t)
	files[fieldsFile] = mapFile(string(files[fieldsFile].Data) + "  template: {id: customfield_10190, kind: choice, class: material}\n")
	require.Contains(t, oneTemplate, from)
	files[templatesFile] = mapFile(strings.Replace(oneTemplate, from, to, 1))
	return files
}

func TestRequirement13_TemplatesArePartOfTheRules(t *testing.T) {
	rules, directory := load(t, templated(t, "", ""))
	template, ok := rules.Template("restart-portal")
	require.True(t, ok)
	require.Equal(t, "low-risk", template.Chain)
	require.Equal(t, []change.Template{template}, rules.Templates())
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	again, _ := restored.Template("restart-portal")
	require.Equal(t, template, again)
	_, ok = rules.Template("another")
	require.False(t, ok)
	without, _ := load(t, example(t))
	require.Empty(t, without.Templates())
	require.NotContains(t, string(without.Canonical()), "templates", "a policy without the kind keeps its hash")

	q := policy.Request{Case: policy.Case{System: "order-portal", Environment: "production", Risk: "medium", Duration: time.Hour}, Requester: "p-alice", Implementer: "p-bruno"}
	e, err := policy.Explain(rules, directory, q, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "standard", e.Chain)
	q.Fields = map[string]string{"template": "restart-portal"}
	e, err = policy.Explain(rules, directory, q, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "low-risk", e.Chain, "it says which chain decides")
}

func TestRequirement13_BrokenTemplatesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"another chain":          {"chain: low-risk", "chain: no-risk", `there is no chain "no-risk"`},
		"another system":         {"[order-portal]", "[order-portl]", `there is no system "order-portl"`},
		"another environment":    {"[acceptance, production]", "[staging]", `there is no environment "staging"`},
		"nobody":                 {"p-alice", "p-nobody", `there is no person "p-nobody"`},
		"no day":                 {"2027-06-30", "2027-06-31", `"2027-06-31" is no day`},
		"no plan":                {"plan: |\n        1. Drain the node.\n        2. Restart it.\n      test_plan", "test_plan", "does not fix plan"},
		"a plan of the asker's":  {"fills: [", "fills: [plan, ", "fixed and the requester's at once"},
		"nobody carries it out":  {"[implementer, ", "[", "every change must state implementer"},
		"a field that is none":   {"duration: 30m", "duration: 30m\n      colour: red", `cannot fix "colour"`},
		"a fixed system":         {"duration: 30m", "duration: 30m\n      system: order-portal", `cannot fix "system"`},
		"filling in the title":   {"fills: [", "fills: [title, ", `"title" is no field to fill in`},
		"a duration that is not": {"duration: 30m", "duration: soon", "cannot be read"},
		"no risk":                {"risk: medium", "risk: none", "is not known"},
		"empty":                  {"    approved_by: p-alice\n", "", `"approved_by" is missing`},
		"twice":                  {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := templated(t, c.from, c.to)
			if name == "twice" {
				_, second, _ := strings.Cut(oneTemplate, "templates:\n")
				files[templatesFile] = mapFile(oneTemplate + second)
				c.says = `the template "restart-portal" is defined twice`
			}
			found := problems(t, files)
			require.Contains(t, found.Error(), c.says)
			require.Contains(t, found.Error(), templatesFile+":")
		})
	}
	files := templated(t, "", "")
	files[fieldsFile] = example(t)[fieldsFile]
	require.Contains(t, problems(t, files).Error(), `the field "template" is not mapped`)
}
