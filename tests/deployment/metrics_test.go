package deployment

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// Alerts and panels ask for nothing that nobody exports: a name that is spelt
// wrong is a panel that stays empty and an alert that never fires.
func TestMetrics_AlertsAndPanelsNameWhatIsExported(t *testing.T) {
	ours, engines, sdks := exported(t), engineMetrics(t), sdkMetrics(t)
	require.True(t, sdks["temporal_activity_execution_latency_seconds_bucket"])
	require.Contains(t, ours, "countersign_policy_problems")
	require.Greater(t, len(ours), 10)
	require.Greater(t, len(engines), 100)
	asked := selectors(t)
	require.Greater(t, len(asked), 30)
	for _, s := range asked {
		if s.metric == "up" || s.metric == "ALERTS" { // Prometheus' own
			continue
		}
		labels, known := ours[s.metric]
		require.True(t, known || engines[s.metric] || sdks[s.metric], "%s: nobody exports %s", s.where, s.metric)
		for _, label := range s.labels {
			if known {
				require.Contains(t, append(labels, "le", "job", "instance"), label, "%s: %s has no such label", s.where, s.metric)
			}
		}
		if known {
			require.True(t, strings.HasPrefix(s.metric, "countersign_"))
		}
	}
}

// What is matched exists: queues, jobs, and the services that jobs scrape.
func TestMetrics_MatchWhatExists(t *testing.T) {
	jobs, p := scraped(t), project(t)
	listen := map[string]string{
		"gateway": "COUNTERSIGN_LISTEN", "worker": "COUNTERSIGN_METRICS_LISTEN", "evidence": "COUNTERSIGN_METRICS_LISTEN", "temporal": "PROMETHEUS_ENDPOINT",
	}
	require.Len(t, jobs, len(listen))
	for job, target := range jobs {
		host, port, err := net.SplitHostPort(target)
		require.NoError(t, err)
		listens := set(p.Services[host])[listen[job]]
		require.Equal(t, "0.0.0.0:"+port, listens, "%s is scraped where it does not listen", job)
	}
	queues := []string{
		compliance.QueueWorkflows, compliance.QueueTickets, compliance.QueueMessages, compliance.QueuePages,
		compliance.QueuePlatforms, compliance.QueueFeeds, compliance.QueueEvidence,
	}
	watched := map[string]bool{}
	for _, s := range selectors(t) {
		if job, ok := s.values["job"]; ok {
			require.Contains(t, jobs, job, s.where)
		}
		if namespace, ok := s.values["namespace"]; ok {
			require.Equal(t, set(p.Services["worker"])["TEMPORAL_NAMESPACE"], namespace, s.where)
		}
		if queue, ok := s.values["taskqueue"]; ok {
			for _, name := range strings.Split(queue, "|") {
				require.Contains(t, queues, name, s.where)
				if strings.HasPrefix(s.where, "alert ") {
					watched[name] = true
				}
			}
		}
	}
	for _, queue := range []string{compliance.QueueWorkflows, compliance.QueueTickets, compliance.QueueMessages, compliance.QueuePages, compliance.QueueEvidence} {
		require.True(t, watched[queue], "no alert says that nobody serves %s", queue)
	}
}

// The panels are all there is to see: each has a name, a source that exists and
// a place of its own.
func TestMetrics_DashboardIsWhole(t *testing.T) {
	source := text(t, "deploy", "grafana", "provisioning", "datasources", "prometheus.yml")
	grafana := project(t).Services["grafana"].Volumes[1]
	require.Contains(t, text(t, "deploy", "grafana", "provisioning", "dashboards", "countersign.yml"), "path: "+grafana.Target+"\n")
	require.FileExists(t, filepath.Join(grafana.Source, "countersign.json"))
	taken := map[[2]int]string{}
	for _, p := range panels(t) {
		require.NotEmpty(t, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			require.Less(t, x, 24, p.Title)
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, taken[[2]int{x, y}], "%s lies over another panel", p.Title)
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Targets, p.Title)
		require.Contains(t, source, "uid: "+p.Datasource.UID+"\n", p.Title)
	}
}

// Every alert says how urgent it is and what it means.
func TestMetrics_AlertsSayWhatTheyMean(t *testing.T) {
	page := text(t, "docs", "operate", "alerts.md")
	for _, a := range alerts(t) {
		require.Contains(t, []string{"page", "ticket"}, a.Labels["severity"], a.Alert)
		require.NotEmpty(t, a.Annotations["summary"], a.Alert)
		require.NotEmpty(t, a.Annotations["description"], a.Alert)
		require.Contains(t, page, "`"+a.Alert+"`", "alerts.md does not say what to do")
	}
}
