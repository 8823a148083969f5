package dependency_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
)

var (
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	list = dependency.Rules{Packages: []dependency.Rule{
		{Package: "pkg:npm/lodash", Versions: "^4.17.21"},
		{Package: "pkg:npm/@node-red/*"},
		{Package: "pkg:npm/ms", Versions: "2.1.3", Until: noon},
		{Package: "pkg:pypi/pytz", Versions: "2026.1.post1"},
	}}
)

func reasons(v dependency.Verdict) []dependency.Reason {
	var out []dependency.Reason
	for _, l := range v.Lines {
		out = append(out, l.Reason)
	}
	return out
}

func TestRequirement11_UnknownPackagesFailTheGateAndAreNamed(t *testing.T) {
	early := noon.Add(-time.Nanosecond)
	for name, c := range map[string]struct {
		entries []string
		now     time.Time
		outcome compliance.CheckOutcome
		reasons []dependency.Reason
	}{
		"allowed":            {[]string{entry("node_modules/lodash", "4.17.21"), entry("node_modules/@node-red/util", "4.0.0")}, noon, compliance.CheckPass, nil},
		"nothing":            {nil, noon, compliance.CheckPass, nil},
		"unknown":            {[]string{entry("node_modules/left-pad", "1.0.0"), entry("node_modules/right-pad", "1.0.0")}, noon, compliance.CheckFail, []dependency.Reason{dependency.Unlisted, dependency.Unlisted}},
		"a scope is no name": {[]string{entry("node_modules/node-red", "1.0.0")}, noon, compliance.CheckFail, []dependency.Reason{dependency.Unlisted}},
		"another version":    {[]string{entry("node_modules/lodash", "4.17.20")}, noon, compliance.CheckFail, []dependency.Reason{dependency.VersionNotAllowed}},
		"before its release": {[]string{entry("node_modules/lodash", "4.18.0-rc.1")}, noon, compliance.CheckFail, []dependency.Reason{dependency.VersionNotAllowed}},
		"before its end":     {[]string{entry("node_modules/ms", "2.1.3")}, early, compliance.CheckPass, nil},
		"at its end":         {[]string{entry("node_modules/ms", "2.1.3")}, noon, compliance.CheckFail, []dependency.Reason{dependency.EntryEnded}},
		"of another host": {[]string{`"node_modules/lodash":{"version":"4.17.21","resolved":"https://npm.example.org/lodash/-/lodash-4.17.21.tgz"}`}, noon,
			compliance.CheckFail, []dependency.Reason{dependency.ForeignSource}},
		"of a repository": {[]string{`"node_modules/lodash":{"version":"4.17.21","resolved":"git+https://registry.npmjs.org/lodash.git"}`}, noon,
			compliance.CheckFail, []dependency.Reason{dependency.ForeignSource}},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(t, lock(c.entries...))
			v := dependency.Allow(m, list, c.now)
			require.Equal(t, c.outcome, v.Outcome)
			require.Equal(t, c.reasons, reasons(v))
			require.Equal(t, m.Digest, v.Artefact)
			for i, l := range v.Lines {
				require.Equal(t, m.Components[i].String(), l.Component)
			}
		})
	}
}

