package tests

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	incidents "github.com/lowcodex/countersign/compliance/incident"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// newCalledYard is a yard whose incidents page Bruno, and end soon after their
// cause is over.
func newCalledYard(t *testing.T, real bool, soak time.Duration) *yard {
	t.Helper()
	fleet := harness.StartFleet(t, real)
	w := harness.NewWorld(t, harness.WorldOptions{Env: fleet.Environment(), Policy: func(dir string) {
		harness.QuickRings(t, soak)(dir)
		harness.OnCall(t, dir, "p-bruno")
		harness.Edit(t, dir, "rules/escalation.yaml", "flap: 10m", "flap: 1s")
	}})
	return &yard{w, fleet}
}

// A target that the way back leaves behind pages whoever is on call through an
// incident; from there, under the approval of somebody else, the rollout tries
// once more, reports back, and the incident is resolved by itself (P7, I24).
func TestPatch_AStrandedTargetIsPagedAndTakenBackFromItsIncident(t *testing.T) {
	t.Parallel()
	y := newCalledYard(t, false, time.Minute)
	y.Run(app.RoleAll)
	y.fleet.Save("yard-dev", harness.Yard("new"))
	subject := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	card := y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))
	staging := y.fleet.Instance("yard-staging")
	staging.Standin.Set(noderedtest.Trouble{Saving: http.StatusUnavailableForLegalReasons})
	y.Do("emeka", card, "roll_back", map[string]string{"reason": "The carriers complain"})

	page := y.PageTo("bruno", "the way back failed for yard-staging")
	id := harness.Subject(t, page)
	require.Contains(t, y.Answer("bruno", page, "acknowledge"), "Paging has stopped")
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Says("Not everything is back"))
	require.Contains(t, card.Shown(), "An alert is raised")
	require.Equal(t, rules.Stranded, y.stands(subject).State)
	y.Incident(id, func(s incident.Standing) bool {
		return s.System == "yard-flows" && slices.ContainsFunc(s.Runs, func(c incidents.Candidate) bool { return c.Number == "PAT-1" && c.Reason == incidents.OK })
	})

	staging.Standin.Set(noderedtest.Trouble{})
	room := y.Card("the way back failed for yard-staging", harness.Offers("rollback"))
	y.Do("bruno", room, "rollback", map[string]string{"run": "PAT-1", "reason": "It must go back"})
	room = y.Card("the way back failed for yard-staging", harness.Offers("approve_rollback"))
	require.NoError(t, y.Site.Slack.Join(room.Channel, y.Slack("dana")))
	y.Do("dana", room, "approve_rollback", nil)

	y.Incident(id, func(s incident.Standing) bool {
		return len(s.Rollbacks) == 1 && s.Rollbacks[0].State == incidents.RollbackDone && s.State == incidents.Resolved
	})
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Offers("lift_bar"))
	require.Equal(t, "old", y.fleet.Serves("yard-staging"))
	recorded := y.recorded(subject)
	require.Contains(t, recorded, "stranded")
	require.Contains(t, recorded, "alerted")
	y.Do("emeka", card, "lift_bar", map[string]string{"reason": "The disk has room again"})
	ctx, cancel := context.WithTimeout(t.Context(), harness.StoryWithin)
	defer cancel()
	require.NoError(t, y.Client.GetWorkflow(ctx, subject, "").Get(ctx, nil))
	y.RecordHistory(subject, "patch-stranded-taken-back-from-its-incident")
	require.Empty(t, y.Verify().Findings)
}

// On real Node-RED somebody saves into a target that soaks: the rollout is held
// with what was seen, whoever is on call is paged, and after it was put back and
// tested again it goes on. An alert about a target then takes everything back.
func TestPatch_ATargetThatChangesByItselfAndAnAlarm(t *testing.T) {
	t.Parallel()
	y := newCalledYard(t, true, 10*time.Second)
	y.Run(app.RoleAll)
	y.fleet.Save("yard-dev", harness.Yard("new"))
	subject := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))
	y.fleet.Save("yard-staging", harness.Yard("somebody"))

	card := y.Card("PAT-1 · Yard flows 2.1", harness.Offers("resume"))
	require.Contains(t, card.Shown(), rules.DigestDrift.Text())
	page := y.PageTo("bruno", "PAT-1 is halted at ring 1")
	y.Answer("bruno", page, "acknowledge")
	require.Equal(t, "somebody", y.fleet.Serves("yard-staging"), "nothing is overwritten")
	y.fleet.Save("yard-staging", harness.Yard("new"))
	y.Do("emeka", card, "resume", map[string]string{"how": "retest", "reason": "It was put back"})
	y.Incident(harness.Subject(t, page), harness.IsState(incidents.Resolved))

	y.Card("PAT-1 · Yard flows 2.1", func(m slacktest.Message) bool {
		return harness.Says("ring 2 of 3")(m) && harness.Says("soaks until")(m)
	})
	var body map[string]any
	require.NoError(t, json.Unmarshal(harness.Reported("Slow yard", "firing", "critical", map[string]string{"rollout_target": "yard-canary", "system": "yard-flows"}), &body))
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, y.Alert(raw, standin.AlertsToken))
	y.Card("PAT-1 · Yard flows 2.1", harness.Offers("lift_bar"))
	require.Equal(t, rules.HealthAlarm, y.stands(subject).Reason)
	for _, name := range []string{"yard-staging", "yard-canary", "yard-gate"} {
		require.Equal(t, "old", y.fleet.Serves(name), name)
	}
	y.RecordHistory(subject, "patch-held-resumed-alarmed")
	require.Empty(t, y.Verify().Findings)
}
