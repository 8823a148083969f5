package deployment

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/tests/harness"
)

// startPostgres starts the PostgreSQL of the system's packages. Where there is
// none the test is skipped, and fails where COUNTERSIGN_REQUIRE demands it.
func startPostgres(t *testing.T) *harness.Postgres {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv(noderedtest.RequireVariable), ","), "postgresql") {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		require.NoError(t, err)
		require.NotEmpty(t, found, "PostgreSQL is demanded and not installed: apt-get install postgresql")
	}
	return harness.StartPostgres(t)
}

func passwordOf(p *harness.Postgres) string { return strings.TrimPrefix(p.Env[0], "PGPASSWORD=") }

func postgresPort(p *harness.Postgres) string { return strconv.Itoa(p.Port) }
