package tests

import (
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/tests/harness"
)

// Whoever operates a process of any role sees whether it lives, whether it is
// ready and what it does; no person and nothing that somebody wrote is among it.
func TestWatch_EveryRoleTellsHowItIs(t *testing.T) {
	store := filepath.Join(t.TempDir(), "engine.db")
	w := harness.NewWorld(t, harness.WorldOptions{
		Env:    map[string]string{"COUNTERSIGN_METRICS_LISTEN": "127.0.0.1:0"},
		Server: harness.ServerOptions{File: store},
	})
	w.Run(app.RoleWorkflows, app.RoleActivities, app.RoleEvidence, app.RoleGateway)
	watched := watched{t, w}
	watched.await("/readyz", "ready")
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Watched"}))
	card := w.Card("Watched", harness.Offers("approve"))
	w.Site.Jira.Fail(faults.Fault{Kind: faults.Status, Status: http.StatusUnauthorized})
	require.NoError(t, w.Site.Jira.EditIssue(w.Jira("jonas"), issue.Key, map[string]string{"purpose": "So that somebody has to read it"}))
	w.Do("bruno", card, "approve", nil)
	w.Card("Watched", harness.Says("Level 1: approved by"))

	for metric, labels := range map[string]string{
		"countersign_ready":                                "part=log",
		"countersign_worker_silent_seconds":                "queue=workflows kind=workflow",
		"countersign_processes":                            "process=change standing=overdue",
		"countersign_vendor_request_seconds":               "vendor=jira class=ok",
		"countersign_vendor_wait_seconds":                  "vendor=slack",
		"countersign_evidence_append_seconds":              "result=recorded",
		"countersign_evidence_records":                     "",
		"countersign_evidence_checkpoint_behind_seconds":   "",
		"countersign_evidence_anchor_behind_seconds":       "",
		"countersign_evidence_free_bytes":                  "",
		"countersign_gateway_acts_total":                   "process=change",
		"temporal_workflow_task_execution_latency_seconds": "task_queue=workflows",
		"temporal_num_pollers":                             "",
		"process_resident_memory_bytes":                    "",
	} {
		require.True(t, watched.has(metric, labels), "%s{%s}", metric, labels)
	}
	watched.awaitMetric("countersign_step_failures_total", "queue=tickets class=blocked")
	for _, word := range []string{"jonas", "bruno", "@", issue.Key, "CHG-1", "Watched"} {
		for name, family := range watched.scrape() {
			for _, m := range family.GetMetric() {
				for _, l := range m.GetLabel() {
					require.NotContains(t, l.GetValue(), word, "%s: label %s", name, l.GetName())
				}
			}
		}
	}

	w.Engine.Kill()
	watched.await("/readyz", "not ready: engine")
	_, body := watched.get("/healthz")
	require.Equal(t, "ok", body, "a restart of this process does not bring the engine back")
	harness.StartServer(t, harness.ServerOptions{Address: w.Engine.Address, File: store})
	watched.await("/readyz", "ready")
}

// watched is the listener of COUNTERSIGN_METRICS_LISTEN.
type watched struct {
	t *testing.T
	w *harness.World
}

func (o watched) get(path string) (int, string) {
	o.t.Helper()
	at := regexp.MustCompile(`"metrics listening","address":"([^"]+)"`).FindStringSubmatch(o.w.Log.String())
	if at == nil {
		return 0, ""
	}
	resp, err := http.Get("http://" + at[1] + path)
	require.NoError(o.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(o.t, err)
	return resp.StatusCode, strings.TrimSpace(string(body))
}

func (o watched) await(path, says string) {
	o.t.Helper()
	require.Eventually(o.t, func() bool { _, body := o.get(path); return body == says }, harness.StoryWithin, 100*time.Millisecond, "%s does not say %q", path, says)
}

func (o watched) awaitMetric(name, labels string) {
	o.t.Helper()
	require.Eventually(o.t, func() bool { return o.has(name, labels) }, harness.StoryWithin, 100*time.Millisecond, "%s{%s}", name, labels)
}

func (o watched) scrape() map[string]*dto.MetricFamily {
	o.t.Helper()
	_, body := o.get("/metrics")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body + "\n"))
	require.NoError(o.t, err)
	return families
}

// has reports whether there is a series with these labels, "a=b c=d".
func (o watched) has(name, labels string) bool {
	o.t.Helper()
	return slices.ContainsFunc(o.scrape()[name].GetMetric(), func(m *dto.Metric) bool {
		found := map[string]string{}
		for _, l := range m.GetLabel() {
			found[l.GetName()] = l.GetValue()
		}
		for _, want := range strings.Fields(labels) {
			label, value, _ := strings.Cut(want, "=")
			if found[label] != value {
				return false
			}
		}
		return true
	})
}
