package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/lowcodex/countersign/tests/harness"
)

// No module this one is built from may need a newer Go than its own go.mod
// says: a newer Temporal server or UI server would, and then nothing builds with
// the Go that is promised.
func TestVersions_NoModuleNeedsANewerGo(t *testing.T) {
	root, err := harness.ModuleRoot()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod, err := modfile.Parse("go.mod", text, nil)
	require.NoError(t, err)
	ours := "v" + mod.Go.Version

	list := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}} {{.GoVersion}}", "all")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	modules := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Greater(t, len(modules), 100, "the whole list")
	for _, line := range modules {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue // this module itself, or one that says nothing
		}
		needs := "v" + fields[2]
		require.True(t, semver.IsValid(needs), "%s", line)
		require.LessOrEqual(t, semver.Compare(needs, ours), 0,
			"%s %s needs Go %s, go.mod promises %s; pin an older version", fields[0], fields[1], fields[2], mod.Go.Version)
	}
}

// The parts whose versions were measured together are the ones in go.mod.
func TestVersions_ArePinned(t *testing.T) {
	root, err := harness.ModuleRoot()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod, err := modfile.Parse("go.mod", text, nil)
	require.NoError(t, err)
	have := map[string]string{}
	for _, r := range mod.Require {
		have[r.Mod.Path] = r.Mod.Version
	}
	for path, want := range map[string]string{
		"go.temporal.io/server":              "v1.32.1", // v1.32.2 needs a newer Go
		"go.temporal.io/sdk":                 "v1.50.0",
		"github.com/temporalio/ui-server/v2": "v2.55.0", // v2.56.0 needs a newer Go
		"modernc.org/sqlite":                 "v1.51.0", // the server's own
	} {
		require.Equal(t, want, have[path], path)
	}
}
