package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const head = "apiVersion: countersign/v1\nkind: change\n"

func TestTheTemplateIsComplete(t *testing.T) {
	f, err := parseChange("template.yaml", []byte(template), nil)
	require.NoError(t, err)
	require.NoError(t, f.check(instant()))
	for _, name := range fieldNames() {
		if name == "supersedes" { // a number that exists nowhere would be refused
			require.Contains(t, template, "\n# supersedes: CHG-7\n")
			continue
		}
		require.NotEmpty(t, f.fields[name], "the template shows every field")
	}
	require.Len(t, f.fields, len(fieldNames())-1)
}

func TestChangeFilesAreReadStrictly(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"empty":           {"", "exactly one"},
		"only remarks":    {"# nothing\n", "exactly one"},
		"two documents":   {head + "title: a\n---\ntitle: b\n", "exactly one"},
		"a list":          {"- title\n", "list of fields"},
		"plain text":      {"hello\n", "list of fields"},
		"duplicate key":   {head + "title: a\ntitle: b\n", "f.yaml:4:"},
		"nested map":      {head + "plan:\n  step: one\n", `f.yaml:3: "plan" must hold text`},
		"list value":      {head + "plan: [a]\n", `f.yaml:3: "plan" must hold text`},
		"alias":           {head + "title: &a x\nplan: *a\n", "must hold text"},
		"merge key":       {head + "<<: {title: x}\n", "f.yaml:3:"},
		"unknown":         {head + "title: a\nwho: b\n", `f.yaml:4: unknown field "who"`},
		"mistyped":        {head + "Rollback-owner: b\n", `did you mean "rollback_owner"`},
		"broken":          {head + "title: \"a\n", "f.yaml:"},
		"tab":             {head + "\ttitle: a\n", "f.yaml:3:"},
		"version missing": {"kind: change\n", "apiVersion must be countersign/v1"},
		"other version":   {"apiVersion: countersign/v2\nkind: change\n", `not "countersign/v2"`},
		"other kind":      {"apiVersion: countersign/v1\nkind: chains\n", `not "chains"`},
		"too large":       {head + "plan: " + strings.Repeat("x", maxFile), "1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseChange("f.yaml", []byte(c.content), nil)
			require.Equal(t, ExitUsage, failed(t, err).code)
			require.Contains(t, err.Error(), c.says)
		})
	}
}

func TestValuesAreTakenAsWritten(t *testing.T) {
	f, err := parseChange("f.yaml", []byte(head+
		"title: \"on: off\"\nduration: 090\nrisk: no\nexternal: true\nrollback_tested_on: 2026-11-02\n"+
		"vendor_version: 1.10\nplan: |\n  one\n  two\ntest_plan: >\n  one\n  two\npurpose: ~\ncost_centre: 0017\n"), []string{"cost_centre"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"title": "on: off", "duration": "090", "risk": "no", "external": "true", "rollback_tested_on": "2026-11-02",
		"vendor_version": "1.10", "plan": "one\ntwo\n", "test_plan": "one two\n", "purpose": "", "cost_centre": "0017",
	}, f.fields)
	require.Equal(t, 9, f.lines["plan"])
}

func TestARollbackTestedTomorrowIsFoundBeforeSubmission(t *testing.T) { // Requirement 3
	f, err := parseChange("f.yaml", []byte(template), nil)
	require.NoError(t, err)
	err = f.check(instant().Add(-60 * 24 * time.Hour))
	require.Equal(t, ExitUsage, failed(t, err).code)
	require.Contains(t, err.Error(), "has not come yet")
}

func TestSuggestionsAreNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[a-z_]{0,12}`).Draw(t, "a")
		b := rapid.StringMatching(`[a-z_]{0,12}`).Draw(t, "b")
		d := distance(a, b)
		require.Equal(t, distance(b, a), d)
		require.Equal(t, a == b, d == 0)
		require.LessOrEqual(t, d, max(len(a), len(b)))
		require.LessOrEqual(t, distance(a, b+"x"), d+1)
	})
}

func FuzzChangeFile(f *testing.F) {
	f.Add([]byte(template))
	f.Add([]byte(head + "plan: [a]\n"))
	f.Add([]byte("a: &a\n  <<: *a\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		parsed, err := parseChange("f.yaml", content, nil)
		if err != nil {
			require.Equal(t, ExitUsage, failed(t, err).code)
			require.NotEmpty(t, err.Error())
			return
		}
		for name := range parsed.fields {
			require.Contains(t, fieldNames(), name)
			require.Positive(t, parsed.lines[name])
		}
	})
}
