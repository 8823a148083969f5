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
	if demanded("postgresql") {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		require.NoError(t, err)
		require.NotEmpty(t, found, "PostgreSQL is demanded and not installed: apt-get install postgresql")
	}
	return harness.StartPostgres(t)
}

// demanded says whether what is missing fails tests instead of skipping them.
func demanded(what string) bool {
	return slices.Contains(strings.Split(os.Getenv(noderedtest.RequireVariable), ","), what)
}

func passwordOf(p *harness.Postgres) string { return strings.TrimPrefix(p.Env[0], "PGPASSWORD=") }

func postgresPort(p *harness.Postgres) string { return strconv.Itoa(p.Port) }
