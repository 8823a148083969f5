package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// lowered is the example in which edits of the test results only are told, with
// a first rule of routing of this expression.
func lowered(t *testing.T, expression string) policy.Problems {
	files := conditioned(t, expression)
	text := string(files[fieldsFile].Data)
	require.Contains(t, text, "customfield_10107, kind: text, class: material")
	files[fieldsFile].Data = []byte(strings.Replace(text, "customfield_10107, kind: text, class: material", "customfield_10107, kind: text, class: notable", 1))
	_, _, err := policy.LoadFS(files)
	var found policy.Problems
	if err != nil {
		require.ErrorAs(t, err, &found)
	}
	return found
}

// The example changes no class; what differs from the usual is handed to the process (C12).
func TestC12_ClassesOfThePolicy(t *testing.T) {
	rules, _ := load(t, example(t))
	require.Nil(t, rules.Classes(), "the example has the usual classes, and its rules of routing are lists")
	files := example(t)
	text := string(files[fieldsFile].Data)
	text = strings.Replace(text, "customfield_10106, kind: text, class: material", "customfield_10106, kind: text, class: cosmetic", 1)
	text = strings.Replace(text, "summary, kind: text, class: notable", "summary, kind: text, class: cosmetic", 1)
	files[fieldsFile].Data = []byte(text + "\n  contacts: {id: customfield_10200, kind: text, class: notable}\n  colour: {id: customfield_10201, kind: text, class: cosmetic}\n")
	rules, _ = load(t, files)
	require.Equal(t, change.Classes{"test_plan": change.Cosmetic, "title": change.Cosmetic, "colour": change.Cosmetic}, rules.Classes())
}

// What decides who approves may not change without them: a field that routing
// reads cannot be lowered, and a narrowed window is then material (C12).
func TestC12_WhatRoutingReadsStaysMaterial(t *testing.T) {
	require.Empty(t, lowered(t, `risk == "low"`))
	require.Empty(t, lowered(t, `"vendor_version" in fields && fields["vendor_version"] == "11"`))
	for _, expression := range []string{
		`fields.test_results == ""`, `"test_results" in fields`, `fields["test_results"] == "x"`, `fields.exists(f, f == "x")`,
	} {
		found := lowered(t, expression)
		require.NotEmpty(t, found, expression)
		require.Contains(t, found.Error(), "a rule of routing reads test_results", expression)
	}
	for expression, want := range map[string]change.Classes{
		`risk == "low"`:                           nil,
		`duration < duration("1h")`:               {"duration": change.Material},
		`fields.planned_start.startsWith("2026")`: {"planned_start": change.Material},
	} {
		rules, _ := load(t, conditioned(t, expression))
		require.Equal(t, want, rules.Classes(), expression)
	}
}
