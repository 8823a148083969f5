package compliance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

func TestParseSuite(t *testing.T) {
	s, err := compliance.ParseSuite([]byte(`{"name":"smoke","cases":[{"name":"orders","method":"POST","path":"/orders?x=1",
		"headers":{"X-Site":"a"},"body":"{}","expect":{"status":201,"content_type":"application/json","contains":"id","json":{"ok":true}}}]}`))
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, s.Cases[0].Within())
	s, err = compliance.ParseSuite([]byte(`{"name":"empty","cases":[]}`))
	require.NoError(t, err)
	require.Empty(t, s.Cases)
}

func TestParseSuiteSaysWhatIsWrong(t *testing.T) {
	one := func(fields string) string {
		return `{"name":"s","cases":[{"name":"c","method":"GET","path":"/a","expect":{"status":200}` + fields + `}]}`
	}
	for text, says := range map[string]string{
		``:                                             "no JSON",
		`[]`:                                           "no JSON",
		`{"name":"s"}x`:                                "after its end",
		`{"name":"s","tests":[]}`:                      "unknown field",
		`{"name":" ","cases":[]}`:                      "no name",
		one(`,"method":"get"`):                         "none of GET",
		one(`,"method":"TRACE"`):                       "none of GET",
		one(`,"path":"a"`):                             "must begin with one /",
		one(`,"path":"//evil.example/a"`):              "must begin with one /",
		one(`,"path":"/a b"`):                          "must begin with one /",
		one(`,"path":"/a#b"`):                          "must begin with one /",
		one(`,"path":"/a/../../b"`):                    "leaves the target's address",
		one(`,"path":"/a/.."`):                         "leaves the target's address",
		one(`,"path":"/a\\b"`):                         "leaves the target's address",
		one(`,"headers":{"A B":"x"}`):                  "cannot be sent",
		one(`,"headers":{"A":"x\r\nB: y"}`):            "cannot be sent",
		one(`,"headers":{"Host":"x"}`):                 "the transport's",
		one(`,"headers":{"authorization":"Bearer x"}`): "credential",
		one(`,"headers":{"Cookie":"x"}`):               "credential",
		one(`,"within_ms":-1`):                         "within_ms",
		one(`,"within_ms":30001`):                      "within_ms",
		one(`,"expect":{"status":99}`):                 "expected status",
		`{"name":"s","cases":[{"name":"c","method":"GET","path":"/a"}]}`: "expected status",
		`{"name":"s","cases":[` + strings.Repeat(`{"name":"c","method":"GET","path":"/a","expect":{"status":200}},`, 51) +
			`{"name":"d","method":"GET","path":"/a","expect":{"status":200}}]}`: "at most 50",
	} {
		_, err := compliance.ParseSuite([]byte(text))
		require.ErrorContains(t, err, says, text)
	}
	_, err := compliance.ParseSuite(make([]byte, compliance.MaxSuite+1))
	require.ErrorContains(t, err, "bytes")
	_, err = compliance.ParseSuite([]byte(`{"name":"s","cases":[{"name":"","method":"x","path":"y"}]}`))
	require.ErrorContains(t, err, "empty or used twice")
	require.ErrorContains(t, err, "none of GET")
	require.ErrorContains(t, err, "expected status", "everything that is wrong is said at once")
}

func TestExpectation(t *testing.T) {
	body := `{"id":7,"total":10.50,"items":[{"a":1},{"a":2}],"ok":true,"none":null,"name":"Müller"}`
	for want, says := range map[string]string{
		`{}`:                                    "",
		`{"id":7}`:                              "",
		`{"id":7.0}`:                            "",
		`{"total":105e-1}`:                      "",
		`{"items":[{"a":1},{"a":2}],"ok":true}`: "",
		`{"none":null}`:                         "",
		`{"name":"M\u00fcller"}`:                "",
		`{"id":8}`:                              `"$.id"`,
		`{"id":"7"}`:                            `"$.id"`,
		`{"gone":1}`:                            `"$.gone"`,
		`{"items":[{"a":1}]}`:                   `"$.items"`,
		`{"items":[{"a":1},{"a":3}]}`:           `"$.items[1].a"`,
		`{"items":{}}`:                          `"$.items"`,
		`[]`:                                    `"$"`,
		`{"ok":false}`:                          `"$.ok"`,
		`{"none":0}`:                            `"$.none"`,
		`{"id":1e999999999}`:                    `"$.id"`,
	} {
		e := compliance.Expectation{Status: 200, JSON: json.RawMessage(want)}
		got := e.Judge(compliance.Heard{Status: 200, Body: []byte(body)})
		if says == "" {
			require.Empty(t, got, want)
			continue
		}
		require.Contains(t, got, says, want)
		require.NotContains(t, got, "Müller", "no body in a report")
	}
	all := compliance.Expectation{Status: 201, ContentType: "application/json", Contains: "yes", JSON: json.RawMessage(`{"a":1}`)}
	require.Empty(t, all.Judge(compliance.Heard{Status: 201, ContentType: "Application/JSON; charset=utf-8", Body: []byte(`{"a":1,"b":"yes"}`)}))
	require.Equal(t, `status 500 instead of 201; content type "text/html" instead of "application/json"; the body lacks "yes"; the body is no JSON`,
		all.Judge(compliance.Heard{Status: 500, ContentType: "text/html", Body: []byte("<p>")}))
	require.Contains(t, all.Judge(compliance.Heard{Status: 201, ContentType: "application/json", Body: []byte(`{"a":1} {"yes":1}`)}), "no JSON")
}

