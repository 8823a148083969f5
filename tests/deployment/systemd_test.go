package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The units for hosts without containers are what systemd takes without a word,
// give nobody rights, and do not collide on one host.
func TestSystemd_UnitsAreValid(t *testing.T) {
	units, err := filepath.Glob(filepath.Join(root(t), "deploy", "systemd", "*.service"))
	require.NoError(t, err)
	require.Len(t, units, 3)
	page, taken := text(t, "docs", "operate", "deploy.md"), map[string]string{}
	dir := t.TempDir()
	for _, path := range units {
		name := filepath.Base(path)
		unit := text(t, "deploy", "systemd", name)
		require.Contains(t, page, "`"+strings.TrimSuffix(name, ".service")+"`", "deploy.md does not say what it is")
		for _, line := range []string{"User=countersign", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "SystemCallFilter=@system-service", "Restart=always",
			// A clock that is wrong until the network is there would be that of records for ever.
			"After=network-online.target time-sync.target"} {
			require.Contains(t, unit, "\n"+line+"\n", name)
		}
		at := regexp.MustCompile(`(?m)^Environment=COUNTERSIGN_(?:METRICS_)?LISTEN=(\S+)$`).FindStringSubmatch(unit)
		require.NotNil(t, at, name)
		require.Empty(t, taken[at[1]], "%s listens where another does", name)
		taken[at[1]] = name
		// The verifier demands that programs exist.
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(regexp.MustCompile(`/usr/local/bin/countersign-\w+`).ReplaceAllString(unit, "/bin/true")), 0o600))
	}
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	for _, path := range units {
		out, err := exec.CommandContext(t.Context(), tool, "verify", "--man=no", filepath.Join(dir, filepath.Base(path))).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.NotContains(t, string(out), filepath.Base(path), "%s", out)
	}
}
