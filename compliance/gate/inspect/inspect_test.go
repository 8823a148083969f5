package inspect_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
)

const (
	pass   = compliance.CheckPass
	fail   = compliance.CheckFail
	unread = compliance.CheckError
	none   = compliance.CheckNoData
)

// Results as runners write them. Requirement 6, Requirement 7.
func TestRequirement7_ResultsOfTests(t *testing.T) {
	suite := func(inside string) string {
		return `<testsuites><testsuite name="s">` + inside + `</testsuite></testsuites>`
	}
	ok, skipped := `<testcase name="ok"/>`, `<testcase name="later"><skipped/></testcase>`
	bad, broken := `<testcase name="bad"><failure message="no">secret</failure></testcase>`, `<testcase name="broken"><error/></testcase>`
	for name, tc := range map[string]struct {
		file    string
		least   int
		must    []string
		outcome compliance.CheckOutcome
		says    string
	}{
		"passed":                      {suite(ok + skipped), 1, nil, pass, "1 passed, 1 skipped"},
		"with a declaration":          {`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + suite(ok), 1, nil, pass, "1 passed"},
		"failed":                      {suite(ok + bad), 1, nil, fail, "1 of 2 failed: “bad”"},
		"errors":                      {suite(ok + broken), 1, nil, unread, "“broken”"},
		"a failure outranks an error": {suite(bad + broken), 1, nil, fail, "1 of 2 failed"},
		"both in one case":            {suite(`<testcase name="x"><error/><failure/></testcase>`), 1, nil, fail, "“x”"},
		"empty":                       {suite(""), 1, nil, none, "no case"},
		"only skipped":                {suite(skipped), 1, nil, none, "no case that was run"},
		"too few":                     {suite(ok), 2, nil, none, "1 passed, and the policy wants 2"},
		"one that must":               {suite(ok), 1, []string{"ok"}, pass, ""},
		"one that must and was not":   {suite(ok + skipped), 1, []string{"later", "gone"}, none, "“later”, “gone”"},
		"cut off":                     {suite(ok)[:40], 1, nil, unread, ""},
		"fewer than it counts":        {`<testsuite tests="3">` + ok + `</testsuite>`, 1, nil, unread, "count 3 cases and the file holds 1"},
		"nested suites":               {`<testsuites><testsuite tests="1"><testsuite tests="1">` + ok + `</testsuite></testsuite></testsuites>`, 1, nil, pass, "1 passed"},
		"nothing":                     {"", 1, nil, unread, "empty"},
		"no XML":                      {`{"tests": 3}`, 1, nil, unread, ""},
		"another document":            {`<html><testcase name="x"/></html>`, 1, nil, unread, "“html”"},
		"two documents":               {suite(ok) + suite(ok), 1, nil, unread, "begins"},
		"a document type":             {`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + suite(`<testcase name="&a;"/>`), 1, nil, unread, "document type"},
		"an entity":                   {suite(`<testcase name="&lol;"/>`), 1, nil, unread, ""},
		"deep":                        {strings.Repeat("<testsuite>", 70), 1, nil, unread, "deeper than 64"},
		"crossed":                     {`<testsuite><testcase></testsuite></testcase>`, 1, nil, unread, "order"},
		"many":                        {suite(strings.Repeat("<testcase/>", 50_001)), 1, nil, unread, "more than 50000 cases"},
		"large":                       {strings.Repeat(" ", inspect.MaxBytes+1), 1, nil, unread, "at most"},
		"a name that shows otherwise": {suite("<testcase name=\"a\u202egpj.exe\"><failure/></testcase>"), 1, nil, fail, "“a\ufffdgpj.exe”"},
	} {
		t.Run(name, func(t *testing.T) {
			v := inspect.JUnit([]byte(tc.file), tc.least, tc.must)
			require.Equal(t, tc.outcome, v.Outcome, v.Detail)
			require.Contains(t, v.Detail, tc.says)
			require.NotContains(t, v.Detail, "secret")
			require.NotEmpty(t, v.Detail)
		})
	}
	v := inspect.JUnit([]byte(`<testsuites><testsuite timestamp="2026-11-03T10:00:00"/><testsuite timestamp="2026-11-02T10:00:00+02:00">`+ok+`</testsuite></testsuites>`), 1, nil)
	require.Equal(t, time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), v.Made, "the earliest")
}

