package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// variables is an environment.
type variables map[string]string

func (v variables) Environ() []string {
	var out []string
	for name, value := range v {
		out = append(out, name+"="+value)
	}
	return out
}

func (v variables) LookupEnv(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

func TestPlatformTargets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("from-a-file\n"), 0o600))
	got, errs := platformTargets(variables{
		"PLATFORM_LAB_URL": "http://127.0.0.1:1880", "PLATFORM_LAB_TOKEN_FILE": file,
		"PLATFORM_ORDERS_PRODUCTION_URL": "https://flows.example.com/admin", "PLATFORM_ORDERS_PRODUCTION_TOKEN": "t0ken",
		"PLATFORM_ORDERS_PRODUCTION_SERVED_AT": "https://flows.example.com", "PLATFORM": "x", "PLATFORM_": "x", "PLATFORM__URL": "x", "PATH": "/bin",
		"PLATFORM_NAME": "somebody else's",
	})
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, map[string]PlatformAddress{
		"LAB":               {URL: "http://127.0.0.1:1880", Token: "from-a-file"},
		"ORDERS_PRODUCTION": {URL: "https://flows.example.com/admin", ServedAt: "https://flows.example.com", Token: "t0ken"},
	}, got)
	require.NoError(t, Config{Platforms: got}.checkPlatforms())
}

func TestPlatformTargetsSayWhatIsWrong(t *testing.T) {
	for says, env := range map[string]variables{
		"PLATFORM_LAB_URL is not set":                             {"PLATFORM_LAB_TOKEN": "hunter22"},
		"PLATFORM_LAB_TOKEN and PLATFORM_LAB_TOKEN_FILE are both": {"PLATFORM_LAB_URL": "http://127.0.0.1:1", "PLATFORM_LAB_TOKEN": "hunter22", "PLATFORM_LAB_TOKEN_FILE": "x"},
		"PLATFORM_LAB_TOKEN_FILE cannot be read":                  {"PLATFORM_LAB_URL": "http://127.0.0.1:1", "PLATFORM_LAB_TOKEN_FILE": "/there/is/none"},
		"address LAB: give a URL without credentials":             {"PLATFORM_LAB_URL": "https://bot:hunter22@flows.example.com"},
		"address reference \"lab\"":                               {"PLATFORM_lab_URL": "https://flows.example.com"},
	} {
		targets, errs := platformTargets(env)
		err := errors.Join(append(errs, Config{Platforms: targets}.checkPlatforms())...)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "hunter22")
		_, err = FromEnvironment(env, []string{RoleActivities})
		require.ErrorContains(t, err, says, "and the start is refused")
	}
}
