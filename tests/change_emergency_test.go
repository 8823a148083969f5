package tests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	on "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/incident"
)

// atNight has Bruno on call, and a freeze that is on now.
func atNight(t *testing.T) func(string) {
	day := func(d int) string { return time.Now().AddDate(0, 0, d).Format("2006-01-02") }
	return func(dir string) {
		harness.OnCall(t, dir, "p-bruno")
		harness.Edit(t, dir, "rules/organisation.yaml", "on_call: follow-the-sun", "on_call: around-the-clock")
		harness.Edit(t, dir, "rules/organisation.yaml", "    executing: Implementing", "    executing: Implementing\n    violation: Failed Review")
		harness.Edit(t, dir, "rules/calendars.yaml", `      - name: month-end billing
        start: "2026-11-30T18:00"
        end: "2026-12-01T12:00"`, `      - name: month-end billing
        start: "`+day(-2)+`T18:00"
        end: "`+day(2)+`T12:00"`)
	}
}

// At night, inside a freeze, something breaks. One change is carried out with a
// go-ahead from Slack and reviewed; for another nobody answers, and nobody reviews
// it: a violation. The record of both verifies (C32, C33).
func TestChange_AtNightInAFreeze(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: atNight(t)})
	w.Run(app.RoleAll)
	w.Fire("Orders hang", "critical")
	id := harness.Subject(t, w.PageTo("bruno", "Orders hang"))
	w.Incident(id, func(s incident.Standing) bool { return s.Number == "INC-1" && s.State == on.Triggered })
	submit := func(title string) (jiratest.Issue, slacktest.Message) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": title, "system": "order-portal", "environment": "production"}))
		return issue, w.Card(title, harness.Offers("break-glass"))
	}
	broken := map[string]string{"incident": "INC-1", "reason": "Orders hang"}

	issue, card := submit("Limit retries")
	require.NotEmpty(t, w.Try("bruno", card, "break-glass", broken).Errors, "he neither asked for it nor carries it out")
	require.NotEmpty(t, w.Try("goran", card, "break-glass", map[string]string{"incident": "INC-7", "reason": "Orders hang"}).Errors, "there is no such incident")
	w.Do("goran", card, "break-glass", broken)
	page := w.PageTo("bruno", "May it go ahead without approval? Limit retries")
	w.Do("bruno", page, "acknowledge", map[string]string{"answer": "go_ahead"})
	w.Status(issue.Key, "executing")
	card = w.Card("Limit retries", harness.Offers("finish"))
	for _, bypassed := range []string{"Bypassed approvers", "month-end billing"} {
		require.Contains(t, card.Shown(), bypassed)
	}
	w.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "Orders flow again"})
	card = w.Card("Limit retries", harness.Offers("review"))
	require.Contains(t, errorText(w.Try("bruno", card, "review", map[string]string{"verdict": "would_approve", "note": "I said so"})), "You gave the go-ahead")
	w.Do("farah", card, "review", map[string]string{"verdict": "would_approve", "note": "Read the incident"})
	w.Status(issue.Key, "closed")
	w.Over(issue)
	require.Equal(t, []string{"received", "submitted", "refused", "refused", "emergency", "acknowledged", "finished", "refused", "reviewed", "closed"}, w.Records(issue))
	w.RecordHistory(change.WorkflowID("example", issue.ID), "emergency-reviewed")

	for from, to := range map[string]string{"answer_within: 15m": "answer_within: 2s", "review_within: 24h": "review_within: 2s", "escalate_for: 24h": "escalate_for: 2s"} {
		harness.Edit(t, w.Policy, "rules/organisation.yaml", from, to)
	}
	awaitInForce(w, `"escalate_for":"2s"`, `"answer_within":"2s"`, `"review_within":"2s"`)
	issue, card = submit("Restart the flows")
	w.Do("jonas", card, "break-glass", broken)
	card = w.Card("Restart the flows", harness.Offers("finish"))
	require.Contains(t, card.Shown(), "nobody answered in 2s")
	w.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "Orders flow again"})
	w.Over(issue)
	require.Equal(t, []string{"received", "submitted", "emergency", "unanswered", "finished", "review_reminded", "review_escalated", "violation"}, w.Records(issue))
	ticket, _ := w.Site.Jira.Issue(issue.Key)
	require.Equal(t, "Failed Review", ticket.Status)
	require.Contains(t, w.Card("Restart the flows", harness.Says("Violation")).Shown(), "not reviewed in time")
	w.RecordHistory(change.WorkflowID("example", issue.ID), "emergency-violation")
	require.Empty(t, w.Verify().Findings)
}

// awaitInForce waits until rules with all of these texts are on record as in force.
func awaitInForce(w *harness.World, texts ...string) {
	w.T.Helper()
	require.Eventually(w.T, func() bool {
		for _, e := range slices.Backward(policyRecords(w)) {
			r := e.Record
			if r.Type != rules.EventEdited {
				continue
			}
			all := content(w, r.Blobs, "rules")
			for _, text := range texts {
				if !strings.Contains(all, text) {
					return false
				}
			}
			return true
		}
		return false
	}, harness.StoryWithin, 50*time.Millisecond)
}
