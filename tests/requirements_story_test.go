package tests

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// Each of the three attestations is on record with who gave it, when, the text
// that was shown and the digest of the content it is about; the content itself
// is kept under a digest beside the log. Requirement 4. (C18, E2)
func TestRequirement4_AttestationsAreOnRecord(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	began := time.Now().Add(-time.Second)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Attested", "risk": "low"}))
	w.Do("bruno", w.Card("Attested", harness.Offers("approve")), "approve", nil)
	w.Card("Attested", harness.Offers("start"))
	stop()

	submitted := firstRecord(t, w, issue, rules.EventSubmitted)
	var content rules.SubmittedFacts
	require.NoError(t, json.Unmarshal(submitted.Facts, &content))
	at := slices.IndexFunc(submitted.Blobs, func(b evidence.BlobRef) bool { return b.Role == "content" })
	require.GreaterOrEqual(t, at, 0, "the content is kept")
	kept, err := w.Reader().Blobs().Get(t.Context(), submitted.Blobs[at].Digest)
	require.NoError(t, err)
	require.Contains(t, string(kept), "Import the former package", "the rollback plan that was attested")

	decided := firstRecord(t, w, issue, rules.EventDecided)
	var act rules.ActFacts
	require.NoError(t, json.Unmarshal(decided.Facts, &act))
	require.Equal(t, content.Hash, act.Hash, "what was seen is what was submitted")
	require.Equal(t, "p-bruno", decided.Actor.Person)
	require.WithinRange(t, decided.At, began, time.Now())
	snapshot, err := w.Reader().Blobs().Get(t.Context(), decided.Actor.Snapshot)
	require.NoError(t, err)
	require.Contains(t, string(snapshot), "Bruno Keller", "the name as of then")
	require.Len(t, act.Attested, 3)
	for i, a := range rules.Attestations() {
		require.Equal(t, a.Name, act.Attested[i].Name)
		require.Contains(t, act.Attested[i].Text, a.Text, "the text as it was shown, with the label of its box")
		require.Equal(t, rules.Yes, act.Attested[i].Answer)
	}
	require.Empty(t, w.Verify().Findings)
}

// An approval belongs to one ticket and one revision of its content: an edit of
// what it was given for voids it. Requirement 5. (C11)
func TestRequirement5_ApprovalsAreBoundToTheTicketsContent(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Bound"}))
	w.Do("bruno", w.Card("Bound", harness.Offers("approve")), "approve", nil)
	w.Card("Bound", harness.Says("1 of 2 approvals"))
	require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), issue.Key, map[string]string{"plan": "1. Import another package"}))
	w.Card("Bound", harness.Says("version 2"))
	again := w.Card("Bound", harness.Says("0 of 2 approvals"))
	w.Do("chidi", again, "approve", nil)
	w.Card("Bound", harness.Says("1 of 2 approvals"))
	stop()

	var received rules.ReceivedFacts
	require.NoError(t, json.Unmarshal(firstRecord(t, w, issue, rules.EventReceived).Facts, &received))
	require.Equal(t, issue.Key, received.Key)
	require.Equal(t, issue.ID, received.TicketID)
	var voided rules.MovedFacts
	require.NoError(t, json.Unmarshal(firstRecord(t, w, issue, rules.EventVoided).Facts, &voided))
	require.Equal(t, rules.ContentChanged, voided.Reason)
	require.Len(t, voided.Changes, 1)
	require.Equal(t, "plan", voided.Changes[0].Name)
	var versions []rules.SubmittedFacts
	for _, r := range recordsOf(t, w, issue) {
		if r.Type == rules.EventSubmitted {
			var v rules.SubmittedFacts
			require.NoError(t, json.Unmarshal(r.Facts, &v))
			versions = append(versions, v)
		}
	}
	require.Len(t, versions, 2)
	require.NotEqual(t, versions[0].Hash, versions[1].Hash)
	require.NotEmpty(t, versions[0].Revision)
	require.NotEqual(t, versions[0].Revision, versions[1].Revision, "the ticket's own revision")
}

// firstRecord is the first record of a type about a ticket's change.
func firstRecord(t *testing.T, w *harness.World, issue jiratest.Issue, kind string) evidence.Record {
	t.Helper()
	all := recordsOf(t, w, issue)
	at := slices.IndexFunc(all, func(r evidence.Record) bool { return r.Type == kind })
	require.GreaterOrEqual(t, at, 0, kind)
	return all[at]
}

func recordsOf(t *testing.T, w *harness.World, issue jiratest.Issue) []evidence.Record {
	t.Helper()
	entries, err := w.Reader().Records(t.Context(), change.WorkflowID("example", issue.ID))
	require.NoError(t, err)
	out := make([]evidence.Record, len(entries))
	for i, e := range entries {
		out[i] = e.Record
	}
	return out
}
