package osv_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/osv"
	"github.com/lowcodex/countersign/integrations/osv/osvtest"
)

const lodash420 = "pkg:npm/lodash@4.17.20"

// lodash is what OSV.dev says of it, shortened.
func lodash() osvtest.Vulnerability {
	return osvtest.Vulnerability{
		ID: "GHSA-35jh-r3h4-6jhm", Aliases: []string{"CVE-2021-23337"}, Summary: "Command Injection in lodash", Package: "pkg:npm/lodash", Fixed: "4.17.21",
		Vectors: []string{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}, Said: "HIGH",
	}
}

func at(t *testing.T, handler http.Handler) *osv.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := osv.New(osv.Config{URL: server.URL + "/v1/", HTTP: httpcall.Config{Timeout: 5 * time.Second, Limits: map[string]httpcall.Limit{}}})
	require.NoError(t, err)
	return c
}

func database(t *testing.T, known ...osvtest.Vulnerability) (*osvtest.Server, *osv.Client) {
	t.Helper()
	s, err := osvtest.New()
	require.NoError(t, err)
	t.Cleanup(s.Close)
	for _, v := range known {
		s.Publish(v)
	}
	return s, at(t, s)
}

func TestRequirement10_WhatIsKnownOfPackagesIsFound(t *testing.T) {
	gone := osvtest.Vulnerability{ID: "GHSA-gone", Package: "pkg:npm/%40a/b", Withdrawn: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Said: "CRITICAL"}
	lost := osvtest.Vulnerability{ID: "GHSA-lost", Package: "pkg:npm/ms", Lost: true}
	s, c := database(t, lodash(), gone, lost, osvtest.Vulnerability{ID: "PYSEC-1", Package: "pkg:pypi/pyyaml", Fixed: "5.4", Vectors: []string{"AV:N/AC:L/Au:N/C:P/I:P/A:P"}})
	found, err := c.Find(t.Context(), []string{lodash420, "pkg:npm/lodash@4.17.21", lodash420, "pkg:npm/%40a/b@1.0.0", "pkg:npm/ms@2.1.3", "pkg:generic/own@1", "pkg:pypi/pyyaml@5.3.0"})
	require.NoError(t, err)
	require.Equal(t, []string{"pkg:npm/%40a/b@1.0.0", lodash420, "pkg:npm/lodash@4.17.21", "pkg:npm/ms@2.1.3", "pkg:pypi/pyyaml@5.3.0"}, found.Asked, "each once, and none without an ecosystem")
	require.Equal(t, found.Asked, s.Asked())
	require.Equal(t, osv.Provider, found.Source)
	require.NotZero(t, found.At)
	require.Equal(t, []dependency.Finding{
		{ID: "GHSA-35jh-r3h4-6jhm", Aliases: []string{"CVE-2021-23337"}, PURL: lodash420, Severity: patch.High, Score: 7.2, Summary: "Command Injection in lodash", Fixed: []string{"4.17.21"}, Source: osv.Provider},
		{ID: "GHSA-gone", PURL: "pkg:npm/%40a/b@1.0.0", Severity: patch.Critical, Summary: "A flaw", Source: osv.Provider, Withdrawn: gone.Withdrawn},
		{ID: "GHSA-lost", PURL: "pkg:npm/ms@2.1.3", Severity: patch.SeverityUnknown, Source: osv.Provider},
		{ID: "PYSEC-1", PURL: "pkg:pypi/pyyaml@5.3.0", Severity: patch.High, Score: 7.5, Summary: "A flaw", Fixed: []string{"5.4"}, Source: osv.Provider},
	}, found.List)
}

// A long answer comes in pages, and a manifest of many packages in several questions.
func TestRequirement10_PagesAndBatchesLoseNothing(t *testing.T) {
	var known []osvtest.Vulnerability
	for i := range 7 {
		known = append(known, osvtest.Vulnerability{ID: fmt.Sprintf("GHSA-%d", i), Package: "pkg:npm/lodash", Said: "LOW"})
	}
	s, c := database(t, append(known, osvtest.Vulnerability{ID: "GHSA-last", Package: "pkg:npm/p1999", Said: "LOW"})...)
	s.PageSize = 3
	purls := []string{lodash420}
	for i := range 2000 {
		purls = append(purls, fmt.Sprintf("pkg:npm/p%d@1.0.0", i))
	}
	found, err := c.Find(t.Context(), purls)
	require.NoError(t, err)
	require.Len(t, found.Asked, 2001)
	require.Len(t, found.List, 8)
	require.Len(t, s.Asked(), 2001+2, "only what goes on is asked again")
}

