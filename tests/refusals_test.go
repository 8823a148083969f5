package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/change"
	inforce "github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// Whoever is refused reads the same sentence of their own in the message surface and
// on the command line, and in the ticket where the refusal is about that; and every
// refusal is on record with its reason.
func TestRefusals_HaveTheirOwnSentencesAndAreOnRecord(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		harness.Edit(t, dir, "rules/chains.yaml", "deadline: 72h", "deadline: 5s")          // of the low-risk chain
		harness.Edit(t, dir, "rules/chains.yaml", "quorum: 60% # of", "quorum: 4 # not of") // of the high-risk chain
		harness.Edit(t, dir, "rules/calendars.yaml", "  - name: yard\n", "  - name: open\n    zone: Europe/Amsterdam\n    freezes:\n      - {name: opening, start: '2026-01-01T00:00', end: '2026-01-02T00:00'}\n  - name: yard\n")
		harness.Edit(t, dir, "rules/systems.yaml", "      - name: sandbox # always open", "      - name: sandbox\n        calendar: open")
	}})
	w.Run(app.RoleAll)
	r := refusals{w}

	t.Run("who, what they saw, and what they did not attest", func(t *testing.T) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Who may"}))
		card := w.Card("Who may", harness.Offers("approve"))
		number := r.number(t, issue)
		for who, reason := range map[string]rules.Reason{"jonas": rules.IsRequester, "goran": rules.IsImplementer, "farah": rules.NotEligible} {
			r.slack(t, reason, w.Try(who, card, "approve", nil))
			r.line(t, reason, "approve", number, "--as", "cli:"+who, "--attest", "tests,risk,rollback")
			require.Equal(t, 2, r.recorded(t, issue)[reason], "%s: once from each", reason)
		}
		r.slack(t, rules.MissingAnswer, w.Try("bruno", card, "deny", map[string]string{"reason": " - "}))
		require.Equal(t, 1, r.recorded(t, issue)[rules.MissingAnswer])
		_, err := w.Site.Slack.Submit(w.Slack("bruno"), w.Press("bruno", card, "approve"), map[string]string{"tests": "yes"})
		require.Error(t, err, "the surface itself sends no form with a tick missing")
		require.Contains(t, r.starter(t, commands.ExitUsage, "change", "approve", number, "--as", "cli:bruno", "--attest", "tests,risk"), "rollback")

		form := w.Press("chidi", card, "approve")
		require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), issue.Key, map[string]string{"plan": "Something else"}))
		w.Card("Who may", harness.Says("version 2"))
		result, err := w.Site.Slack.Submit(w.Slack("chidi"), form, harness.Filled(form, nil))
		require.NoError(t, err)
		r.slack(t, rules.StaleContent, result)
		require.Equal(t, 1, r.recorded(t, issue)[rules.StaleContent])
		require.Contains(t, r.starter(t, commands.ExitUsage, "change", "approve", number, "--as", "cli:chidi", "--attest", "tests,risk,rollback", "--hash", "0123456789"), "the content is")

		require.NoError(t, w.Site.Jira.Transition(w.Jira("chidi"), issue.Key, "Approved"))
		w.Comment(issue.Key, "moved to approved by hand")

		r.starter(t, commands.ExitOK, "change", "withdraw", number, "--as", "cli:jonas", "--reason", "Not needed any more")
		w.Over(issue)
		require.Contains(t, r.starter(t, commands.ExitRefused, "change", "approve", number, "--as", "cli:chidi", "--attest", "tests,risk,rollback"), "is over")
		late, err := w.Site.Slack.Submit(w.Slack("chidi"), reopen(t, w, form), harness.Filled(form, map[string]string{"comment": "later"}))
		require.NoError(t, err)
		require.Contains(t, errorText(late), "is over")
		require.NoError(t, w.Site.Jira.Transition(w.Jira("jonas"), issue.Key, "Submitted"))
		w.Comment(issue.Key, "stays over")
		require.Equal(t, []string{"late", "late"}, w.Records(issue)[len(w.Records(issue))-2:])
	})

	t.Run("too few people", func(t *testing.T) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Nobody left", "risk": "high", "implementer": w.Jira("emeka")}))
		w.Comment(issue.Key, "was not submitted")
		made, _ := w.Site.Jira.Issue(issue.Key)
		require.Contains(t, made.Comments[len(made.Comments)-1].Body, "4", "how many must approve, and who is left")
		require.Equal(t, rules.UnreachableQuorum, r.submitted(t, issue).Reason)
		require.Contains(t, r.starter(t, commands.ExitOK, "change", "show", r.number(t, issue)), "not submitted")
	})

	t.Run("too late", func(t *testing.T) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Too late", "risk": "low"}))
		form := w.Press("bruno", w.Card("Too late", harness.Offers("approve")), "approve")
		w.Comment(issue.Key, "expired")
		result, err := w.Site.Slack.Submit(w.Slack("bruno"), form, harness.Filled(form, nil))
		require.NoError(t, err)
		r.slack(t, rules.DeadlinePassed, result)
		r.line(t, rules.DeadlinePassed, "approve", r.number(t, issue), "--as", "cli:bruno", "--attest", "tests,risk,rollback")
		require.Equal(t, 2, r.recorded(t, issue)[rules.DeadlinePassed])
		w.RecordHistory(change.WorkflowID("example", issue.ID), "refused-as-expired")
	})

	t.Run("a freeze", func(t *testing.T) {
		issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Frozen"}))
		card := w.Card("Frozen", harness.Offers("approve"))
		w.Do("bruno", card, "approve", nil)
		w.Do("chidi", card, "approve", nil)
		w.Do("farah", w.Card("Frozen", harness.Says("level 2 of 2")), "approve", nil)
		form := w.Press("goran", w.Card("Frozen", harness.Offers("start")), "start")
		zone, err := time.LoadLocation("Europe/Amsterdam")
		require.NoError(t, err)
		from := time.Now().In(zone).Add(-time.Hour)
		harness.Edit(t, w.Policy, "rules/calendars.yaml", "      - {name: opening,",
			"      - {name: closing, start: '"+from.Format("2006-01-02T15:04")+"', end: '"+from.Add(72*time.Hour).Format("2006-01-02T15:04")+"'}\n      - {name: opening,")
		policyRecord(w, inforce.EventEdited, 1)
		result, err := w.Site.Slack.Submit(w.Slack("goran"), form, harness.Filled(form, nil))
		require.NoError(t, err)
		r.slack(t, rules.Frozen, result)
		r.line(t, rules.Frozen, "start", r.number(t, issue), "--as", "cli:goran", "--attest", "ready")
		require.Equal(t, 2, r.recorded(t, issue)[rules.Frozen])
		require.NotContains(t, w.Records(issue), "started")
	})
	require.Empty(t, w.Verify().Findings)
}

