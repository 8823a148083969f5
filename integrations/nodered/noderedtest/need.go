package noderedtest

import (
	"os"
	"slices"
	"strings"
)

// RequireVariable lists, separated by commas, what must be here for tests to
// run: with "nodered" in it, a missing Node-RED fails a test instead of skipping it.
const RequireVariable = "COUNTERSIGN_REQUIRE"

// Test is what is needed of a *testing.T.
type Test interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Need gives the folder of the installed Node-RED, or skips the test.
func Need(t Test) string {
	t.Helper()
	dir, err := Installed()
	if err == nil {
		return dir
	}
	if slices.Contains(strings.Split(os.Getenv(RequireVariable), ","), "nodered") {
		t.Fatalf("%v; %s demands it", err, RequireVariable)
		return ""
	}
	t.Skipf("%v", err)
	return ""
}
