package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	line "github.com/lowcodex/countersign/workflows/queue"
)

// One at once in the sandbox, with a calendar whose only freeze is far away.
func oneAtOnce(t *testing.T) func(dir string) {
	return func(dir string) {
		harness.Edit(t, dir, "rules/systems.yaml", "      - name: sandbox # always open", "      - name: sandbox\n        calendar: audits\n        concurrency: 1")
		harness.Edit(t, dir, "rules/calendars.yaml", "calendars:\n", "calendars:\n  - name: audits\n    zone: UTC\n    freezes:\n"+
			"      - name: audit\n        start: \"2099-01-01T00:00\"\n        end: \"2099-02-01T00:00\"\n")
	}
}

// Two approved changes take turns; a freeze that an edit brings reaches the one that is
// being carried out and the one that waits, over the engine, with nobody asking. (C29, C30)
func TestChange_TakeTurnsUntilAFreeze(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: oneAtOnce(t)})
	w.Run(app.RoleAll)
	approved := func(title string) string {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": title, "risk": "low", "safe_points": "The package is imported"}))
		card := w.Card(title, harness.Says("as soon as it is approved"))
		w.Do("bruno", card, "approve", nil)
		return issue.Key
	}
	approved("First")
	first := w.Card("First", harness.Offers("start"))
	approved("Second")
	w.Card("Second", harness.Says("Ahead of it: CHG-1"))
	w.Do("goran", first, "start", nil)
	w.Card("First", harness.Offers("proceed"))

	begun := time.Now().UTC().Add(-48 * time.Hour).Format("2006-01-02T15:04")
	harness.Edit(t, w.Policy, "rules/calendars.yaml", "start: \"2099-01-01T00:00\"\n        end: \"2099-02-01T00:00\"", "start: \""+begun+"\"\n        duration: 240h")
	first = w.Card("First", harness.Says("outside its window"))
	require.NotEmpty(t, w.Try("goran", first, "proceed", map[string]string{"point": "1"}).Errors)
	w.Card("First", harness.Says("Waits at safe point 1 of 1"))
	second := w.Card("Second", harness.Says("A freeze is in force"))
	w.Do("goran", w.Card("First", harness.Offers("finish")), "finish", map[string]string{"result": "rolled_back", "note": "The former package is back"})
	w.Do("jonas", second, "withdraw", map[string]string{"reason": "After the audit"})

	one, other := w.Site.Jira.Issues()[0], w.Site.Jira.Issues()[1]
	w.Over(one)
	w.Over(other)
	require.Equal(t, []string{"received", "submitted", "decided", "approved", "started", "overrun", "refused", "paused", "finished"}, w.Records(one))
	require.Equal(t, []string{"received", "submitted", "decided", "approved", "retimed", "withdrawn"}, w.Records(other))
	w.RecordHistory(change.WorkflowID("example", one.ID), "stopped-at-a-safe-point")
	w.RecordHistory(change.WorkflowID("example", other.ID), "retimed-in-the-line")
	w.RecordHistory(line.WorkflowID("sandbox", "sandbox"), "queue-of-two")
	require.Empty(t, w.Verify().Findings)
}
