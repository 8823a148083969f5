package patch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

func advisoryFile(t require.TestingT, id string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", "csaf", id+".json"))
	require.NoError(t, err)
	return data
}

func TestEveryRealAdvisoryIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/csaf/*.json")
	require.NoError(t, err)
	require.Len(t, files, 21)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		a, err := patch.ParseAdvisory(data)
		require.NoError(t, err, file)
		require.Equal(t, strings.ToUpper(strings.TrimSuffix(filepath.Base(file), ".json")), a.ID)
		require.Equal(t, "CISA", a.Publisher)
		require.NotEmpty(t, a.CVEs)
		require.NotEqual(t, patch.SeverityUnknown, a.Class)
		require.False(t, a.Updated.Before(a.Published))
		require.NotEmpty(t, a.Products)
		remedied := map[string]bool{}
		for _, f := range a.Fixes {
			remedied[f.ProductID] = true
			require.NotEmpty(t, f.Text)
		}
		for _, f := range a.Unfixed {
			remedied[f.ProductID] = true
		}
		for _, p := range a.Products {
			require.True(t, p.Affected, "%s %s", a.ID, p.ID)
			require.Equal(t, "Siemens", p.Vendor)
			require.True(t, remedied[p.ID], "%s: %s has neither a fix nor a word that there is none", a.ID, p.Name)
		}
		require.Equal(t, patch.Evidence{Kind: patch.Published, At: a.Published, Source: a.ID + " v" + a.Revision}, a.Evidence())
	}
}

func TestAnAdvisoryInFull(t *testing.T) {
	a, err := patch.ParseAdvisory(advisoryFile(t, "icsa-24-193-08"))
	require.NoError(t, err)
	require.Len(t, a.Fixes, 1)
	require.Equal(t, patch.Advisory{
		ID: "ICSA-24-193-08", Title: "Siemens Mendix Encryption Module", Publisher: "CISA", Revision: "1",
		Published: date(2024, time.July, 9), Updated: date(2024, time.July, 9),
		Class: patch.High, CVEs: []string{"CVE-2024-39888"},
		Products: []patch.Product{{ID: "CSAFPID-0001", Vendor: "Siemens", Name: "Mendix Encryption", Range: ">=V10.0.0<V10.0.2", Affected: true}},
		Fixes: []patch.Fix{{
			Vulnerability: "CVE-2024-39888", ProductID: "CSAFPID-0001", Version: "V10.0.2", From: patch.FromRemediation,
			Text: "Update to V10.0.2 or later version",
		}},
	}, a)
	require.Equal(t, "CSAFPID-0001 from V10.0.2", a.Fixes[0].String())
}

func TestFixedVersionsAsTheDocumentsSayThem(t *testing.T) {
	for id, want := range map[string]map[string]string{
		"icsa-21-110-07": {"CSAFPID-0001": "V7.23.19", "CSAFPID-0003": "V8.6.9", "CSAFPID-0004": "V8.12.5"}, // "and preferably the latest V8.18"
		"icsa-21-315-04": {"CSAFPID-0003": "V9.6.1"},                                                        // "to V9.6.1 or V9.7.0 or later"
		"icsa-22-069-13": {"CSAFPID-0001": "V7.23.29", "CSAFPID-0003": ""},                                  // a setting, "to True"
		"icsa-23-075-05": {"CSAFPID-0001": "V1.17.3", "CSAFPID-0002": "V2.3.0"},
		"icsa-23-103-08": {"CSAFPID-0003": "V17 Update 6", "CSAFPID-0004": "V18 Update 1"},
		"icsa-23-285-11": {"1": "V3.7.3", "3": "V5.4.0", "4": "V5.4.0"},
	} {
		a, err := patch.ParseAdvisory(advisoryFile(t, id))
		require.NoError(t, err)
		for product, version := range want {
			found := false
			for _, f := range a.Fixes {
				if f.ProductID == product {
					found = true
					require.Equal(t, version, f.Version, "%s %s: %s", id, product, f.Text)
				}
			}
			require.True(t, found, "%s %s", id, product)
		}
	}
	doubtful, err := patch.ParseAdvisory(advisoryFile(t, "icsa-23-075-05"))
	require.NoError(t, err)
	require.True(t, doubtful.Fixes[0].Doubt, "affected < 1.17.2, and yet update to 1.17.3")
	open, err := patch.ParseAdvisory(advisoryFile(t, "icsa-23-103-08"))
	require.NoError(t, err)
	require.Len(t, open.Unfixed, 2)
	require.False(t, open.Unfixed[0].Planned)
	require.True(t, open.Unfixed[1].Planned)
	interim, err := patch.ParseAdvisory(advisoryFile(t, "icsa-23-285-11"))
	require.NoError(t, err)
	require.True(t, interim.Interim)
}

func TestAdvisoriesThatAreRefused(t *testing.T) {
	good := string(advisoryFile(t, "icsa-24-193-08"))
	for name, c := range map[string]struct{ from, to, says string }{
		"a draft":               {`"status": "final"`, `"status": "draft"`, "only final and interim"},
		"another version":       {`"csaf_version": "2.0"`, `"csaf_version": "1.0"`, "only 2.0"},
		"another category":      {"csaf_security_advisory", "csaf_vex", "only csaf_security_advisory"},
		"no id":                 {`"id": "ICSA-24-193-08"`, `"id": ""`, "tracking id"},
		"no title":              {`"title": "Siemens Mendix Encryption Module"`, `"title": " "`, "title is empty"},
		"no such day":           {`"initial_release_date": "2024-07-09`, `"initial_release_date": "2024-13-09`, "initial_release_date"},
		"from another age":      {`"initial_release_date": "2024`, `"initial_release_date": "0024`, "initial_release_date"},
		"updated before issued": {`"current_release_date": "2024`, `"current_release_date": "2023`, "is before"},
		"no CVE":                {`"cve": "CVE-2024-39888"`, `"cve": "CVE-24-1"`, "is no CVE"},
		"an undefined product":  {`"known_affected": [` + "\n          \"CSAFPID-0001\"", `"known_affected": ["CSAFPID-0009"`, "not defined"},
		"fixed and affected":    {`"product_status": {`, `"product_status": {"fixed": ["CSAFPID-0001"],`, "both"},
		"an unknown state":      {`"known_affected"`, `"mostly_affected"`, "unknown"},
		"an unknown remedy":     {`"vendor_fix"`, `"prayer"`, "remediation category"},
		"a name twice":          {`"cve":`, `"CVE": "CVE-2000-0001", "cve":`, "occurs twice"},
		"another type":          {`"cve": "CVE-2024-39888"`, `"cve": 5`, "not in the form"},
		"no vulnerability":      {`"vulnerabilities": [`, `"vulnerabilities": [], "was": [`, "no vulnerability"},
		"no product":            {`"product_tree"`, `"product_bush"`, "no product"},
		"cut off":               {good[len(good)-100:], "", "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, good, c.from)
			a, err := patch.ParseAdvisory([]byte(strings.Replace(good, c.from, c.to, 1)))
			var rejected *patch.DocumentError
			require.ErrorAs(t, err, &rejected)
			require.Contains(t, err.Error(), c.says)
			require.Zero(t, a)
			require.LessOrEqual(t, len(rejected.Defects), 20)
		})
	}
	_, err := patch.ParseAdvisory([]byte(good + "x"))
	require.Error(t, err)
}

func TestOtherFormsOfAnAdvisory(t *testing.T) {
	doc := map[string]any{
		"document": map[string]any{
			"category": "csaf_security_advisory", "csaf_version": "2.0", "title": "T", "publisher": map[string]any{"name": "V"},
			"aggregate_severity": map[string]any{"text": "Important"},
			"tracking": map[string]any{
				"id": "V-1", "status": "final", "version": "1.0.1",
				"initial_release_date": "2026-01-02T03:04:05+02:00", "current_release_date": "2026-01-03T00:00:00Z",
			},
		},
		"product_tree": map[string]any{
			"full_product_names": []any{map[string]any{"name": "App 1", "product_id": "a1"}, map[string]any{"name": "App 2", "product_id": "a2"}},
			"product_groups":     []any{map[string]any{"group_id": "g", "product_ids": []any{"a1", "a2"}}},
		},
		"vulnerabilities": []any{map[string]any{
			"ids":            []any{map[string]any{"text": "BUG-9", "system_name": "bugs"}},
			"product_status": map[string]any{"known_affected": []any{"a1"}, "fixed": []any{"a2"}},
			"remediations":   []any{map[string]any{"category": "workaround", "details": "Turn it off", "group_ids": []any{"g"}, "product_ids": []any{"a1"}}},
		}},
	}
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	a, err := patch.ParseAdvisory(data)
	require.NoError(t, err)
	require.Equal(t, patch.High, a.Class, "a publisher's own word")
	require.Empty(t, a.CVEs)
	require.Equal(t, time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC), a.Published)
	require.Equal(t, []patch.Measures{{"BUG-9", []string{"a1", "a2"}, "Turn it off"}}, a.Advice)
	require.Equal(t, []patch.Fix{{Vulnerability: "BUG-9", ProductID: "a2", From: patch.FromStatus, Text: "App 2"}}, a.Fixes)
}

func FuzzParseAdvisory(f *testing.F) {
	f.Add(advisoryFile(f, "icsa-24-193-08"))
	f.Add(advisoryFile(f, "icsa-23-103-08"))
	f.Add([]byte(`{"document":{},"product_tree":{"branches":[{"branches":[]}]},"vulnerabilities":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := patch.ParseAdvisory(data)
		if err != nil {
			var rejected *patch.DocumentError
			require.ErrorAs(t, err, &rejected)
			require.Zero(t, a)
			return
		}
		require.NotEmpty(t, a.ID)
		require.False(t, a.Published.IsZero())
		known := map[string]bool{}
		for _, p := range a.Products {
			require.False(t, known[p.ID])
			known[p.ID] = true
		}
		for _, x := range a.Fixes {
			require.True(t, known[x.ProductID])
		}
	})
}