// refusals are looked for wherever people see them.
type refusals struct{ w *harness.World }

func (r refusals) slack(t *testing.T, want rules.Reason, result slacktest.ViewResult) {
	t.Helper()
	require.Contains(t, errorText(result), want.Text())
}

func (r refusals) line(t *testing.T, want rules.Reason, args ...string) {
	t.Helper()
	out := r.starter(t, commands.ExitRefused, append([]string{"change"}, args...)...)
	require.Contains(t, strings.Join(strings.Fields(out), " "), want.Text())
}

func (r refusals) starter(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := commands.Run(context.Background(), args, strings.NewReader(""), &out, &errs, r.w.Env().Environ())
	require.Equal(t, want, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
	return out.String() + errs.String()
}

func (r refusals) number(t *testing.T, issue jiratest.Issue) string {
	t.Helper()
	entries, err := r.w.Reader().Records(t.Context(), change.WorkflowID("example", issue.ID))
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	return entries[0].Record.Number
}

// recorded counts the refusals on record of a change, by reason.
func (r refusals) recorded(t *testing.T, issue jiratest.Issue) map[rules.Reason]int {
	t.Helper()
	found := map[rules.Reason]int{}
	r.each(t, issue, rules.EventRefused, func(facts json.RawMessage) {
		var f rules.ActFacts
		require.NoError(t, json.Unmarshal(facts, &f))
		found[f.Reason]++
	})
	return found
}

func (r refusals) submitted(t *testing.T, issue jiratest.Issue) (f rules.SubmittedFacts) {
	t.Helper()
	r.each(t, issue, rules.EventNotSubmitted, func(facts json.RawMessage) { require.NoError(t, json.Unmarshal(facts, &f)) })
	return f
}

func (r refusals) each(t *testing.T, issue jiratest.Issue, kind string, read func(json.RawMessage)) {
	t.Helper()
	entries, err := r.w.Reader().Records(t.Context(), change.WorkflowID("example", issue.ID))
	require.NoError(t, err)
	for _, e := range entries {
		if e.Record.Type == kind {
			read(e.Record.Facts)
		}
	}
}
