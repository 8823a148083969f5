// Package deployment holds what is tested of docker-compose.yml and of the files
// beside it: that they are valid and agree with the programs, and that what they
// describe runs. Containers are not needed: the same programs get the same
// commands and variables, on loopback addresses and in folders of the test.
package deployment

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// mandatory is what whoever brings the deployment up must say.
var mandatory = map[string]string{
	"COUNTERSIGN_POLICY_DIR": "/srv/policy",
	"POSTGRES_PASSWORD":      "s3cret",
	"JIRA_URL":               "https://example.atlassian.net",
	"JIRA_EMAIL":             "bot@example.com",
}

// load reads the compose file as `docker compose` does, by the library it is
// made of: schema, variables, and whether what is referred to exists.
func load(t *testing.T, env map[string]string) (*types.Project, error) {
	t.Helper()
	return loadFile(t, filepath.Join(root(t), "docker-compose.yml"), env)
}

func loadFile(t *testing.T, path string, env map[string]string) (*types.Project, error) {
	t.Helper()
	var vars []string
	for name, value := range env {
		vars = append(vars, name+"="+value)
	}
	options, err := cli.NewProjectOptions([]string{path}, cli.WithEnv(vars), cli.WithWorkingDirectory(root(t)))
	require.NoError(t, err)
	return options.LoadProject(context.Background())
}

// project is the compose file with the mandatory variables set.
func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(t, mandatory)
	require.NoError(t, err)
	return p
}

// root is the directory of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := harness.ModuleRoot()
	require.NoError(t, err)
	return dir
}

// text is a file of the repository.
func text(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{root(t)}, path...)...))
	require.NoError(t, err)
	return string(b)
}

// set is the variables of a service that have a value.
func set(s types.ServiceConfig) map[string]string {
	out := map[string]string{}
	for name, value := range s.Environment {
		if value != nil {
			out[name] = *value
		}
	}
	return out
}

// secretOf is the secret that a variable names by its file, if it does.
func secretOf(value string) (string, bool) { return strings.CutPrefix(value, "/run/secrets/") }