func TestRequirement11_OtherFormsOfVersionsAndSources(t *testing.T) {
	bom := func(purl string) dependency.Manifest {
		return parse(t, []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","purl":"`+purl+`"}]}`))
	}
	require.Equal(t, compliance.CheckPass, dependency.Allow(bom("pkg:pypi/pytz@2026.1.post1"), list, noon).Outcome, "one exact version of any form")
	require.Equal(t, []dependency.Reason{dependency.VersionNotAllowed}, reasons(dependency.Allow(bom("pkg:pypi/pytz@2026.1.post2"), list, noon)))
	own := dependency.Rules{Packages: list.Packages, Sources: []string{"npm.example.org"}}
	require.Equal(t, compliance.CheckPass, dependency.Allow(bom("pkg:npm/lodash@4.17.21?repository_url=https://npm.example.org"), own, noon).Outcome)
	require.Equal(t, []dependency.Reason{dependency.ForeignSource}, reasons(dependency.Allow(bom("pkg:npm/lodash@4.17.21?repository_url=https://npm.example.com"), own, noon)))
	require.Equal(t, compliance.CheckNoData, dependency.Allow(parse(t, []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6"}`)), list, noon).Outcome, "an inventory of nothing")
}

func TestRequirement11_RangesOnlyNeverPass(t *testing.T) {
	m := parse(t, []byte(`{"version":"1","dependencies":{"@node-red/util":"^4","lodash":"^4.17.21"}}`))
	v := dependency.Allow(m, list, noon)
	require.Equal(t, compliance.CheckNoData, v.Outcome)
	require.Equal(t, []dependency.Reason{dependency.Unpinned, dependency.OnlyAsked}, reasons(v))
	v = dependency.Allow(parse(t, []byte(`{"version":"1","dependencies":{"left-pad":"*"}}`)), list, noon)
	require.Equal(t, compliance.CheckFail, v.Outcome, "what is known to be bad is said")
}

func TestRequirement11_AListThatCannotBeReadIsAnError(t *testing.T) {
	bad := dependency.Rules{Packages: []dependency.Rule{
		{Package: "lodash"}, {Package: "pkg:npm/lodash@4"}, {Package: "pkg:npm/lodash", Versions: ">=banana <2"}, {Package: "pkg:npm/*/x"},
	}}
	require.Len(t, bad.Check(), 4)
	require.Empty(t, list.Check())
	v := dependency.Allow(parse(t, lock()), bad, noon)
	require.Equal(t, compliance.CheckError, v.Outcome)
	require.Contains(t, v.Detail(5)[0], "entry 1: package \"lodash\"")
}

func found(id, purl string, s patch.Severity) dependency.Finding {
	return dependency.Finding{ID: id, PURL: purl, Severity: s}
}

func TestRequirement10_OpenFindingsAboveTheThresholdBlock(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20"), entry("node_modules/ms", "2.1.3")))
	lodash, gone := "pkg:npm/lodash@4.17.20", found("D", "pkg:npm/lodash@4.17.20", patch.Critical)
	gone.Withdrawn = noon
	for name, c := range map[string]struct {
		list    []dependency.Finding
		outcome compliance.CheckOutcome
		reasons []dependency.Reason
	}{
		"none":              {nil, compliance.CheckPass, nil},
		"below":             {[]dependency.Finding{found("A", lodash, patch.Medium)}, compliance.CheckPass, nil},
		"at":                {[]dependency.Finding{found("A", lodash, patch.High)}, compliance.CheckFail, []dependency.Reason{dependency.AboveThreshold}},
		"above":             {[]dependency.Finding{found("A", lodash, patch.Critical)}, compliance.CheckFail, []dependency.Reason{dependency.AboveThreshold}},
		"not said":          {[]dependency.Finding{found("A", lodash, patch.SeverityUnknown)}, compliance.CheckFail, []dependency.Reason{dependency.SeverityUnstated}},
		"withdrawn":         {[]dependency.Finding{gone}, compliance.CheckPass, nil},
		"of another":        {[]dependency.Finding{found("A", "pkg:npm/lodash@4.17.19", patch.Critical)}, compliance.CheckPass, nil},
		"two, one in scope": {[]dependency.Finding{found("A", lodash, patch.Low), found("B", lodash, patch.High)}, compliance.CheckFail, []dependency.Reason{dependency.AboveThreshold}},
	} {
		t.Run(name, func(t *testing.T) {
			v := dependency.Judge(m, dependency.Findings{Asked: m.PURLs(), List: c.list}, patch.High)
			require.Equal(t, c.outcome, v.Outcome)
			require.Equal(t, c.reasons, reasons(v))
			require.Equal(t, m.Digest, v.Artefact)
		})
	}
}

func TestRequirement10_WhatIsNotKnownHasNotPassed(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20"), entry("node_modules/ms", "2.1.3")))
	half := dependency.Findings{Asked: m.PURLs()[:1]}
	require.Equal(t, []dependency.Reason{dependency.NotAsked}, reasons(dependency.Judge(m, half, patch.High)))
	require.Equal(t, compliance.CheckNoData, dependency.Judge(m, half, patch.High).Outcome)
	off := dependency.Findings{Standing: dependency.NobodyAsked}
	require.Equal(t, compliance.CheckNoData, dependency.Judge(m, off, patch.High).Outcome)
	require.Equal(t, []string{dependency.NobodyAsked.Text()}, dependency.Judge(m, off, patch.High).Detail(5))
	failed := dependency.Findings{Standing: dependency.SourceFailed, Note: "HTTP 503"}
	require.Equal(t, compliance.CheckError, dependency.Judge(m, failed, patch.High).Outcome)
	known := failed.With([]dependency.Finding{found("A", "pkg:npm/ms@2.1.3", patch.Critical)})
	require.Equal(t, compliance.CheckFail, dependency.Judge(m, known, patch.High).Outcome, "what is known to be bad outranks the error")
	require.Equal(t, compliance.CheckError, dependency.Judge(m, half, "severe").Outcome)
	bom := parse(t, []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"handmade","version":"3"}]}`))
	require.Equal(t, []dependency.Reason{dependency.Unnamed}, reasons(dependency.Judge(bom, dependency.Findings{}, patch.High)))
	require.Equal(t, []dependency.Reason{dependency.OnlyAsked}, reasons(dependency.Judge(parse(t, []byte(`{"version":"1"}`)), dependency.Findings{}, patch.High)))
}

func TestRequirement10_SeveritiesAreReadFromVectorsAndWords(t *testing.T) {
	for name, c := range map[string]struct {
		vectors []string
		said    string
		want    patch.Severity
		score   float64
	}{
		"3.1":            {[]string{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}, "", patch.High, 7.2}, // CVE-2021-23337
		"3.0":            {[]string{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}, "", patch.Critical, 10},
		"2.0":            {[]string{"AV:N/AC:L/Au:N/C:C/I:C/A:C"}, "", patch.High, 10},
		"4.0":            {[]string{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"}, "", patch.Critical, 10},
		"the worst":      {[]string{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}, "CRITICAL", patch.Critical, 7.2},
		"a word":         {nil, "MODERATE", patch.Medium, 0},
		"no impact":      {[]string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"}, "", patch.Low, 0},
		"nothing":        {nil, "", patch.SeverityUnknown, 0},
		"no vector":      {[]string{"CVSS:3.1/AV:N", "9.8", "CVSS:9.9/AV:N", strings.Repeat("A", 1000)}, "", patch.SeverityUnknown, 0},
		"no vector, but": {[]string{"CVSS:3.1/AV:N"}, "low", patch.Low, 0},
	} {
		t.Run(name, func(t *testing.T) {
			severity, score := dependency.SeverityOf(c.vectors, c.said)
			require.Equal(t, c.want, severity)
			require.InDelta(t, c.score, score, 0.001)
		})
	}
}

func FuzzSeverityOf(f *testing.F) {
	f.Add("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", "high")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "")
	f.Add("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", "")
	f.Fuzz(func(t *testing.T, vector, said string) {
		severity, score := dependency.SeverityOf([]string{vector}, said)
		require.NotEmpty(t, severity)
		require.True(t, score >= 0 && score <= 10, "%v", score)
	})
}

// The worse the threshold, the more passes: whatever is found.
func TestRequirement10_AMilderThresholdNeverBlocksMore(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20"), entry("node_modules/ms", "2.1.3")))
	bands := []patch.Severity{patch.Low, patch.Medium, patch.High, patch.Critical}
	rapid.Check(t, func(t *rapid.T) {
		var all []dependency.Finding
		for range rapid.IntRange(0, 6).Draw(t, "findings") {
			all = append(all, found(rapid.StringMatching(`[A-Z]{3}`).Draw(t, "id"), rapid.SampledFrom(m.PURLs()).Draw(t, "purl"),
				rapid.SampledFrom(append(bands, patch.SeverityUnknown)).Draw(t, "severity")))
		}
		before := len(all) + 1
		for _, threshold := range bands {
			v := dependency.Judge(m, dependency.Findings{Asked: m.PURLs(), List: all}, threshold)
			require.LessOrEqual(t, len(v.Lines), before)
			require.Equal(t, len(v.Lines) == 0, v.Outcome == compliance.CheckPass)
			before = len(v.Lines)
		}
	})
}

func TestLongVerdictsAreCutForPeople(t *testing.T) {
	m := parse(t, lock(entry("node_modules/a", "1.0.0"), entry("node_modules/b", "1.0.0"), entry("node_modules/c", "1.0.0")))
	v := dependency.Allow(m, dependency.Rules{}, noon)
	require.Len(t, v.Lines, 3, "each is named in the verdict")
	require.Equal(t, "a 1.0.0: "+dependency.Unlisted.Text(), v.Detail(3)[0])
	require.Equal(t, []string{"a 1.0.0: " + dependency.Unlisted.Text(), "and 2 more."}, v.Detail(2))
	require.Equal(t, []string{"3 packages were looked at."}, dependency.Verdict{Looked: 3}.Detail(2))
}

func TestEveryReasonHasItsOwnSentence(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range dependency.Reasons() {
		text := r.Text()
		require.False(t, seen[text], text)
		seen[text] = true
		require.NotContains(t, text, "in the way ("+string(r))
		require.True(t, strings.HasSuffix(text, ".") && strings.Count(text, ".") == 1 && unicode.IsUpper(rune(text[0])), text)
		require.LessOrEqual(t, len(text), 200)
	}
	require.Contains(t, dependency.Reason("from-the-future").Text(), "from-the-future")
}