func TestRequirement10_NothingIsAskedAboutNothing(t *testing.T) {
	s, c := database(t)
	found, err := c.Find(t.Context(), []string{"pkg:generic/own@1"})
	require.NoError(t, err)
	require.Empty(t, found.Asked)
	require.Empty(t, s.Asked())
}

// An answer that is whole and cannot be true is no answer: nothing may pass by it.
func TestRequirement10_AnswersThatCannotBeTrueAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ batch, vuln, says string }{
		"too few":        {`{"results":[]}`, `{}`, "1 packages were asked about and 0 answered"},
		"too many":       {`{"results":[{},{}]}`, `{}`, "and 2 answered"},
		"no results":     {`{}`, `{}`, "0 answered"},
		"another form":   {`{"results":"none"}`, `{}`, "could not be understood"},
		"no id":          {`{"results":[{"vulns":[{}]}]}`, `{}`, "no usable id"},
		"a path as id":   {`{"results":[{"vulns":[{"id":"../x"}]}]}`, `{}`, "no usable id"},
		"without end":    {`{"results":[{"next_page_token":"again"}]}`, `{}`, "pages"},
		"another record": {`{"results":[{"vulns":[{"id":"A"}]}]}`, `{"id":"B"}`, "another vulnerability"},
		"broken record":  {`{"results":[{"vulns":[{"id":"A"}]}]}`, `{"id":"A","severity":{}}`, "could not be understood"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := at(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				answer := c.vuln
				if r.Method == http.MethodPost {
					answer = c.batch
				}
				_, _ = w.Write([]byte(answer))
			})).Find(t.Context(), []string{lodash420})
			require.ErrorContains(t, err, c.says)
			require.Equal(t, compliance.Unavailable, compliance.ClassOf(err))
		})
	}
}

func TestTheAddressIsCheckedAtTheStart(t *testing.T) {
	for _, url := range []string{"", "api.osv.dev", "ftp://api.osv.dev", "https://user:pass@api.osv.dev", "https://%zz"} {
		_, err := osv.New(osv.Config{URL: url})
		require.ErrorContains(t, err, "COUNTERSIGN_OSV_URL", url)
		require.NotContains(t, err.Error(), "pass@")
	}
	_, err := osv.New(osv.Config{URL: osv.PublicURL})
	require.NoError(t, err)
}

func TestCheckupAsksAboutWhatIsKnown(t *testing.T) {
	s, c := database(t, lodash())
	checks := c.Checkup(t.Context())
	require.Len(t, checks, 2)
	require.Equal(t, checkup.OK, checks[0].Result)
	require.Equal(t, "clock", checks[1].Item)
	s.Faults().Add(faults.Fault{Kind: faults.Status, Status: http.StatusNotFound})
	require.Equal(t, checkup.Mend, c.Checkup(t.Context())[0].Result)
	s.Faults().Add(faults.Fault{Kind: faults.HTML})
	require.Equal(t, checkup.ElsewhereAPI, c.Checkup(t.Context())[0].Reason)
	_, empty := database(t)
	require.Equal(t, checkup.Different, empty.Checkup(t.Context())[1].Reason)
}

// The stand-in refuses what the service refuses, as its description has it.
func TestTheStandInHoldsTheRules(t *testing.T) {
	s, err := osvtest.New()
	require.NoError(t, err)
	t.Cleanup(s.Close)
	s.Publish(lodash())
	ask := func(body string) (int, map[string]any) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/querybatch", strings.NewReader(body)))
		var out map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
		return w.Code, out
	}
	status, out := ask(`{"queries":[{"package":{"purl":"` + lodash420 + `"}},{"package":{"purl":"pkg:npm/lodash"},"version":"4.17.21"}]}`)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, out["results"], 2)
	for name, body := range map[string]string{
		"two versions":           `{"queries":[{"package":{"purl":"` + lodash420 + `"},"version":"4.17.20"}]}`,
		"name beside it":         `{"queries":[{"package":{"purl":"` + lodash420 + `","name":"lodash"}}]}`,
		"no package URL":         `{"queries":[{"package":{"purl":"lodash@4.17.20"}}]}`,
		"no ecosystem":           `{"queries":[{"package":{"purl":"pkg:generic/a@1"}}]}`,
		"an unknown page":        `{"queries":[{"package":{"purl":"` + lodash420 + `"},"page_token":"x"}]}`,
		"an unknown field":       `{"queries":[{"purl":"` + lodash420 + `"}]}`,
		"another form":           `{"queries":"` + lodash420 + `"}`,
		"more than 1000 at once": `{"queries":[` + strings.TrimSuffix(strings.Repeat(`{"package":{"purl":"`+lodash420+`"}},`, 1001), ",") + `]}`,
	} {
		status, out := ask(body)
		require.Equal(t, http.StatusBadRequest, status, name)
		require.EqualValues(t, 3, out["code"], name)
	}
}
