package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/osv"
	"github.com/lowcodex/countersign/integrations/osv/osvtest"
)

const lockOfLodash = `{"lockfileVersion":3,"packages":{"":{},"node_modules/lodash":{"version":"4.17.20"}}}`

const advisoryOfLodash = `{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"A flaw","publisher":{"name":"Example"},
	"tracking":{"id":"EX-1","status":"final","version":"1","initial_release_date":"2026-10-01T00:00:00Z","current_release_date":"2026-10-01T00:00:00Z"}},
	"product_tree":{"full_product_names":[{"name":"Lodash","product_id":"P","product_identification_helper":{"purl":"pkg:npm/lodash@4.17.20"}}]},
	"vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_affected":["P"]}}]}`

// registry is the capability before a database, with its activities.
func registry(t *testing.T) (*osvtest.Server, *activities.Vulnerabilities, *evidence.Blobs, *testsuite.TestActivityEnvironment) {
	t.Helper()
	db, err := osvtest.New()
	require.NoError(t, err)
	server := httptest.NewServer(db)
	t.Cleanup(func() {
		db.Close()
		server.Close()
	})
	client, err := osv.New(osv.Config{URL: server.URL, HTTP: httpcall.Config{Timeout: 5 * time.Second}})
	require.NoError(t, err)
	blobs, err := evidence.OpenBlobs(t.TempDir())
	require.NoError(t, err)
	v := &activities.Vulnerabilities{Source: client, Blobs: blobs}
	var s testsuite.WorkflowTestSuite
	env := s.NewTestActivityEnvironment()
	env.RegisterActivity(v)
	return db, v, blobs, env
}

func put(t *testing.T, blobs *evidence.Blobs, text string) string {
	t.Helper()
	digest, err := blobs.Put(t.Context(), []byte(text))
	require.NoError(t, err)
	return digest
}

func TestRequirement10_WhatIsKnownIsFoundAndStored(t *testing.T) {
	db, v, blobs, env := registry(t)
	db.Publish(osvtest.Vulnerability{ID: "GHSA-1", Package: "pkg:npm/lodash", Fixed: "4.17.21", Said: "HIGH"})
	in := activities.FindVulnerabilitiesInput{Name: "package-lock.json", Manifest: put(t, blobs, lockOfLodash), Advisories: []string{put(t, blobs, advisoryOfLodash), put(t, blobs, `{"no":"advisory"}`)}}
	find := func() (activities.FoundVulnerabilities, dependency.Findings) {
		val, err := env.ExecuteActivity(v.FindVulnerabilities, in)
		require.NoError(t, err)
		var out activities.FoundVulnerabilities
		require.NoError(t, val.Get(&out))
		raw, err := blobs.Get(t.Context(), out.Findings)
		require.NoError(t, err)
		var findings dependency.Findings
		require.NoError(t, json.Unmarshal(raw, &findings))
		return out, findings
	}
	out, findings := find()
	require.Equal(t, 1, out.Asked)
	require.Equal(t, 2, out.Known, "of the database, and of an advisory on record")
	m, err := dependency.Parse(in.Name, []byte(lockOfLodash))
	require.NoError(t, err)
	require.Equal(t, m.Digest, in.Manifest, "a verdict names the blob that was judged")
	require.Equal(t, compliance.CheckFail, dependency.Judge(m, findings, patch.High).Outcome)

	v.Source = nil // nobody is configured: what is on record still counts
	out, findings = find()
	require.Equal(t, dependency.NobodyAsked, out.Standing)
	require.Equal(t, compliance.CheckFail, dependency.Judge(m, findings, patch.High).Outcome)
	in.Advisories = nil
	_, findings = find()
	require.Equal(t, compliance.CheckNoData, dependency.Judge(m, findings, patch.High).Outcome)
}

func TestRequirement10_WhatCannotBeFoundOutIsAnError(t *testing.T) {
	db, v, blobs, env := registry(t)
	classes := func(in activities.FindVulnerabilitiesInput) (string, bool) {
		_, err := env.ExecuteActivity(v.FindVulnerabilities, in)
		var f *temporal.ApplicationError
		require.True(t, errors.As(err, &f), "%v", err)
		return f.Type(), f.NonRetryable()
	}
	class, final := classes(activities.FindVulnerabilitiesInput{Name: "x", Manifest: put(t, blobs, "no manifest")})
	require.Equal(t, string(compliance.Invalid), class)
	require.True(t, final)
	in := activities.FindVulnerabilitiesInput{Name: "x", Manifest: put(t, blobs, lockOfLodash)}
	db.Faults().Add(faults.Fault{Kind: faults.Status, Status: 503})
	class, final = classes(in)
	require.Equal(t, string(compliance.Unavailable), class)
	require.False(t, final, "it is tried again")
	in.Manifest = "sha256:" + "0123456789012345678901234567890123456789012345678901234567890123"
	class, _ = classes(in)
	require.Equal(t, string(compliance.Unavailable), class)
}

func TestRequirement10_AdvisoriesOnRecordAreListedOnce(t *testing.T) {
	log := evidencetest.New(t)
	digests := []string{put(t, log.Blobs(), "a"), put(t, log.Blobs(), "b"), put(t, log.Blobs(), "c")}
	record := func(key, subject, digest string) {
		facts, err := json.Marshal(map[string]string{})
		require.NoError(t, err)
		_, err = log.Append(context.Background(), []evidence.Event{{
			Key: key, Subject: subject, Type: "feed.read", Schema: 1, Facts: facts, At: time.Now().UTC(), Blobs: []evidence.BlobRef{{Role: "document", Digest: digest}, {Role: "rules", Digest: digests[0]}},
		}})
		require.NoError(t, err)
	}
	record("1", patch.AdvisedSubject, digests[1])
	record("2", patch.AdvisedSubject, digests[2])
	record("3", patch.AdvisedSubject, digests[1])
	record("4", patch.FeedSubject("vendor"), digests[0])
	record("5", patch.FeedSubject("other"), put(t, log.Blobs(), "d"))
	var s testsuite.WorkflowTestSuite
	env := s.NewTestActivityEnvironment()
	e := &activities.Evidence{Log: log, Blobs: log.Blobs(), Now: time.Now}
	env.RegisterActivity(e)
	val, err := env.ExecuteActivity(e.RecallAdvisories, activities.RecallAdvisoriesInput{Feeds: []string{"vendor", "unread"}})
	require.NoError(t, err)
	var out activities.RecalledAdvisories
	require.NoError(t, val.Get(&out))
	require.Equal(t, activities.RecalledAdvisories{Documents: []string{digests[0], digests[1], digests[2]}}, out)
}
