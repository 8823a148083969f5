package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// An incident is declared, whoever is on call is paged, acknowledges, resolves;
// the review names root cause and change, its ticket exists, somebody else
// closes it, and each step is on record (I1, I3, I5, I8, I27).
func TestI1_DeclaredPagedAcknowledgedResolvedReviewedClosed(t *testing.T) {
	w := newWorld(t)
	w.linked()
	var replies []compliance.Reply
	keep := func(r compliance.Reply) { replies = append(replies, r) }
	w.At(2*time.Minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, keep) })
	w.At(10*time.Minute, func() { w.act("bruno", rules.ActionUpdate, map[string]string{"note": "Restarting the flows"}, keep) })
	w.At(20*time.Minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, keep) })
	w.At(time.Hour, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries\nAlert on retries"}, keep)
	})
	w.At(2*time.Hour, func() { w.act("bruno", rules.ActionClose, map[string]string{"statement": "yes"}, keep) })
	w.At(3*time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, keep) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())

	require.Len(t, w.pager.calls(), 1, "one page")
	require.Len(t, replies, 6)
	for i, r := range replies {
		want := compliance.Recorded
		if i == 4 {
			want = compliance.Declined
			require.Equal(t, string(rules.IsReviewer), r.Reason)
		}
		require.Equal(t, want, r.Outcome, "reply %d: %s", i, r.Text)
	}
	require.Equal(t, []string{"received", "paging", "paged", "acknowledged", "updated", "resolved", "reviewed", "refused", "closed", "action_done", "action_done"}, w.records())
	require.Equal(t, []string{"triggered", "acknowledged", "resolved", "reviewed", "closed"}, w.tracker.Statuses("1"))
	require.Len(t, w.tracker.Opened(), 3, "the incident's ticket and two things to be done")
	require.Equal(t, "INC-1 · Orders hang", w.Surface.Last().Title)
	require.Equal(t, "Closed", w.Surface.Last().Status)
	require.Empty(t, w.Surface.Last().Actions)
	require.Len(t, w.Surface.Posts(), 1, "one card")
	evidencetest.Check(t, w.Log)
}
