// Package harness holds what the tests outside a package share: programs built
// from this module, a Temporal server run as a program of its own, PostgreSQL,
// and time that passes at once.
package harness

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// programs remembers what this test process has built, by package path. A
// build that finds nothing to do still takes two seconds for the server.
var programs sync.Map // string → func() (string, error)

// Build compiles the program in a package of this module, e.g. "./cmd/sandbox",
// and returns the path of the executable. It is built without the race detector
// and without debug information: a Temporal server with either takes minutes.
// The same package is built once per test process, and linked again only when
// its sources changed since the last run of any test.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	once, _ := programs.LoadOrStore(pkg, sync.OnceValues(func() (string, error) { return build(pkg) }))
	executable, err := once.(func() (string, error))()
	require.NoError(t, err, "build %s", pkg)
	return executable
}

func build(pkg string) (string, error) {
	root, err := ModuleRoot()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("a place for built programs: %w; set HOME or XDG_CACHE_HOME", err)
	}
	// One place per checkout, so that two of them do not undo each other's work.
	sum := sha256.Sum256([]byte(root))
	dir := filepath.Join(cache, "countersign-tests", hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	kept := filepath.Join(dir, path.Base(filepath.ToSlash(pkg)))
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", kept, pkg)
	cmd.Dir = root
	cmd.Env = withoutRace(os.Environ())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out.String())
	}
	return private(kept)
}

// private gives the program a second name, which stays when another test process
// replaces the kept one by a newer build. The same build gets the same name, and
// names of builds more than an hour older are removed: whoever runs one of
// those has started it long ago.
func private(kept string) (string, error) {
	now, err := os.Stat(kept)
	if err != nil {
		return "", err
	}
	names, err := filepath.Glob(kept + "-*")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
		case os.SameFile(info, now):
			return name, nil
		case now.ModTime().Sub(info.ModTime()) > time.Hour:
			_ = os.Remove(name) // if it fails, the next run tries again
		}
	}
	name := fmt.Sprintf("%s-%x", kept, now.ModTime().UnixNano())
	if err := os.Link(kept, name); err != nil {
		return "", fmt.Errorf("name the built program: %w", err)
	}
	return name, nil
}

// withoutRace drops a -race from GOFLAGS, which would reach the build.
func withoutRace(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, e := range env {
		if flags, ok := strings.CutPrefix(e, "GOFLAGS="); ok {
			e = "GOFLAGS=" + strings.Join(strings.Fields(strings.ReplaceAll(" "+flags+" ", " -race ", " ")), " ")
		}
		kept = append(kept, e)
	}
	return kept
}

// ModuleRoot returns the directory of go.mod above the working directory.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory; run the tests inside the module")
		}
		dir = parent
	}
}
