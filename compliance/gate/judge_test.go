package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
)

var (
	now  = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	flow = "sha256:" + strings.Repeat("a", 64)
	runs = "sha256:" + strings.Repeat("b", 64)
)

func asks(results ...gate.Result) gate.Question {
	return gate.Question{
		Suite:    gate.Suite{Name: "g", Checks: []gate.Required{{Check: gate.Tests, MaxAge: 24 * time.Hour}}},
		Attached: flow, Results: results, System: "s", Environment: "e", Number: "CHG-1",
	}
}

// What each outcome makes of the gate. Requirement 6.
func TestRequirement6_OutcomesOfACheck(t *testing.T) {
	fresh := now.Add(-time.Hour)
	for name, tc := range map[string]struct {
		results []gate.Result
		reason  gate.Reason
		outcome compliance.CheckOutcome
	}{
		"pass":                      {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: flow, At: fresh}}, gate.OK, compliance.CheckPass},
		"fail":                      {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckFail, Artefact: runs, About: flow, At: fresh}}, gate.Failed, compliance.CheckFail},
		"error":                     {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckError, Artefact: runs, About: flow, At: fresh}}, gate.Errored, compliance.CheckError},
		"no data":                   {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckNoData, Artefact: runs, About: flow, At: fresh}}, gate.NotGiven, compliance.CheckNoData},
		"a word nobody knows":       {[]gate.Result{{Check: gate.Tests, Outcome: "fine", Artefact: runs, About: flow, At: fresh}}, gate.NotGiven, compliance.CheckNoData},
		"nothing":                   {nil, gate.NotGiven, compliance.CheckNoData},
		"of another check":          {[]gate.Result{{Check: gate.Schema, Outcome: compliance.CheckPass, Artefact: flow, About: flow, At: fresh}}, gate.NotGiven, compliance.CheckNoData},
		"about another artefact":    {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: runs, At: fresh}}, gate.OtherArtefact, compliance.CheckNoData},
		"about none":                {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, At: fresh}}, gate.OtherArtefact, compliance.CheckNoData},
		"one instant young enough":  {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: flow, At: now.Add(-24*time.Hour + 1)}}, gate.OK, compliance.CheckPass},
		"exactly too old":           {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: flow, At: now.Add(-24 * time.Hour)}}, gate.Stale, compliance.CheckNoData},
		"of an age nobody knows":    {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: flow}}, gate.Stale, compliance.CheckNoData},
		"a failure that is too old": {[]gate.Result{{Check: gate.Tests, Outcome: compliance.CheckFail, Artefact: runs, About: flow}}, gate.Failed, compliance.CheckFail},
	} {
		t.Run(name, func(t *testing.T) {
			found := gate.Judge(asks(tc.results...), nil, now)
			require.Len(t, found, 1)
			require.Equal(t, tc.reason, found[0].Reason)
			require.Equal(t, tc.outcome, found[0].Outcome)
			require.Equal(t, tc.reason == gate.OK, len(gate.Open(found)) == 0)
			require.Equal(t, tc.reason == gate.OK, gate.Mend(found) == "")
		})
	}
}

// An exception excuses its check until its end, and is not asked for where the
// check has passed. Requirement 7.
func TestRequirement7_AWaiverExcusesUntilItsEnd(t *testing.T) {
	until := now.Add(time.Hour)
	asked := 0
	waived := func(c gate.Check) (gate.Waiver, bool) {
		asked++
		require.Equal(t, "gate/tests", c.Control())
		return gate.Waiver{Number: "EXC-1", Until: until}, true
	}
	found := gate.Judge(asks(), waived, now)
	require.Empty(t, gate.Open(found))
	require.Equal(t, "EXC-1", found[0].Waived.Number)
	require.Equal(t, compliance.CheckNoData, found[0].Outcome, "what is excused has not passed")
	require.Len(t, gate.Open(gate.Judge(asks(), waived, until)), 1, "half-open: not at its end")
	asked = 0
	gate.Judge(asks(gate.Result{Check: gate.Tests, Outcome: compliance.CheckPass, Artefact: runs, About: flow, At: now}), waived, now)
	require.Zero(t, asked)
}

