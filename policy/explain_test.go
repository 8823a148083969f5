package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// asked is a change of the example as it is asked about.
func asked() policy.Request {
	return policy.Request{
		Case:      policy.Case{System: "order-portal", Environment: "production", Risk: "high", Duration: 90 * time.Minute},
		Requester: "p-goran", Implementer: "p-emeka",
	}
}

func explain(t *testing.T, files map[string]string, q policy.Request, at string) policy.Explanation {
	t.Helper()
	rules, directory := load(t, with(t, files))
	e, err := policy.Explain(rules, directory, q, instant(t, at))
	require.NoError(t, err)
	return e
}

func TestAnExplanationNamesTheRuleAndEveryOneBeforeIt(t *testing.T) {
	e := explain(t, nil, asked(), "2026-11-24T09:00:00Z")
	require.Equal(t, []policy.ConsideredRule{
		{Name: "sandbox", Why: "the environment is production, not sandbox; the risk is high, not low"},
		{Name: "high-risk", Matches: true, Why: "it takes risk high"},
	}, e.Rules)
	require.Equal(t, []string{"high-risk", "high-risk", "security"}, []string{e.Rule, e.Chain, e.Channel})
	require.Equal(t, change.OK, e.Reason)
	require.Empty(t, e.Missing)
	require.Equal(t, 168*time.Hour, e.Validity)
}

func TestC5_AnExplanationSaysWhoDecidesAndWhoIsLeftOut(t *testing.T) {
	e := explain(t, nil, asked(), "2026-11-24T09:00:00Z")
	require.Len(t, e.Levels, 3)
	require.Equal(t, 1, e.Levels[0].Level)
	require.Equal(t, []compliance.PersonID{"p-bruno", "p-chidi", "p-dana"}, e.Levels[0].Eligible)
	require.Equal(t, 2, e.Levels[0].Required, "60% of three")
	require.Equal(t, []change.Exclusion{{Person: "p-emeka", Reason: change.IsImplementer}}, e.Levels[0].Excluded)
	require.Empty(t, e.Levels[1].WithoutSignIn)

	// The same people are left out as the process leaves out, creators included.
	q := asked()
	q.Asked = []change.Asker{{Account: compliance.Account{Provider: "jira", ID: "acc-dana"}, As: change.IsCreator}}
	e = explain(t, nil, q, "2026-11-24T09:00:00Z")
	require.Equal(t, []compliance.PersonID{"p-bruno", "p-chidi"}, e.Levels[0].Eligible)
	require.Contains(t, e.Levels[0].Excluded, change.Exclusion{Person: "p-dana", Reason: change.IsCreator})
}

func TestC9_AnExplanationKnowsTheDeputiesOfThatInstant(t *testing.T) {
	people := strings.Replace(string(example(t)[peopleFile].Data), "    name: Goran Petrov\n",
		"    name: Goran Petrov\n    deputies: [{person: p-chidi, from: \"2026-12-01T00:00:00Z\", until: \"2026-12-08T00:00:00Z\"}]\n", 1)
	for at, acting := range map[string]bool{
		"2026-11-30T23:59:59Z": false, "2026-12-01T00:00:00Z": true, "2026-12-07T23:59:59Z": true, "2026-12-08T00:00:00Z": false,
	} {
		e := explain(t, map[string]string{peopleFile: people}, asked(), at)
		require.Equal(t, acting, len(e.Deputies) == 1, at)
		out := change.Exclusion{Person: "p-chidi", Reason: change.IsActing}
		if acting {
			require.Contains(t, e.Levels[0].Excluded, out, at)
			require.Equal(t, policy.Deputy{ID: "p-goran/p-chidi/2026-12-01T00:00:00Z", Principal: "p-goran", Person: "p-chidi", Interval: compliance.Interval{
				Start: instant(t, "2026-12-01T00:00:00Z"), End: instant(t, "2026-12-08T00:00:00Z")}}, e.Deputies[0])
		} else {
			require.NotContains(t, e.Levels[0].Excluded, out, at)
		}
	}
}

