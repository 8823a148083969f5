package deployment

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/tests/harness"
)

// shapeWithin bounds the whole test; the programs it links are built before.
const shapeWithin = 90 * time.Second

// What docker-compose.yml describes works without containers: the stock
// Temporal server on PostgreSQL with the schema that the file sets up, and
// worker, evidence and gateway as programs of their own. Each is killed while a
// change is under way, the server as well, and nothing is lost or done twice.
func TestShape_CarriesAChangeThroughKills(t *testing.T) {
	s := newShape(t)
	begun := time.Now()
	s.run("schema")
	s.run("schema") // as it does at every start
	s.start("temporal")
	s.createNamespace()
	s.start("evidence", "worker", "gateway")
	s.well("evidence", "worker", "gateway")

	const title = "Raise the invoice limit"
	issue := s.Submit("jonas", harness.Ticket(nil))
	card := s.Card(title, harness.Offers("approve"))
	s.Do("bruno", card, "approve", nil)

	// Two of three have not decided. Everything of ours and the server die at once.
	s.kill("worker", "evidence", "gateway", "temporal")
	s.start("temporal", "evidence", "worker", "gateway")
	s.ready()
	s.Do("chidi", card, "approve", nil)
	card = s.Card(title, harness.Says("level 2 of 2"))

	// Nobody can judge now: the act is kept and judged when the log is back.
	s.kill("evidence")
	s.Do("farah", card, "approve", nil)
	s.await("approximate_backlog_age_seconds", "taskqueue", "evidence")
	s.checkLabels()
	s.start("evidence")
	s.Status(issue.Key, "approved")

	s.kill("temporal")
	s.start("temporal")
	s.ready()
	card = s.Card(title, harness.Offers("start"))
	s.Do("goran", card, "start", nil)
	card = s.Card(title, harness.Offers("finish"))
	s.Site.Jira.Fail(faults.Fault{Kind: faults.Status, Status: http.StatusServiceUnavailable})
	s.Do("goran", card, "finish", map[string]string{"result": "succeeded", "note": "Limit is 5000"})
	s.await("activity_task_fail", "taskqueue", "tickets")
	s.checkLabels()
	s.Site.Jira.Heal()
	done := s.Status(issue.Key, "closed")
	s.Over(issue)

	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, s.Records(issue))
	require.Len(t, done.Comments, 4, "one comment for each state")
	for _, metric := range []string{
		"countersign_ready", "countersign_vendor_request_seconds_count", "countersign_vendor_request_seconds_bucket", "countersign_step_failures_total",
		"countersign_evidence_checkpoint_behind_seconds", "countersign_evidence_anchor_behind_seconds", "countersign_evidence_free_bytes",
		"countersign_worker_silent_seconds", "countersign_processes", "temporal_activity_execution_latency_seconds_bucket",
		"temporal_workflow_task_execution_latency_seconds_bucket", "temporal_worker_task_slots_used", "temporal_sticky_cache_size",
		"countersign_policy_problems", "countersign_gateway_acts_total", "countersign_gateway_durable_seconds_bucket",
		"approximate_backlog_age_seconds", "activity_task_fail", "activity_success", "persistence_latency_bucket",
	} {
		require.True(t, s.seen[metric], "alerts and panels are made of %s, and it did not occur", metric)
	}
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{
		Dir: s.Evidence, PublicKey: s.Reader().PublicKey(), Anchors: []string{s.folder("/anchors")},
	})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	if took := time.Since(begun); took > shapeWithin {
		require.Greater(t, harness.Load(), 1.0, "it took %s on a machine that had nothing else to do", took)
	}
}

// quiet is for what has its own ways to say that something is wrong.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// soon bounds a wait for what the programs do.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.StoryWithin)
	t.Cleanup(cancel)
	return ctx
}