// Whatever comes in whatever order: a gate is closed exactly when each check of its
// suite has a fresh pass about the attached artefact or is excused.
func TestRequirement6_TheGateIsClosedExactlyWhenEveryCheckIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcome := rapid.SampledFrom([]compliance.CheckOutcome{compliance.CheckPass, compliance.CheckFail, compliance.CheckError, compliance.CheckNoData})
		q := gate.Question{Attached: rapid.SampledFrom([]string{"", flow, runs}).Draw(t, "attached")}
		good, excused := map[gate.Check]bool{}, map[gate.Check]bool{}
		for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom(gate.Checks()), func(c gate.Check) gate.Check { return c }).Draw(t, "suite") {
			r := gate.Required{Check: c, MaxAge: rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "age")}
			q.Suite.Checks = append(q.Suite.Checks, r)
			excused[c] = rapid.Bool().Draw(t, "excused")
			if !rapid.Bool().Draw(t, "given") {
				continue
			}
			one := gate.Result{Check: c, Outcome: outcome.Draw(t, "outcome"), Artefact: runs,
				About: rapid.SampledFrom([]string{flow, runs}).Draw(t, "about"), At: now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)}
			q.Results = append(q.Results, one)
			fresh := r.MaxAge == 0 || now.Sub(one.At) < r.MaxAge
			about := len(c.Parts()) == 0 || one.About == q.Attached
			good[c] = one.Outcome == compliance.CheckPass && fresh && about
		}
		closed := true
		for _, r := range q.Suite.Checks {
			closed = closed && (good[r.Check] || excused[r.Check])
		}
		found := gate.Judge(q, func(c gate.Check) (gate.Waiver, bool) {
			return gate.Waiver{Number: "EXC-1", Until: now.Add(1)}, excused[c]
		}, now)
		require.Len(t, found, len(q.Suite.Checks))
		require.Equal(t, closed, len(gate.Open(found)) == 0)
	})
}

// Handing over the same again makes nothing younger, another artefact leaves what
// was said about the first behind, and new scans end the statement about the old.
func TestRequirement6_WhatIsHandedOverIsMerged(t *testing.T) {
	at := func(part gate.Part, digest string, hour int) gate.Given {
		return gate.Given{Part: part, Digest: digest, At: now.Add(time.Duration(hour) * time.Hour)}
	}
	first := gate.Merge(nil, []gate.Given{at(gate.TestResults, runs, 0), at(gate.Artefact, flow, 0)})
	tests, _ := gate.Of(first, gate.TestResults)
	require.Equal(t, flow, tests.About, "sent together, whatever the order")
	again, _ := gate.Of(gate.Merge(first, []gate.Given{at(gate.TestResults, runs, 5)}), gate.TestResults)
	require.Equal(t, now, again.At)
	other := gate.Merge(first, []gate.Given{at(gate.Artefact, runs, 6)})
	tests, _ = gate.Of(other, gate.TestResults)
	require.Equal(t, flow, tests.About, "it says nothing about the new one")
	require.Equal(t, runs, gate.Attached(other))
	tests, _ = gate.Of(gate.Merge(other, []gate.Given{at(gate.TestResults, runs, 7)}), gate.TestResults)
	require.Equal(t, runs, tests.About)
	require.Equal(t, now.Add(7*time.Hour), tests.At, "the same bytes, said about another artefact")

	stated := gate.Merge(nil, []gate.Given{at(gate.Scan, "1", 0), at(gate.Synthetic, "2", 0)})
	_, still := gate.Of(gate.Merge(stated, []gate.Given{at(gate.Scan, "1", 1)}), gate.Synthetic)
	require.True(t, still)
	_, still = gate.Of(gate.Merge(stated, []gate.Given{at(gate.Scan, "3", 1)}), gate.Synthetic)
	require.False(t, still, "other data were scanned")
	_, still = gate.Of(gate.Merge(stated, []gate.Given{at(gate.Synthetic, "2", 1), at(gate.Scan, "3", 1)}), gate.Synthetic)
	require.True(t, still)
}

// Merging alters neither list, and keeps one of each part.
func TestRequirement6_MergingKeepsOneOfEachPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) gate.Given {
			return gate.Given{Part: rapid.SampledFrom([]gate.Part{gate.Artefact, gate.TestResults, gate.Scan, gate.Synthetic}).Draw(t, "part"),
				Digest: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "digest")}
		})
		list := rapid.SliceOfNDistinct(draw, 0, 4, func(g gate.Given) gate.Part { return g.Part })
		before, sent := list.Draw(t, "before"), list.Draw(t, "sent")
		text := fmt.Sprint(before, sent)
		out := gate.Merge(before, sent)
		require.Equal(t, text, fmt.Sprint(before, sent))
		seen := map[gate.Part]bool{}
		for _, g := range out {
			require.False(t, seen[g.Part], g.Part)
			seen[g.Part] = true
		}
		for _, g := range sent {
			got, ok := gate.Of(out, g.Part)
			require.True(t, ok)
			require.Equal(t, g.Digest, got.Digest)
		}
	})
}