// What scanners write. Requirement 8.
func TestRequirement8_FindingsOfScanners(t *testing.T) {
	sarif := func(run string) string { return `{"version": "2.1.0", "runs": [` + run + `]}` }
	for name, tc := range map[string]struct {
		file, hits string
		outcome    compliance.CheckOutcome
		says       string
	}{
		"nothing found":           {sarif(`{"results": []}`), "", pass, "found nothing"},
		"a hit":                   {sarif(`{"results": [{"ruleId": "email"}]}`), "", fail, "1 hits of “email”"},
		"a hit that is no hit":    {sarif(`{"results": [{"ruleId": "email", "kind": "notApplicable"}]}`), "", pass, ""},
		"a suppressed hit":        {sarif(`{"results": [{"ruleId": "email", "suppressions": [{"kind": "inSource"}]}]}`), "", fail, ""},
		"a run without results":   {sarif(`{}`), "", unread, "lists no results"},
		"a run that broke off":    {sarif(`{"results": [], "invocations": [{"executionSuccessful": false}]}`), "", unread, "did not run to its end"},
		"no run":                  {sarif(``), "", none, "no run"},
		"runs that are none":      {`{"version": "2.1.0", "runs": [7]}`, "", unread, ""},
		"another version":         {`{"version": "1.0.0", "runs": [{"results": []}]}`, "", unread, "not SARIF 2.1.0"},
		"JSON with hits":          {`{"findings": [{"value": "anna"}, {}]}`, "/findings/*", fail, "2 hits"},
		"JSON without hits":       {`{"findings": []}`, "/findings/*", pass, ""},
		"JSON of another form":    {`{"issues": []}`, "/findings/*", unread, "/findings/*"},
		"a key that stands twice": {`{"findings": [{}], "findings": []}`, "/findings/*", unread, "stands twice"},
		"no JSON":                 {`%PDF`, "", unread, ""},
		"deep":                    {strings.Repeat("[", 100), "", unread, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := inspect.Scan([]byte(tc.file), tc.hits)
			require.Equal(t, tc.outcome, v.Outcome, v.Detail)
			require.Contains(t, v.Detail, tc.says)
			require.NotContains(t, v.Detail, "anna")
		})
	}
	v := inspect.Scan([]byte(sarif(`{"results": [], "invocations": [{"executionSuccessful": true, "endTimeUtc": "2026-11-02T10:00:00Z"}]}`)), "")
	require.Equal(t, time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC), v.Made)
}

// What an artefact uses is read by paths, whatever the platform. Requirement 6.
func TestRequirement6_WhatAnArtefactMayUse(t *testing.T) {
	flow := `[{"id": 1, "type": "inject"}, {"id": 2, "type": "exec", "deep": {"api": {"name": "mail.send"}}}]`
	list := func(path string, allow, deny []string, optional bool) []inspect.Elements {
		return []inspect.Elements{{Name: "nodes", Path: path, Allow: allow, Deny: deny, Optional: optional}}
	}
	for name, tc := range map[string]struct {
		file    string
		lists   []inspect.Elements
		outcome compliance.CheckOutcome
		says    string
	}{
		"allowed":                   {flow, list("/*/type", []string{"inject", "exec"}, nil, false), pass, "2 nodes"},
		"not allowed":               {flow, list("/*/type", []string{"inject"}, nil, false), fail, "“exec”"},
		"denied":                    {flow, list("/*/type", nil, []string{"exec"}, false), fail, "“exec”"},
		"denied though allowed":     {flow, list("/*/type", []string{"*"}, []string{"ex*"}, false), fail, "“exec”"},
		"by their beginning":        {flow, list("/**/api/name", []string{"mail.*"}, nil, false), pass, "1 nodes"},
		"at any depth":              {flow, list("/**/name", []string{"sms"}, nil, false), fail, "“mail.send”"},
		"one place":                 {flow, list("/0/type", []string{"inject"}, nil, false), pass, ""},
		"nothing there":             {flow, list("/nodes/*/type", []string{"inject"}, nil, false), none, "/nodes/*/type"},
		"nothing there, optional":   {flow, list("/nodes/*/type", []string{"inject"}, nil, true), pass, ""},
		"no text":                   {`[{"type": ["exec"]}]`, list("/*/type", []string{"inject"}, nil, false), fail, "no text"},
		"a second key hides one":    {`[{"type": "exec", "type": "inject"}]`, list("/*/type", []string{"inject"}, nil, false), unread, "stands twice"},
		"escaped":                   {`{"a/b": {"c~d": "x"}}`, list("/a~1b/c~0d", []string{"x"}, nil, false), pass, ""},
		"behind the end":            {flow + `[]`, list("/*/type", nil, []string{"exec"}, false), unread, "behind its end"},
		"other case is another one": {`[{"type": "Exec"}]`, list("/*/type", nil, []string{"exec"}, false), pass, ""},
		"not UTF-8":                 {"[{\"type\": \"\xff\"}]", list("/*/type", nil, []string{"exec"}, false), unread, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			v := inspect.Permissions(tc.lists, []byte(tc.file))
			require.Equal(t, tc.outcome, v.Outcome, v.Detail)
			require.Contains(t, v.Detail, tc.says)
		})
	}
	wide := strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60)
	v := inspect.Permissions(list("/**/**/**/**/**/**/x", nil, []string{"x"}, true), []byte(`[`+strings.Repeat(wide+",", 200)+`1]`))
	require.Equal(t, unread, v.Outcome, "a path cannot be made to cost without end")
}

