package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// A standard change is submitted by its template, decided on by one person instead of
// the board, and carried out; a ticket that takes another plan along under the
// template's name is refused; the report says what each cost.
// Requirement 13.
func TestChange_StandardByTemplate(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		harness.Edit(t, dir, "rules/fields.yaml", "  title:", "  template: {id: customfield_10190, kind: choice, class: material}\n  title:")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "templates.yaml"), []byte(`apiVersion: countersign/v1
kind: templates
templates:
  - name: import-package
    class: standard
    systems: [sandbox]
    environments: [sandbox]
    fixed:
      risk: medium
      plan: "1. Import the package\n2. Restart the flows"
      test_plan: Run the regression suite
      rollback: Import the former package
      duration: 30m
    fills: [implementer, rollback_owner, rollback_tested_on]
    chain: low-risk
    valid_until: "2099-12-31"
    approved_by: p-alice
`), 0o600))
	}})
	stop := w.Run(app.RoleAll)
	env := w.Env()
	run := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		code := commands.Run(context.Background(), args, strings.NewReader(""), &out, &errs, env.Environ())
		require.Zero(t, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String()
	}
	file := filepath.Join(t.TempDir(), "import.yaml")
	printed := run("change", "submit", "--template", "import-package")
	filled := strings.NewReplacer(`title: ""`, "title: Import package 11", `implementer: ""`, "implementer: jira:acc-goran",
		`rollback_owner: ""`, "rollback_owner: jira:acc-goran", `rollback_tested_on: ""`, "rollback_tested_on: 2026-11-01").Replace(printed)
	require.NoError(t, os.WriteFile(file, []byte(filled), 0o600))
	run("change", "submit", "--template", "import-package", "--file", file, "--as", "cli:jonas")
	card := w.Card("Import package 11", harness.Offers("approve"))
	w.Card("Import package 11", harness.Says("a standard change of class standard"))
	w.Do("bruno", card, "approve", nil)
	issue := w.Status("OPS-1", "approved")
	card = w.Card("Import package 11", harness.Offers("start"))
	w.Do("goran", card, "start", nil)
	card = w.Card("Import package 11", harness.Offers("finish"))
	w.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "It runs"})
	w.Status(issue.Key, "closed")
	w.Over(issue)
	require.Equal(t, []string{"received", "submitted", "decided", "approved", "started", "finished", "closed"}, w.Records(issue), "one level, one person")
	w.RecordHistory(change.WorkflowID("example", issue.ID), "standard-by-template")

	smuggled := w.Submit("jonas", harness.Ticket(map[string]string{"template": "import-package", "plan": "1. Open the firewall", "purpose": ""}))
	refused := w.Status(smuggled.Key, "rejected")
	require.Contains(t, refused.Comments[len(refused.Comments)-1].Body, `differs from the template "import-package": plan`)
	require.Equal(t, []string{"received", "not_submitted"}, w.Records(smuggled))

	stop()
	var report rules.Figures
	day := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	require.NoError(t, json.Unmarshal([]byte(run("change", "report", "--from", day, "--output", "json", "--evidence", env["COUNTERSIGN_EVIDENCE"])), &report))
	require.Equal(t, 2, report.Whole.Changes)
	require.Len(t, report.ByTemplate, 1)
	require.Equal(t, "import-package", report.ByTemplate[0].Name)
	require.Equal(t, 1, report.ByTemplate[0].Approvals)
	require.Positive(t, report.ByTemplate[0].Median)
	require.Equal(t, rules.DiffersFromTemplate, report.Refusals[0].Reason)
	require.Empty(t, w.Verify().Findings)
}