// Data may be where both the environment and their class allow it. Requirement 62.
func TestRequirement62_DataResideWhereTheirClassMayBe(t *testing.T) {
	confined := map[string][]string{"personal": {"eu", "uk"}}
	for name, tc := range map[string]struct {
		class   string
		place   gate.Place
		outcome compliance.CheckOutcome
	}{
		"allowed":                      {"internal", gate.Place{Classes: []string{"internal"}}, compliance.CheckPass},
		"not allowed here":             {"secret", gate.Place{Classes: []string{"internal"}}, compliance.CheckFail},
		"allowed, and in its regions":  {"personal", gate.Place{Regions: []string{"eu"}, Classes: []string{"personal"}, Confined: confined}, compliance.CheckPass},
		"allowed, and in one too many": {"personal", gate.Place{Regions: []string{"eu", "us"}, Classes: []string{"personal"}, Confined: confined}, compliance.CheckFail},
		"in its regions, none listed":  {"personal", gate.Place{Regions: []string{"uk"}, Confined: confined}, compliance.CheckPass},
		"a region nobody named":        {"personal", gate.Place{Classes: []string{"personal"}, Confined: confined}, compliance.CheckNoData},
		"no class":                     {"", gate.Place{Classes: []string{"internal"}}, compliance.CheckNoData},
		"a policy that says nothing":   {"internal", gate.Place{Regions: []string{"us"}}, compliance.CheckNoData},
		"bound, but not listed here":   {"personal", gate.Place{Regions: []string{"eu"}, Classes: []string{"internal"}, Confined: confined}, compliance.CheckFail},
	} {
		t.Run(name, func(t *testing.T) {
			r := gate.Resides(tc.class, tc.place)
			require.Equal(t, tc.outcome, r.Outcome, r.Detail)
			require.NotEmpty(t, r.Detail)
		})
	}
}

// A review needs two people. Requirement 9.
func TestRequirement9_AuthorAndReviewerAreTwoPeople(t *testing.T) {
	for name, tc := range map[string]struct {
		author, reviewer compliance.PersonID
		outcome          compliance.CheckOutcome
	}{
		"two":         {"p-a", "p-b", compliance.CheckPass},
		"the same":    {"p-a", "p-a", compliance.CheckFail},
		"no author":   {"", "p-b", compliance.CheckFail},
		"no reviewer": {"p-a", "", compliance.CheckFail},
		"nobody":      {"", "", compliance.CheckFail},
	} {
		t.Run(name, func(t *testing.T) {
			r := gate.Reviewed(gate.Given{Part: gate.Review, Digest: runs, Author: tc.author, Reviewer: tc.reviewer, At: now})
			require.Equal(t, tc.outcome, r.Outcome, r.Detail)
			require.Equal(t, runs, r.Artefact)
		})
	}
}

// What is documented about a platform is shown with its day. Requirement 12.
func TestRequirement12_LimitsAreDocumented(t *testing.T) {
	q := gate.Question{Suite: gate.Suite{Checks: []gate.Required{{Check: gate.Limits, MaxAge: 365 * 24 * time.Hour}}}}
	judged := func(s gate.Statement) gate.Finding {
		q.Results = []gate.Result{gate.Documented(s)}
		return gate.Judge(q, nil, now)[0]
	}
	stated := gate.Statement{Link: "https://docs.example/limits", Digest: flow, AsOf: now.AddDate(0, -1, 0)}
	require.Equal(t, gate.OK, judged(stated).Reason)
	require.Equal(t, stated.Link, judged(stated).Source)
	stated.AsOf = now.AddDate(-2, 0, 0)
	require.Equal(t, gate.Stale, judged(stated).Reason)
	require.Equal(t, gate.NotGiven, judged(gate.Statement{}).Reason)
}

func TestEveryReasonHasItsOwnSentence(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range gate.Reasons() {
		require.False(t, seen[r.Text()], r)
		seen[r.Text()] = true
		require.NotContains(t, r.Text(), "has not passed (")
		require.True(t, strings.HasSuffix(r.Text(), "."))
	}
	for _, c := range gate.Checks() {
		require.NotEmpty(t, c.Name())
	}
}
