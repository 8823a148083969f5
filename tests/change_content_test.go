package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// What a ticket says and holds while it is reviewed: a renamed title and a
// shorter estimate keep the vote that was given, another file voids it, and what
// was attached is what is carried out (C11, C12, C14).
func TestChange_EditsAndAttachments(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	me := w.Jira("jonas")
	made, err := w.Site.Jira.CreateIssue(me, harness.Ticket(map[string]string{"title": "Attached"}))
	require.NoError(t, err)
	_, err = w.Site.Jira.Attach(me, made.Key, "results.xml", []byte(`<testsuite tests="1"/>`))
	require.NoError(t, err)
	require.NoError(t, w.Site.Jira.Transition(me, made.Key, "Submitted"))
	card := w.Card("Attached", harness.Offers("approve"))
	require.Contains(t, card.Shown(), "results.xml (22 bytes, SHA-256 ")
	w.Do("bruno", card, "approve", nil)

	// Chidi opens the form, and then the ticket is edited.
	opened, err := w.Site.Slack.Press(w.Slack("chidi"), card.Channel, card.TS, "approve")
	require.NoError(t, err)
	require.NoError(t, w.Site.Jira.EditIssue(me, made.Key, map[string]string{"title": "Attached, renamed", "duration": "10m"}))
	w.Comment(made.Key, "version 1 was edited: duration: 30m0s → 10m0s; title changed")
	w.Card("Attached, renamed", harness.Says("version 1"))
	answer, err := w.Site.Slack.Submit(w.Slack("chidi"), opened, harness.Filled(opened, nil))
	require.NoError(t, err)
	require.Empty(t, answer.Errors, "a card opened before the window was narrowed still decides")
	card = w.Card("Attached, renamed", harness.Says("level 2 of 2"))

	// Another file is another content.
	_, err = w.Site.Jira.Attach(me, made.Key, "more.xml", []byte(`<testsuite tests="2"/>`))
	require.NoError(t, err)
	card = w.Card("Attached, renamed", harness.Says("version 2"))
	require.Contains(t, card.Shown(), "more.xml (22 bytes")
	require.Contains(t, card.Shown(), "Changed since version 1")
	w.Do("jonas", card, "withdraw", map[string]string{"reason": "Next quarter"})
	w.Status(made.Key, "withdrawn")
	w.Over(made)
	require.Equal(t, []string{"received", "submitted", "decided", "edited", "decided", "voided", "submitted", "withdrawn"}, w.Records(made))
	w.RecordHistory(change.WorkflowID("example", made.ID), "edited-and-attached")
	require.Empty(t, w.Verify().Findings)
}
