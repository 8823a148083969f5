package tests

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// An alert comes in while a rollout to the same system soaks. The incident lists
// it; from its card, under the approval of somebody who neither asked for it nor
// carried it out, the rollout takes itself back on the platforms and reports
// back, once (I24).
func TestI24_ARolloutIsTakenBackFromAnIncident(t *testing.T) {
	t.Parallel()
	fleet := harness.StartFleet(t, false)
	w := harness.NewWorld(t, harness.WorldOptions{Env: fleet.Environment(), Policy: func(dir string) {
		harness.QuickRings(t, 10*time.Minute)(dir)
		harness.OnCall(t, dir, "p-bruno")
	}})
	y := &yard{w, fleet}
	y.Run(app.RoleAll)
	fleet.Save("yard-dev", harness.Yard("new"))
	subject := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))
	require.Equal(t, "new", fleet.Serves("yard-staging"))

	require.Equal(t, http.StatusOK, y.Alert(harness.Reported("No labels", "firing", "critical", map[string]string{"system": "yard-flows"}), standin.AlertsToken))
	page := y.PageTo("bruno", "No labels")
	id := harness.Subject(t, page)
	require.Regexp(t, "Paging has stopped|already on record", y.Answer("bruno", page, "acknowledge"))
	s := y.Incident(id, func(s incident.Standing) bool { return len(s.Runs) > 0 && len(s.Cards) > 0 && s.Number != "" })
	require.Equal(t, "PAT-1", s.Runs[0].Number)
	require.Equal(t, rules.OK, s.Runs[0].Reason, "it has a plan and a backup")
	require.Equal(t, subject, s.Runs[0].Subject)
	require.Contains(t, s.Runs[0].Authors, compliance.PersonID("p-jonas"))
	card := y.Card("No labels", harness.Offers("rollback"))
	require.Contains(t, card.Shown(), "PAT-1")

	y.Do("bruno", card, "rollback", map[string]string{"run": "PAT-1", "reason": "It began right after it"})
	card = y.Card("No labels", harness.Offers("approve_rollback"))
	yes := map[string]string{"statement": "yes"}
	require.Equal(t, string(rules.IsAsker), y.Act("own", "bruno", id, rules.ActionApprove, yes).Reason)
	require.Equal(t, string(rules.IsAuthor), y.Act("author", "jonas", id, rules.ActionApprove, yes).Reason)
	require.NoError(t, y.Site.Slack.Join(card.Channel, y.Slack("dana")))
	y.Do("dana", card, "approve_rollback", nil)
	y.Incident(id, func(s incident.Standing) bool { return s.Rollbacks[0].State == rules.RollbackDone && s.Behind == 0 })
	require.Equal(t, "old", fleet.Serves("yard-staging"), "the platform was read back")
	require.Equal(t, string(rules.AlreadyAsked), y.Act("again", "chidi", id, rules.ActionRollback, map[string]string{"run": "PAT-1", "reason": "To be sure"}).Reason, "it runs once")
	recorded := y.Recorded(id)
	for _, kind := range []string{"rollback_approved", "rollback_started", "rollback_done"} {
		require.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(recorded), func(r string) bool { return r != kind })), "%s: %v", kind, recorded)
	}
	entries, err := y.Reader().Records(t.Context(), id)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Record.Type == rules.EventRollbackStarted {
			var f rules.RollbackFacts
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
			require.Equal(t, compliance.PersonID("p-dana"), f.Approver)
			require.Equal(t, compliance.PersonID("p-bruno"), f.Asker)
			require.NotEmpty(t, f.Plan)
			require.NotEmpty(t, f.Backup)
		}
	}
	y.RecordHistory(id, "incident-rollout-taken-back")
	require.Empty(t, y.Verify().Findings)
}