func TestC27_AnExplanationGivesTheNextWindowsAndFreezes(t *testing.T) {
	e := explain(t, nil, asked(), "2026-11-24T09:00:00Z") // a Tuesday, 10:00 in Amsterdam
	require.Equal(t, "production", e.Calendar.Name)
	require.Equal(t, instant(t, "2026-11-24T19:00:00Z"), e.Calendar.Opening.At)
	require.Equal(t, change.WindowClosed, e.Calendar.Opening.Reason)
	require.Len(t, e.Calendar.Windows, 5)
	require.Equal(t, "weeknights", e.Calendar.Windows[0].Name)
	require.Equal(t, "month-end billing", e.Calendar.Freezes[0].Name)

	e = explain(t, nil, asked(), "2026-12-20T09:00:00Z") // in the year-end freeze, which outlasts the approval
	require.Equal(t, change.NoOpening, e.Calendar.Opening.Reason)
	require.Zero(t, e.Calendar.Opening.At)
	require.Equal(t, "year-end 2026", e.Calendar.Freezes[0].Name)

	q := asked()
	q.Environment = "acceptance" // without a calendar
	e = explain(t, nil, q, "2026-12-20T09:00:00Z")
	require.Equal(t, instant(t, "2026-12-20T09:00:00Z"), e.Calendar.Opening.At)
	require.Equal(t, change.OK, e.Calendar.Opening.Reason)
}

func TestC6_AnExplanationSaysWhatASubmissionWouldBeRefusedFor(t *testing.T) {
	for name, tc := range map[string]struct {
		alter  func(*policy.Request)
		reason change.Reason
		says   []string
	}{
		"unknown system":      {func(q *policy.Request) { q.System = "order-portl" }, change.NoRoute, []string{`did you mean "order-portal"?`}},
		"unknown environment": {func(q *policy.Request) { q.Environment = "prod" }, change.NoRoute, []string{`has no environment "prod"`}},
		"no rule":             {func(q *policy.Request) { q.Risk = "huge" }, change.NoRoute, []string{"No routing rule"}},
		"nobody":              {func(q *policy.Request) { q.Requester, q.Implementer = "", "" }, change.UnknownPerson, []string{"requester", "implementer"}},
		"no such chain":       {func(q *policy.Request) { q.Chain = "patching" }, change.NoRoute, []string{`no chain "patching"`}},
		"too few are left": {func(q *policy.Request) {
			q.Requester, q.Implementer = "p-farah", "p-hana"
		}, change.UnreachableQuorum, []string{"Level 2 (Security)", "external"}},
	} {
		t.Run(name, func(t *testing.T) {
			q := asked()
			tc.alter(&q)
			e := explain(t, nil, q, "2026-11-24T09:00:00Z")
			require.Equal(t, tc.reason, e.Reason)
			for _, s := range tc.says {
				require.Contains(t, strings.Join(e.Missing, "\n"), s)
			}
		})
	}
	q := asked()
	q.Requester, q.Implementer, q.External = "p-farah", "p-hana", true
	e := explain(t, nil, q, "2026-11-24T09:00:00Z")
	require.Equal(t, change.OK, e.Reason)
	require.True(t, e.Levels[1].UsesExternal)
	require.Equal(t, []compliance.PersonID{"p-ingrid"}, e.Levels[1].Eligible)
}

func TestC18_AnExplanationNamesWhoCannotSignIn(t *testing.T) {
	people := strings.Replace(string(example(t)[peopleFile].Data), "      oidc: sub-farah\n", "", 1)
	people = strings.Replace(people, "      oidc: sub-bruno\n", "", 1)
	e := explain(t, map[string]string{peopleFile: people}, asked(), "2026-11-24T09:00:00Z")
	require.Contains(t, e.Levels[0].Eligible, compliance.PersonID("p-bruno"))
	require.Empty(t, e.Levels[0].WithoutSignIn, "this level asks for no sign-in")
	require.Equal(t, []compliance.PersonID{"p-farah"}, e.Levels[1].WithoutSignIn)
}

func TestWhyNobodyMayDecideHasWords(t *testing.T) {
	for _, r := range []change.Reason{
		change.IsRequester, change.IsCreator, change.IsSubmitter, change.WasRequester, change.IsImplementer, change.IsActing, change.Inactive, change.UnknownPerson,
	} {
		require.NotContains(t, policy.LeftOut(r), string(r))
	}
	require.Contains(t, policy.LeftOut("later"), "later")
}
