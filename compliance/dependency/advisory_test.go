package dependency_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
)

// csaf is an advisory about a package in a range of versions, as a publisher writes it.
func csaf(t *testing.T, purl, within string) patch.Advisory {
	t.Helper()
	a, err := patch.ParseAdvisory([]byte(fmt.Sprintf(`{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"A flaw","publisher":{"name":"Example"},
		"aggregate_severity":{"text":"Important"},
		"tracking":{"id":"EX-1","status":"final","version":"1","initial_release_date":"2026-10-01T00:00:00Z","current_release_date":"2026-10-01T00:00:00Z"}},
		"product_tree":{"branches":[{"category":"product_version_range","name":%q,"product":{"name":"Lodash","product_id":"P","product_identification_helper":{"purl":%q}}}]},
		"vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_affected":["P"]},
			"remediations":[{"category":"vendor_fix","details":"Update to 4.17.21","product_ids":["P"]}]}]}`, within, purl)))
	require.NoError(t, err)
	return a
}

func TestRequirement10_AdvisoriesMatchByPackageAndRange(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20"), entry("node_modules/ms", "2.1.3")))
	for _, c := range []struct {
		purl, within string
		found        bool
	}{
		{"pkg:npm/lodash", "vers:npm/<4.17.21", true},
		{"pkg:npm/lodash", "vers:npm/<4.17.20", false},
		{"pkg:npm/lodash", "vers:npm/>=1.0.0|<2.0.0|>=4.0.0|<4.17.21", true},
		{"pkg:npm/lodash", "vers:npm/>=1.0.0|<2.0.0|>=4.17.21", false},
		{"pkg:npm/lodash", "vers:npm/4.17.19|4.17.20", true},
		{"pkg:npm/lodash", "vers:npm/*", true},
		{"pkg:npm/lodash", "< 4.17.21", true},
		{"pkg:npm/lodash", "all before the summer release", true}, // what cannot be read covers everything
		{"pkg:npm/lodash@4.17.20", "x", true},
		{"pkg:npm/lodash@4.17.19", "x", false},
		{"pkg:npm/lodash-es", "vers:npm/*", false},
		{"pkg:pypi/lodash", "vers:pypi/*", false},
		{"", "vers:npm/*", false},
		{"lodash", "vers:npm/*", false},
	} {
		found := dependency.Match(m, []patch.Advisory{csaf(t, c.purl, c.within)})
		require.Equal(t, c.found, len(found) == 1, "%s %s: %+v", c.purl, c.within, found)
		if c.found {
			require.Equal(t, dependency.Finding{
				ID: "EX-1", Aliases: []string{"CVE-2026-0001"}, PURL: lodash420, Severity: patch.High, Summary: "A flaw", Fixed: []string{"4.17.21"}, Source: "Example",
			}, found[0])
		}
	}
}

const lodash420 = "pkg:npm/lodash@4.17.20"

func TestRequirement10_TheLatestRevisionOfAnAdvisoryCounts(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20")))
	old, corrected := csaf(t, "pkg:npm/lodash", "vers:npm/*"), csaf(t, "pkg:npm/lodash", "vers:npm/<4.17.0")
	corrected.Updated = old.Updated.Add(time.Hour)
	require.Empty(t, dependency.Match(m, []patch.Advisory{old, corrected}))
	require.Empty(t, dependency.Match(m, []patch.Advisory{corrected, old}))
	require.Len(t, dependency.Match(m, []patch.Advisory{old, old}), 1, "once")
}

func TestRequirement10_APreReleaseIsAsAffectedAsItsRelease(t *testing.T) {
	m := parse(t, lock(entry("node_modules/lodash", "4.17.20-rc.1")))
	require.Len(t, dependency.Match(m, []patch.Advisory{csaf(t, "pkg:npm/lodash", "vers:npm/<4.17.21")}), 1)
}