// The form of an artefact is the policy's schema. Requirement 6.
func TestRequirement6_TheFormOfAnArtefact(t *testing.T) {
	schema := `{"type": "object", "required": ["flow"], "properties": {"flow": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "$defs": {"node": {"type": "object", "required": ["id"]}}}`
	require.Equal(t, pass, inspect.Schema([]byte(schema), []byte(`{"flow": [{"id": 1}]}`)).Outcome)
	v := inspect.Schema([]byte(schema), []byte(`{"flow": [{"id": 1}, {}, {}, {}, {}, {}, {}]}`))
	require.Equal(t, fail, v.Outcome)
	require.Contains(t, v.Detail, "/flow/1")
	require.Contains(t, v.Detail, "and 1 more")
	require.Equal(t, unread, inspect.Schema([]byte(schema), []byte(`{"flow": `)).Outcome)
	for _, bad := range []string{`{"type": 7}`, `{`, `{"$ref": "https://elsewhere.example/schema"}`, `{"$ref": "file:///etc/passwd"}`, `{"$ref": "#/$defs/none"}`} {
		require.Equal(t, unread, inspect.Schema([]byte(bad), []byte(`{}`)).Outcome, bad)
	}
	require.Equal(t, unread, inspect.Schema([]byte(`{"type": "object"}`), []byte(strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5000))).Outcome)
	endless := `{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}`
	require.NotEqual(t, pass, inspect.Schema([]byte(endless), []byte(`{}`)).Outcome, "a schema that goes round in a circle ends")
}

// What stands in a file stays in it: the result is on record, on the card and in the
// ticket, and says only what the schema wants and where. Requirement 6.
func TestRequirement6_WhatASchemaRefusesStaysInTheFile(t *testing.T) {
	for schema, value := range map[string]string{
		`{"pattern": "^x"}`:         `"anna@example.org"`,
		`{"minimum": 999}`:          `417.25`,
		`{"maximum": 1}`:            `417.25`,
		`{"exclusiveMinimum": 999}`: `417.25`,
		`{"exclusiveMaximum": 1}`:   `417.25`,
		`{"multipleOf": 2}`:         `417.25`,
		`{"const": "x"}`:            `"anna@example.org"`,
		`{"enum": ["x", "y"]}`:      `"anna@example.org"`,
		`{"not": {}}`:               `"anna@example.org"`,
		`{"maxLength": 3}`:          `"anna@example.org"`,
	} {
		v := inspect.Schema([]byte(`{"properties": {"a": `+schema+`}}`), []byte(`{"a": `+value+`}`))
		require.Equal(t, fail, v.Outcome, schema)
		require.Contains(t, v.Detail, "/a", schema)
		require.NotContains(t, v.Detail, "anna", schema)
		require.NotContains(t, v.Detail, "417", schema)
	}
	v := inspect.Schema([]byte(`{"additionalProperties": {"type": "string"}}`), []byte(`{"a\u202eb": 1}`))
	require.Contains(t, v.Detail, "/a\ufffdb", "nothing in it turns the text around")
}

// A hit counts whether or not the scanner says of which rule it is. Requirement 8.
func TestRequirement8_HitsWithoutARule(t *testing.T) {
	v := inspect.Scan([]byte(`{"version": "2.1.0", "runs": [{"results": [null, 1, {"kind": 7}]}]}`), "")
	require.Equal(t, fail, v.Outcome)
	require.Contains(t, v.Detail, "3 hits. ")
	v = inspect.Scan([]byte(`{"version": "2.1.0", "runs": [{"results": [null, {"ruleId": "mail"}]}]}`), "")
	require.Contains(t, v.Detail, "2 hits of “mail”. ")
}

