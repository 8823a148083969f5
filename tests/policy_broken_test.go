package tests

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// An edit of the directory that is broken keeps the last good one in force, and
// with it whoever has left. Somebody is called, as the policy in force says, and
// called off when it is mended.
func TestPolicy_ABrokenEditCallsSomebodyUntilItIsMended(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		harness.OnCall(t, dir, "p-bruno")
		harness.Edit(t, dir, "rules/escalation.yaml", "labels: {about: policy}\n    policy: office-hours", "labels: {about: policy}\n    policy: around-the-clock")
		harness.Edit(t, dir, "rules/escalation.yaml", "flap: 10m", "flap: 2s")
	}})
	w.Run(app.RoleAll)
	harness.Edit(t, w.Policy, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah, p-nobody]")
	page := w.PageTo("bruno", "last edit is broken")
	require.Contains(t, page.Shown(), "directory/groups.yaml")
	id := harness.Subject(t, page)
	s := w.Incident(id, func(s incident.Standing) bool { return s.Number == "INC-1" })
	require.Equal(t, rules.Sev3, s.Severity)
	require.Contains(t, w.Answer("bruno", page, "acknowledge"), "Paging has stopped")

	harness.Edit(t, w.Policy, "directory/groups.yaml", "[p-farah, p-nobody]", "[p-farah, p-hana]")
	w.Incident(id, func(s incident.Standing) bool { return s.State == rules.Resolved })
	require.Empty(t, w.Verify().Findings)
}
