package noderedtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

// told is a test that is told to skip or to fail.
type told struct{ skipped, failed string }

func (*told) Helper()                             {}
func (o *told) Skipf(format string, args ...any)  { o.skipped = fmt.Sprintf(format, args...) }
func (o *told) Fatalf(format string, args ...any) { o.failed = fmt.Sprintf(format, args...) }

// A missing Node-RED skips a test and names what to do; where it is demanded it fails the test.
func TestNeedSkipsOrFails(t *testing.T) {
	t.Setenv(noderedtest.InstallVariable, t.TempDir())
	for demand, fails := range map[string]bool{"": false, "chromium": false, "nodered": true, "chromium,nodered": true} {
		t.Setenv(noderedtest.RequireVariable, demand)
		var o told
		noderedtest.Need(&o)
		require.Contains(t, o.skipped+o.failed, "make nodered")
		require.Equal(t, fails, o.failed != "", demand)
	}
}