// A suite is evaluated on what there is; what cannot be read is an error of its
// check and of no other. Requirement 6, Requirement 8.
func TestRequirement6_ASuiteIsEvaluated(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	terms := func(checks ...gate.Check) []inspect.Terms {
		var out []inspect.Terms
		for _, c := range checks {
			out = append(out, inspect.Terms{Required: gate.Required{Check: c}, Least: 1, Sensitive: []string{"health"}, Schema: []byte(`{}`)})
		}
		return out
	}
	given := func(part gate.Part, content string) gate.Given {
		return gate.Given{Part: part, Digest: content, Name: string(part), About: "", At: at, By: "p-a"}
	}
	read := func(g gate.Given) ([]byte, error) {
		if g.Digest == "gone" {
			return nil, errors.New("it is not in the store")
		}
		return []byte(g.Digest), nil
	}
	run := `<testsuite timestamp="2026-11-01T00:00:00"><testcase name="a"/></testsuite>`
	clean := `{"version": "2.1.0", "runs": [{"results": []}]}`
	for name, tc := range map[string]struct {
		terms   []inspect.Terms
		given   []gate.Given
		class   string
		outcome map[gate.Check]compliance.CheckOutcome
	}{
		"nothing given":            {terms(gate.Schema, gate.Tests, gate.TestData, gate.CodeReview), nil, "", map[gate.Check]compliance.CheckOutcome{}},
		"a file that is gone":      {terms(gate.Tests, gate.Schema), []gate.Given{given(gate.TestResults, "gone"), given(gate.Artefact, "{}")}, "", map[gate.Check]compliance.CheckOutcome{gate.Tests: unread, gate.Schema: pass}},
		"scanned and stated":       {terms(gate.TestData), []gate.Given{given(gate.Scan, clean), given(gate.Synthetic, "x")}, "", map[gate.Check]compliance.CheckOutcome{gate.TestData: pass}},
		"stated only":              {terms(gate.TestData), []gate.Given{given(gate.Synthetic, "x")}, "", map[gate.Check]compliance.CheckOutcome{}},
		"faults are tests, too":    {terms(gate.FailureInjection), []gate.Given{given(gate.FaultResults, run)}, "", map[gate.Check]compliance.CheckOutcome{gate.FailureInjection: pass}},
		"not sensitive":            {terms(gate.Sensitivity), nil, "public", map[gate.Check]compliance.CheckOutcome{gate.Sensitivity: pass}},
		"sensitive":                {terms(gate.Sensitivity), []gate.Given{given(gate.NetworkControl, "x")}, "health", map[gate.Check]compliance.CheckOutcome{gate.Sensitivity: none}},
		"sensitive, on paper":      {terms(gate.Sensitivity), []gate.Given{given(gate.NetworkControl, "x"), given(gate.LossPrevention, "y")}, "health", map[gate.Check]compliance.CheckOutcome{gate.Sensitivity: pass}},
		"sensitive, an empty page": {terms(gate.Sensitivity), []gate.Given{given(gate.NetworkControl, " "), given(gate.LossPrevention, "y")}, "health", map[gate.Check]compliance.CheckOutcome{gate.Sensitivity: none}},
		"of no class":              {terms(gate.Sensitivity), nil, "", map[gate.Check]compliance.CheckOutcome{gate.Sensitivity: none}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[gate.Check]compliance.CheckOutcome{}
			for _, r := range inspect.Evaluate(inspect.Evidence{Terms: tc.terms, Given: tc.given, Read: read, DataClass: tc.class}) {
				got[r.Check] = r.Outcome
			}
			require.Equal(t, tc.outcome, got)
		})
	}
	r := inspect.Evaluate(inspect.Evidence{Terms: terms(gate.Tests), Given: []gate.Given{given(gate.TestResults, run)}, Read: read})
	require.Equal(t, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), r[0].At, "as old as it says itself")
	future := given(gate.TestResults, strings.Replace(run, "2026", "2036", 1))
	r = inspect.Evaluate(inspect.Evidence{Terms: terms(gate.Tests), Given: []gate.Given{future}, Read: read})
	require.Equal(t, at, r[0].At, "and no younger than it came")
}

// Whatever comes in, it ends, says something, and passes only by the rules' own words.
func FuzzFiles(f *testing.F) {
	for _, text := range []string{
		"", "{}", "[]", `{"a":{"b":["c"]}}`, `<testsuite tests="1"><testcase name="a"/></testsuite>`, `<testsuites><testsuite/></testsuites>`,
		`{"version": "2.1.0", "runs": [{"results": []}]}`, "<a><b>", "\xff\xfe", strings.Repeat("[", 200), `<!DOCTYPE a>`, "\ufeff{}",
	} {
		f.Add([]byte(text))
	}
	lists := []inspect.Elements{{Name: "x", Path: "/**/type", Allow: []string{"a*"}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		for i, v := range []inspect.Verdict{
			inspect.JUnit(data, 1, nil), inspect.Scan(data, "/findings/*"), inspect.Permissions(lists, data),
			inspect.Schema([]byte(`{"type": "object", "required": ["flow"]}`), data), inspect.Document(data),
		} {
			if v.Detail == "" || len([]rune(v.Detail)) > 600 {
				t.Fatal(fmt.Sprint(i, " says ", v.Detail))
			}
			switch v.Outcome {
			case pass, fail, unread, none:
			default:
				t.Fatal(fmt.Sprint(i, " came to ", v.Outcome))
			}
		}
	})
}
