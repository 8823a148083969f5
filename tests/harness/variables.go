package harness

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/connect"
)

// asked notes the names that were looked up.
type asked map[string]bool

func (a asked) Environ() []string { return nil }
func (a asked) LookupEnv(name string) (string, bool) {
	a[strings.TrimSuffix(name, "_FILE")] = true
	return "", false
}

// KnownVariables is what the configuration reads, asked of itself; without the
// suffix _FILE.
func KnownVariables(t testing.TB) map[string]bool {
	t.Helper()
	names := asked{}
	_, err := app.FromEnvironment(names, []string{app.RoleAll})
	require.Error(t, err, "nothing is set")
	_, err = connect.KeyRingFrom(names.LookupEnv)
	require.NoError(t, err)
	return names
}
