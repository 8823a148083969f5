package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Alerts fire when what they are about has lasted, and are quiet otherwise, by
// Prometheus' own tool and the cases in testdata.
func TestAlerts_FireWhenTheyShould(t *testing.T) {
	cases := text(t, "tests", "deployment", "testdata", "alerts.yml")
	for _, a := range alerts(t) {
		require.Contains(t, cases, `alertname="`+a.Alert+`"`, "no case lets it fire")
	}
	tool := promtool(t)
	out, err := exec.CommandContext(t.Context(), tool, "check", "rules", filepath.Join(root(t), "deploy", "prometheus", "alerts.yml")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), tool, "test", "rules", filepath.Join("testdata", "alerts.yml")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// promtool is Prometheus' tool, or the test is skipped.
func promtool(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("promtool"); err == nil {
		return path
	}
	if cache, err := os.UserCacheDir(); err == nil {
		if path := filepath.Join(cache, "countersign", "promtool"); isThere(path) {
			return path
		}
	}
	if demanded("promtool") {
		require.FailNow(t, "promtool is demanded and not here: run .ci/promtool")
	}
	t.Skip("promtool is not here: run .ci/promtool, or install the package prometheus")
	return ""
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
