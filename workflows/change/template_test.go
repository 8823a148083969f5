package change_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// standardWorld has a template that is for the ticket as it is.
func standardWorld(t *testing.T) *world {
	w := newWorld(t)
	w.Rewrite("rules/fields.yaml", "  title:", "  template: {id: customfield_10190, kind: choice, class: material}\n  title:")
	require.NoError(t, os.WriteFile(filepath.Join(w.Policy, "rules", "templates.yaml"), []byte(`apiVersion: countersign/v1
kind: templates
templates:
  - name: import-package
    class: standard
    systems: [order-portal]
    environments: [production]
    fixed:
      risk: medium
      plan: "1. Import the package\n2. Restart"
      test_plan: Run the regression suite
      rollback: Import the former package
      duration: "30"
    fills: [implementer, rollback_owner, rollback_tested_on, planned_start]
    chain: low-risk
    valid_until: "2026-11-30"
    approved_by: p-alice
`), 0o600))
	w.tracker.ticket.Fields["template"] = "import-package"
	return w
}

// A standard change goes by its template's chain, and the record says by which
// template; without the template the same ticket has another chain.
func TestRequirement13_AStandardChangeGoesByItsTemplatesChain(t *testing.T) {
	w := standardWorld(t)
	w.At(time.Minute, func() {
		require.Equal(t, "low-risk", w.submissions()[0].Chain)
		w.edit(true, map[string]string{"template": ""})
	})
	w.At(2*time.Minute, w.Env.CancelWorkflow)
	w.run()
	all := w.submissions()
	require.Len(t, all, 2)
	require.Equal(t, "import-package", all[0].Template.Name)
	require.Equal(t, "standard", all[0].Template.Class)
	require.Len(t, all[0].Template.Digest, 64)
	require.EqualValues(t, "p-alice", all[0].Template.ApprovedBy)
	require.Equal(t, "standard", all[1].Chain, "another content, and another chain")
	require.Nil(t, all[1].Template)
}

// Nobody takes another plan through a template's chain: not at the submission, and
// not by an edit once it is approved.
func TestRequirement13_AnotherPlanIsRefused(t *testing.T) {
	w := standardWorld(t)
	w.tracker.ticket.Fields["plan"] = "1. Drop the tables"
	w.At(time.Minute, func() {
		require.Equal(t, rules.DiffersFromTemplate, w.submissions()[0].Reason)
		w.edit(true, map[string]string{"plan": "1. Import the package\n2. Restart"})
	})
	w.At(2*time.Minute, func() {
		w.approve("bruno", func(r compliance.Reply) { require.Empty(t, r.Reason, r.Text) })
	})
	w.At(3*time.Minute, func() { w.edit(false, map[string]string{"plan": "1. Drop the tables"}) })
	w.At(4*time.Minute, w.Env.CancelWorkflow)
	w.run()
	all := w.submissions()
	require.Len(t, all, 3)
	require.Equal(t, rules.OK, all[1].Reason)
	require.Equal(t, rules.DiffersFromTemplate, all[2].Reason)
	require.Contains(t, w.records(), "approved")
	require.NotContains(t, w.records(), "started")
}

func TestRequirement13_ATemplateThatIsOverOrUnknownIsRefused(t *testing.T) {
	for name, want := range map[string]rules.Reason{"import-package": rules.TemplateEnded, "another": rules.TemplateUnknown} {
		t.Run(name, func(t *testing.T) {
			w := standardWorld(t)
			w.tracker.ticket.Fields["template"] = name
			w.engine(saturday.AddDate(0, 0, 14))
			w.At(time.Minute, w.Env.CancelWorkflow)
			w.run()
			require.Equal(t, want, w.submissions()[0].Reason)
			require.NotEmpty(t, w.submissions()[0].Missing)
		})
	}
}
