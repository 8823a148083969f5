package tests

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/tests/harness"
)

// compose is the part of the compose file format that docker-compose.yml uses
// (github.com/compose-spec/compose-spec); any other key is refused when it is
// decoded, so a misspelt one is found.
type compose struct {
	Name     string                       `yaml:"name"`
	Template service                      `yaml:"x-countersign"`
	Services map[string]service           `yaml:"services"`
	Volumes  map[string]struct{}          `yaml:"volumes"`
	Secrets  map[string]map[string]string `yaml:"secrets"`
}

type service struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	Restart     string            `yaml:"restart"`
	ReadOnly    bool              `yaml:"read_only"`
	Tmpfs       []string          `yaml:"tmpfs"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Ports       []string          `yaml:"ports"`
	Secrets     []string          `yaml:"secrets"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test     []string `yaml:"test"`
		Interval string   `yaml:"interval"`
		Timeout  string   `yaml:"timeout"`
		Retries  int      `yaml:"retries"`
	} `yaml:"healthcheck"`
}

func readCompose(t *testing.T) compose {
	t.Helper()
	b, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var c compose
	require.NoError(t, yaml.UnmarshalWithOptions(b, &c, yaml.Strict()))
	return c
}

// The file is what the published schema says a compose file is.
func TestCompose_FollowsTheSchema(t *testing.T) {
	b, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	asJSON, err := yaml.YAMLToJSON(b)
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	require.NoError(t, err)
	schema, err := jsonschema.NewCompiler().Compile("testdata/compose-spec.json")
	require.NoError(t, err)
	require.NoError(t, schema.Validate(document))
	document.(map[string]any)["services"].(map[string]any)["worker"].(map[string]any)["enviroment"] = map[string]any{}
	require.Error(t, schema.Validate(document), "the schema must be able to refuse")
}

// Containers cannot be run here, so the file is held against itself: what it
// refers to is there, images are pinned, and only loopback is published.
func TestCompose_HoldsTogether(t *testing.T) {
	c := readCompose(t)
	require.Subset(t, slices.Collect(maps.Keys(c.Services)), []string{"postgresql", "temporal", "ui", "worker", "evidence", "gateway"})
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+(\.\d+)+$`)
	for name, s := range c.Services {
		require.Regexp(t, pinned, s.Image, "%s: the image needs a full version", name)
		for other, on := range s.DependsOn {
			require.Contains(t, c.Services, other, name)
			switch on.Condition {
			case "service_healthy":
				require.NotNil(t, c.Services[other].Healthcheck, "%s waits for the health of %s", name, other)
			case "service_completed_successfully":
			default:
				require.Fail(t, "unknown condition", "%s: %q", name, on.Condition)
			}
		}
		for _, v := range s.Volumes {
			if source, _, _ := strings.Cut(v, ":"); !strings.HasPrefix(source, ".") {
				require.Contains(t, c.Volumes, source, name)
			}
		}
		for _, p := range s.Ports {
			require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s publishes %s beyond this host", name, p)
		}
		for _, secret := range s.Secrets {
			require.Contains(t, c.Secrets, secret, name)
		}
		for variable, value := range s.Environment {
			if file, ok := strings.CutPrefix(value, "/run/secrets/"); ok {
				require.Contains(t, s.Secrets, file, "%s: %s", name, variable)
			}
		}
	}
	require.Equal(t, c.Services["worker"].Volumes[1], c.Services["evidence"].Volumes[1], "worker and evidence share the blobs")
}

// The versions of the containers are those of the embedded server and UI.
func TestCompose_RunsTheVersionsThatWereMeasured(t *testing.T) {
	c := readCompose(t)
	mod := text(t, "../go.mod")
	for name, module := range map[string]string{
		"temporal": "go.temporal.io/server", "schema": "go.temporal.io/server", "ui": "github.com/temporalio/ui-server/v2",
	} {
		_, version, _ := strings.Cut(c.Services[name].Image, ":")
		require.True(t, strings.Contains(mod, "\t"+module+" v"+version+"\n"), "%s runs %s, go.mod has another", name, version)
	}
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(mod)[1]
	require.Contains(t, text(t, "../Dockerfile"), "FROM golang:"+goVersion+"-")
}

// Each role gets a configuration that it accepts, without a variable that
// nothing reads.
func TestCompose_ConfiguresEveryRole(t *testing.T) {
	c := readCompose(t)
	for name, roles := range map[string][]string{
		"worker":   {app.RoleWorkflows, app.RoleActivities},
		"evidence": {app.RoleEvidence},
		"gateway":  {app.RoleGateway},
	} {
		s := c.Services[name]
		if name == "gateway" {
			require.Equal(t, []string{"/gateway"}, s.Entrypoint)
		} else {
			require.Equal(t, []string{"--role", strings.Join(roles, ",")}, s.Command)
		}
		known := knownVariables(t)
		env := harness.Env{}
		for variable, value := range s.Environment {
			require.True(t, known[strings.TrimSuffix(variable, "_FILE")] || strings.HasPrefix(variable, "TEMPORAL_"), "%s sets %s, which nothing reads", name, variable)
			// The file exists in the container only; its content is what counts.
			env[strings.TrimSuffix(variable, "_FILE")] = value
		}
		_, err := app.FromEnvironment(env, roles)
		require.NoError(t, err, name)
	}
}

// Every variable that a program reads is explained to those who set it.
func TestDocs_EveryVariableIsExplained(t *testing.T) {
	known := knownVariables(t)
	require.Greater(t, len(known), 10)
	for variable := range known {
		for _, page := range []string{"../README.md", "../docs/operate/configure.md"} {
			require.True(t, strings.Contains(text(t, page), "`"+variable+"`"), "%s does not explain %s", page, variable)
		}
	}
}

// asked notes the names that were looked up.
type asked map[string]bool

func (a asked) Environ() []string { return nil }
func (a asked) LookupEnv(name string) (string, bool) {
	a[strings.TrimSuffix(name, "_FILE")] = true
	return "", false
}

// knownVariables is what the configuration reads, asked of itself.
func knownVariables(t *testing.T) map[string]bool {
	t.Helper()
	names := asked{}
	_, err := app.FromEnvironment(names, []string{app.RoleAll})
	require.Error(t, err, "nothing is set")
	_, err = connect.KeyRingFrom(names.LookupEnv)
	require.NoError(t, err)
	return names
}
