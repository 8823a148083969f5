package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/dynamicconfig"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
)

// Each role gets a configuration that it accepts, without a variable that
// nothing reads.
func TestCompose_ConfiguresEveryRole(t *testing.T) {
	known, p := harness.KnownVariables(t), project(t)
	for name, roles := range map[string][]string{
		"worker":   {app.RoleWorkflows, app.RoleActivities},
		"evidence": {app.RoleEvidence},
		"gateway":  {app.RoleGateway},
	} {
		s := p.Services[name]
		if name == "gateway" {
			require.Equal(t, []string{"/gateway"}, []string(s.Entrypoint))
		} else {
			require.Equal(t, []string{"--role", strings.Join(roles, ",")}, []string(s.Command))
		}
		env := harness.Env{}
		for variable, value := range set(s) {
			bare := strings.TrimSuffix(variable, "_FILE")
			require.True(t, known[bare] || strings.HasPrefix(variable, "TEMPORAL_"), "%s sets %s, which nothing reads", name, variable)
			if _, secret := secretOf(value); secret {
				value = "what-the-file-holds-and-long-enough-for-all"
			}
			if value != "" {
				env[bare] = value
			}
		}
		_, err := app.FromEnvironment(env, roles)
		require.NoError(t, err, name)
	}
}

// What the containers of Temporal are told is what their programs read, by the
// sources of the versions that run.
func TestCompose_TemporalReadsWhatItIsTold(t *testing.T) {
	p := project(t)
	for name, source := range map[string][]string{
		"temporal": {"go.temporal.io/server", "common", "config", "config_template_embedded.yaml"},
		"schema":   {"go.temporal.io/server", "tools", "sql", "main.go"},
		"ui":       {"github.com/temporalio/ui-server/v2", "config", "docker.yaml"},
	} {
		read := moduleText(t, source[0], source[1:]...)
		require.NotEmpty(t, p.Services[name].Environment)
		for variable := range p.Services[name].Environment {
			require.Contains(t, read, `"`+variable+`"`, "%s does not read it", name)
		}
	}
	for variable := range p.Services["grafana"].Environment {
		require.Regexp(t, regexp.MustCompile(`^GF_[A-Z]+_[A-Z_]+$`), variable)
	}
}

// The server ends at its start where its settings cannot be read, and ignores
// those it does not know.
func TestCompose_TemporalKnowsItsSettings(t *testing.T) {
	s := project(t).Services["temporal"]
	file, ok := strings.CutPrefix(set(s)["DYNAMIC_CONFIG_FILE_PATH"], s.Volumes[0].Target)
	require.True(t, ok, "the settings are not in the folder that is mounted")
	b, err := os.ReadFile(filepath.Join(s.Volumes[0].Source, file))
	require.NoError(t, err)
	loaded := dynamicconfig.LoadYamlFile(b)
	require.Empty(t, loaded.Errors)
	require.Empty(t, loaded.Warnings)
	require.Greater(t, len(loaded.Map), 5)
}

// moduleText is a file of a module in the version that go.mod names.
func moduleText(t *testing.T, module string, path ...string) string {
	t.Helper()
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	list.Dir = root(t)
	dir, err := list.Output()
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(append([]string{strings.TrimSpace(string(dir))}, path...)...))
	require.NoError(t, err)
	return string(b)
}
