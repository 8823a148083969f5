package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// One change is put on hold in review, goes on, is objected to after its approval,
// goes on again, and in the end a newer one takes its place: on its card, in its
// ticket and on record (C3, C4, C24).
func TestChange_HeldObjectedToAndReplaced(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		harness.Edit(t, dir, "rules/organisation.yaml", "    withdrawn: Withdrawn\n", "    withdrawn: Withdrawn\n    held: On Hold\n    superseded: Replaced\n")
	}})
	w.Run(app.RoleAll)

	older := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Older"}))
	card := w.Card("Older", harness.Offers("approve"))
	w.Do("bruno", card, "abstain", nil)
	w.Do("bruno", card, "approve", nil) // read by now (C24)
	opened := w.Press("chidi", card, "approve")
	w.Do("goran", card, "hold", map[string]string{"reason": "The vendor's package is being replaced"})
	w.Status(older.Key, "held")
	card = w.Card("Older", harness.Offers("resume"))
	require.Contains(t, card.Shown(), "The vendor's package is being replaced")
	result, err := w.Site.Slack.Submit(w.Slack("chidi"), opened, harness.Filled(opened, nil))
	require.NoError(t, err)
	require.Contains(t, errorText(result), "is on hold", "nobody decides meanwhile")
	require.Contains(t, errorText(w.Try("chidi", card, "resume", nil)), "Only whoever put this change on hold")
	w.Do("goran", card, "resume", nil)
	w.Status(older.Key, "in_review")
	w.Card("Older", harness.Offers("approve"))
	result, err = w.Site.Slack.Submit(w.Slack("chidi"), reopen(t, w, opened), harness.Filled(opened, map[string]string{"comment": "Same content"}))
	require.NoError(t, err)
	require.Empty(t, result.Errors, "the form from before the hold is about the same content")
	w.Do("farah", w.Card("Older", harness.Says("level 2 of 2")), "approve", nil)

	w.Do("bruno", w.Card("Older", harness.Says("Approval valid until")), "object", map[string]string{"reason": "The package was recalled"})
	w.Status(older.Key, "held")
	card = w.Card("Older", harness.Says("An approver objects"))
	w.Do("bruno", card, "resume", nil)
	w.Card("Older", harness.Offers("object"))

	newer := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Newer", "risk": "low", "supersedes": "CHG-1"}))
	card = w.Card("Newer", harness.Says("CHG-1 is replaced when this change is approved"))
	w.Do("chidi", card, "approve", nil)
	w.Card("Newer", harness.Says("CHG-1 was replaced by this change and is over"))
	w.Status(older.Key, "superseded")
	w.Comment(older.Key, "Replaced by CHG-2")
	w.Over(older)
	w.Do("jonas", w.Card("Newer", harness.Offers("withdraw")), "withdraw", map[string]string{"reason": "Next quarter"})
	w.Over(newer)

	require.Equal(t, []string{
		"received", "submitted", "decided", "decided", "held", "refused", "refused", "resumed",
		"decided", "decided", "approved", "objected", "resumed", "superseded",
	}, w.Records(older))
	require.Equal(t, []string{"received", "submitted", "decided", "approved", "supersedes", "withdrawn"}, w.Records(newer))
	w.RecordHistory(change.WorkflowID("example", older.ID), "held-and-replaced")
	w.RecordHistory(change.WorkflowID("example", newer.ID), "replaces-an-older-one")
	require.Empty(t, w.Verify().Findings)
}