// P4: whatever is not known to have passed has not passed.
func TestP4_JudgeCases(t *testing.T) {
	pass, fail, broken := compliance.CaseResult{Name: "a", Outcome: compliance.CheckPass},
		compliance.CaseResult{Name: "b", Outcome: compliance.CheckFail, Detail: "wrong"},
		compliance.CaseResult{Name: "c", Outcome: compliance.CheckError, Detail: "down"}
	late, odd := broken, compliance.CaseResult{Name: "d", Outcome: "?"}
	late.Late = true
	for _, c := range []struct {
		wanted  int
		results []compliance.CaseResult
		well    bool
		want    compliance.CheckOutcome
		says    string
	}{
		{0, nil, true, compliance.CheckNoData, "no cases"},
		{1, nil, true, compliance.CheckError, "before its last case"},
		{2, []compliance.CaseResult{pass}, true, compliance.CheckError, "before its last case"},
		{1, []compliance.CaseResult{pass}, true, compliance.CheckPass, ""},
		{3, []compliance.CaseResult{pass, broken, fail}, true, compliance.CheckFail, "b: wrong"},
		{2, []compliance.CaseResult{pass, broken}, true, compliance.CheckError, "c: down"},
		{2, []compliance.CaseResult{pass, late}, true, compliance.CheckFail, "c: down"},
		{2, []compliance.CaseResult{pass, late}, false, compliance.CheckError, "c: down"},
		{2, []compliance.CaseResult{pass, odd}, true, compliance.CheckNoData, "d: "},
		{2, []compliance.CaseResult{odd, broken}, true, compliance.CheckError, "c: down"},
	} {
		got, why := compliance.JudgeCases(c.wanted, c.results, c.well)
		require.Equal(t, c.want, got, "%+v", c)
		require.Contains(t, why, c.says)
	}
}

func TestPropertyOnlyAllPassesPass(t *testing.T) {
	outcomes := []compliance.CheckOutcome{compliance.CheckPass, compliance.CheckFail, compliance.CheckError, compliance.CheckNoData, "", "x"}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		all := n > 0
		var results []compliance.CaseResult
		for i := range n {
			o := rapid.SampledFrom(outcomes).Draw(t, "outcome")
			all = all && o == compliance.CheckPass
			results = append(results, compliance.CaseResult{Name: fmt.Sprint(i), Outcome: o, Late: o == compliance.CheckError && rapid.Bool().Draw(t, "late")})
		}
		got, _ := compliance.JudgeCases(n, results, rapid.Bool().Draw(t, "well"))
		require.Equal(t, all, got == compliance.CheckPass)
	})
}

func FuzzParseSuite(f *testing.F) {
	f.Add([]byte(`{"name":"s","cases":[{"name":"c","method":"GET","path":"/a","expect":{"status":200,"json":{"a":1}}}]}`), []byte(`{"a":1.0}`))
	f.Fuzz(func(t *testing.T, suite, body []byte) {
		s, err := compliance.ParseSuite(suite)
		if err != nil {
			return
		}
		for _, c := range s.Cases {
			require.LessOrEqual(t, c.Within(), 30*time.Second)
			require.True(t, strings.HasPrefix(c.Path, "/") && !strings.HasPrefix(c.Path, "//"))
			_ = c.Expect.Judge(compliance.Heard{Status: 200, Body: body})
		}
	})
}
