package tests

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/patch"
)

// yard is a world with the yard's instances.
type yard struct {
	*harness.World
	fleet *harness.Fleet
}

func newYard(t *testing.T, real bool, soak time.Duration) *yard {
	t.Helper()
	fleet := harness.StartFleet(t, real)
	w := harness.NewWorld(t, harness.WorldOptions{Policy: harness.QuickRings(t, soak), Env: fleet.Environment()})
	return &yard{w, fleet}
}

// rollOut asks for a rollout of what runs on the source now, as jonas.
func (y *yard) rollOut(version string) string {
	y.T.Helper()
	return y.ask("Yard flows", version, patch.Asked{System: "yard-flows"})
}

// ask has what runs on the source now stored as a payload, and asks for it, as jonas.
func (y *yard) ask(title, version string, asked patch.Asked) string {
	y.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	run, err := y.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: patch.PayloadID(uuid.NewString()), TaskQueue: compliance.QueueWorkflows},
		patch.PayloadType, patch.PayloadInput{From: "yard-dev"})
	require.NoError(y.T, err)
	var stored patch.PayloadResult
	require.NoError(y.T, run.Get(ctx, &stored))
	asked.Actor = compliance.Account{Provider: "cli", ID: "jonas"}
	asked.Payload = &patch.Stored{Title: title, Version: version, Blob: stored.Blob}
	subject := patch.WorkflowID(uuid.NewString())
	_, err = y.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows}, patch.Type, patch.Input{Asked: asked})
	require.NoError(y.T, err)
	return subject
}

// approve has the change of the newest rollout approved.
func (y *yard) approve(title string) {
	y.T.Helper()
	card := y.Card(title, harness.Offers("approve"))
	y.Do("bruno", card, "approve", nil)
	y.Do("chidi", card, "approve", nil)
	card = y.Card(title, harness.Says("level 2 of 2"))
	y.Do("farah", card, "approve", nil)
}

func (y *yard) stands(subject string) patch.Standing {
	y.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	answer, err := y.Client.QueryWorkflow(ctx, subject, "", patch.QueryStanding)
	require.NoError(y.T, err)
	var s patch.Standing
	require.NoError(y.T, answer.Get(&s))
	return s
}

func (y *yard) recorded(subject string) []string {
	y.T.Helper()
	entries, err := y.Reader().Records(context.Background(), subject)
	require.NoError(y.T, err)
	var types []string
	for _, e := range entries {
		types = append(types, strings.TrimPrefix(e.Record.Type, "patch."))
	}
	return types
}

// A payload goes through staging, canary and production on real Node-RED, and
// when its successor fails in a test, everything is taken back and the payload
// barred, until somebody lifts the bar in Slack.
// Requirement 28.
func TestPatch_ThroughTheRingsAndBack(t *testing.T) {
	t.Parallel()
	y := newYard(t, true, 2*time.Second)
	y.Run(app.RoleAll)

	y.fleet.Save("yard-dev", harness.Yard("new"))
	first := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	y.Card("Yard flows 2.1", harness.Says("Complete: every ring is proven"))
	for _, name := range []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate"} {
		require.Equal(t, "new", y.fleet.Serves(name), name)
	}
	s := y.stands(first)
	require.Equal(t, rules.Completed, s.State)
	y.Status(s.Ticket.Key, "closed")
	y.RecordHistory(first, "patch-completed")

	y.fleet.Save("yard-dev", harness.Yard("broken"))
	second := y.rollOut("2.2")
	y.approve("Roll out Yard flows 2.2")
	card := y.Card("Yard flows 2.2", harness.Offers("lift_bar"))
	require.Contains(t, card.Shown(), "Rolled back")
	require.Equal(t, "new", y.fleet.Serves("yard-staging"))
	s = y.stands(second)
	require.Equal(t, rules.TestsFailed, s.Reason)
	require.True(t, s.Barred)
	y.Status(s.Ticket.Key, "rolled_back")
	y.Do("emeka", card, "lift_bar", map[string]string{"reason": "The flow was mended"})
	y.Card("Yard flows 2.2", harness.Says("the bar was lifted"))
	ctx, cancel := context.WithTimeout(t.Context(), harness.StoryWithin)
	defer cancel()
	require.NoError(t, y.Client.GetWorkflow(ctx, second, "").Get(ctx, nil))
	y.RecordHistory(second, "patch-rolled-back")
	require.Equal(t, []string{"received", "planned", "planned", "ring_started", "snapshot", "deployed", "deployed", "checked", "reverting", "restored", "barred", "closed", "bar_lifted"}, y.recorded(second))
	require.Empty(t, y.Verify().Findings)
}

// Stop, resume and the way back are buttons in Slack.
func TestPatch_StopResumeAndRollBackInSlack(t *testing.T) {
	t.Parallel()
	y := newYard(t, false, 20*time.Second)
	y.Run(app.RoleAll)
	y.fleet.Save("yard-dev", harness.Yard("new"))
	subject := y.rollOut("2.1")
	y.approve("Roll out Yard flows 2.1")
	card := y.Card("PAT-1 · Yard flows 2.1", harness.Says("soaks until"))
	require.NotEmpty(t, y.Try("ingrid", card, "stop", map[string]string{"reason": "I am a stranger"}).Errors)
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Offers("stop"))
	y.Do("farah", card, "stop", map[string]string{"reason": "The carriers complain"})
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Offers("resume"))
	require.Equal(t, "new", y.fleet.Serves("yard-staging"), "what is patched stays patched")
	require.Equal(t, "old", y.fleet.Serves("yard-canary"))
	y.Do("emeka", card, "resume", map[string]string{"how": "retest", "reason": "It was the network"})
	card = y.Card("PAT-1 · Yard flows 2.1", harness.Offers("stop"))
	began := time.Now()
	y.Do("emeka", card, "roll_back", map[string]string{"reason": "They complain again"})
	y.Card("PAT-1 · Yard flows 2.1", harness.Offers("lift_bar"))
	t.Logf("from the order to the bar: %s", time.Since(began).Round(time.Millisecond))
	require.Equal(t, "old", y.fleet.Serves("yard-staging"))
	y.RecordHistory(subject, "patch-stopped-resumed-taken-back")
	require.Contains(t, y.recorded(subject), "refused")
	require.Empty(t, y.Verify().Findings)
}
