package tests

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// A vendor's document that is overdue blocks a change that touches the vendor:
// approvers read it on their card, the requester in the ticket, the start is
// refused and waits, on record; once the document is accepted it starts (A9).
// What people do wrong on the way is answered where they did it, and on record.
func TestA9_OverdueDocumentBlocksAChange(t *testing.T) {
	t.Parallel()
	w := newAssured(t, -3)
	s := w.standing(func(s process.Standing) bool { return s.Rung != "" })
	require.Len(t, s.Conditions, 1)
	const said = "soc2 of acme was needed by"

	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Blocked", "risk": "low"}))
	card := w.Card("Blocked", harness.Says(said))
	w.Comment(issue.Key, said)
	w.Do("bruno", card, "approve", nil)
	card = w.Card("Blocked", harness.Offers("start"))
	refused := w.Try("goran", card, "start", nil)
	require.Contains(t, errorText(refused), "lacks a document")
	require.Contains(t, errorText(refused), said)
	require.Equal(t, "refused", last(w.Records(issue)))

	// A day that does not exist: the form marks the field, and the card says who tried.
	overdue := w.card(harness.Offers("receive"))
	impossible := w.Try("bruno", overdue, "receive", map[string]string{"from": "2026-02-30", "to": "2027-02-28", "document": "vault://acme", "kind": "renewal"})
	require.Equal(t, certification.UnreadableDate.Text(), errorText(impossible))
	w.card(harness.Says("Refused to receive (unreadable date)"))
	// Somebody whom the directory does not know.
	w.Site.Slack.AddUser(slacktest.User{ID: "U99STRANGER", Name: "Stranger"})
	require.NoError(t, w.Site.Slack.Join(w.Channel("vendors"), "U99STRANGER"))
	view, err := w.Site.Slack.Press("U99STRANGER", overdue.Channel, overdue.TS, "request")
	require.NoError(t, err)
	unlinked, err := w.Site.Slack.Submit("U99STRANGER", view, harness.Filled(view, nil))
	require.NoError(t, err)
	require.Equal(t, certification.UnknownPerson.Text(), errorText(unlinked))

	// The form of a review that was opened before another document came.
	w.Do("bruno", w.card(harness.Offers("receive")), "receive", map[string]string{
		"from": w.today.Add(-10).String(), "to": w.today.Add(200).String(), "document": "vault://draft", "kind": "renewal",
	})
	stale := w.Press("alice", w.card(harness.Offers("review")), "review")
	w.Do("alice", w.card(harness.Offers("review")), "review", nil)
	w.Do("alice", w.card(harness.Offers("return")), "return", map[string]string{"reason": "It is a draft"})
	w.Do("bruno", w.card(harness.Offers("receive")), "receive", map[string]string{
		"from": w.today.Add(-10).String(), "to": w.today.Add(355).String(), "document": "vault://final", "kind": "renewal",
	})
	late, err := w.Site.Slack.Submit(w.Slack("alice"), stale, harness.Filled(stale, nil))
	require.NoError(t, err)
	require.Equal(t, certification.StaleDocument.Text(), errorText(late))
	w.Do("alice", w.card(harness.Offers("review")), "review", nil)
	require.Equal(t, certification.IsReceiver.Text(), errorText(w.Try("bruno", w.card(harness.Offers("accept")), "accept", nil)))
	w.RecordHistory(acme, "certification-overdue-and-refusals")
	w.Do("alice", w.card(harness.Offers("accept")), "accept", nil)
	w.is(certification.Valid, 1)
	require.Len(t, w.keys("refused"), 4)
	w.RecordHistory(acme, "certification-continued-as-new")
	w.recordPass("certification-pass")

	w.Do("goran", w.Card("Blocked", harness.Offers("start")), "start", nil)
	card = w.Card("Blocked", harness.Offers("finish"))
	w.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "Checked by hand, all is well"})
	w.Over(issue)
	require.Equal(t, []string{"received", "submitted", "decided", "approved", "refused", "started", "finished", "closed"}, w.Records(issue))
	entries, err := w.Reader().Records(context.Background(), "change/example/"+issue.ID)
	require.NoError(t, err)
	for i, want := range map[int]int{1: 1, 4: 1, 5: 0} {
		require.Len(t, factsOf[change.ActFacts](t, entries[i]).Conditions, want, "record %d", i)
	}
	require.Empty(t, w.Verify().Findings)
}

// recordPass keeps the history of the newest pass over the policy's artefacts.
func (w *assured) recordPass(name string) {
	w.T.Helper()
	list, err := w.Client.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: "WorkflowType = '" + process.TrackType + "'",
	})
	require.NoError(w.T, err)
	require.NotEmpty(w.T, list.GetExecutions())
	w.RecordHistory(list.GetExecutions()[0].GetExecution().GetWorkflowId(), name)
}

// What the policy gains is tracked by the next pass; a tracker that the policy
// names and that was ended is a condition of its own until then (A9, A15).
func TestA15_PolicyArtefactsAreTracked(t *testing.T) {
	t.Parallel()
	today := certification.DateOf(time.Now().UTC())
	w := &assured{World: harness.NewWorld(t, harness.WorldOptions{Artefacts: owes(today, 300)}), today: today}
	stop := w.Run(app.RoleAll)
	w.is(certification.Missing, 1)
	path := filepath.Join(w.Policy, "rules", "artefacts.yaml")
	more := owes(today, 300) + "      - {id: pen-test, class: soc2, title: Penetration test letter}\n"
	require.NoError(t, os.WriteFile(path, []byte(more), 0o600))
	require.NoError(t, w.Client.TerminateWorkflow(context.Background(), acme, "", "an operator's mistake"))

	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Untracked", "risk": "low"}))
	w.Card("Untracked", harness.Says("soc2 of acme is wanted by the policy and not tracked yet"))
	w.Comment(issue.Key, "not tracked yet")

	stop()
	w.Run(app.RoleAll) // every start is a pass
	w.standingOf("certification/acme/pen-test", func(s process.Standing) bool { return s.Number == "CER-2" })
	require.Eventually(t, func() bool { return len(w.keys("tracked")) == 2 }, harness.StoryWithin, 50*time.Millisecond)
	s := w.standing(func(s process.Standing) bool { return s.LastIndex > 1 })
	require.Equal(t, "CER-1", s.Number, "the number stays the artefact's")
	require.False(t, strings.Contains(w.Log.String(), "panic"))
}
