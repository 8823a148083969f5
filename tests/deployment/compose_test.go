package deployment

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// The file is valid by the schema of the compose specification, what it refers
// to exists, and who brings it up is told what is missing.
func TestCompose_IsValid(t *testing.T) {
	p := project(t)
	require.Subset(t, slices.Collect(maps.Keys(p.Services)),
		[]string{"postgresql", "schema", "temporal", "namespace", "ui", "worker", "evidence", "gateway", "prometheus", "grafana"})
	for name := range mandatory {
		env := maps.Clone(mandatory)
		delete(env, name)
		_, err := load(t, env)
		require.ErrorContains(t, err, name, "it must not come up without %s", name)
	}
}

// The reader refuses what it should: otherwise the test above proves nothing.
func TestCompose_FaultsAreFound(t *testing.T) {
	whole := text(t, "docker-compose.yml")
	for name, fault := range map[string][2]string{
		"misspelt key":      {"  worker:\n    <<: *countersign\n    command:", "  worker:\n    <<: *countersign\n    comand:"},
		"unknown service":   {"    depends_on:\n      schema:", "    depends_on:\n      scheme:"},
		"unknown volume":    {"- anchors:/anchors", "- anchor:/anchors"},
		"unknown secret":    {"secrets: [grafana_admin_password]", "secrets: [grafana_password]"},
		"unknown condition": {"condition: service_healthy", "condition: service_well"},
	} {
		require.Contains(t, whole, fault[0], name)
		path := filepath.Join(t.TempDir(), "docker-compose.yml")
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(whole, fault[0], fault[1], 1)), 0o600))
		_, err := loadFile(t, path, mandatory)
		require.Error(t, err, name)
	}
}

// Images have a full version, and those of Temporal the one that go.mod has.
func TestCompose_RunsTheVersionsThatWereMeasured(t *testing.T) {
	p := project(t)
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+(\.\d+)+$`)
	for name, s := range p.Services {
		require.Regexp(t, pinned, s.Image, "%s: the image needs a full version", name)
	}
	mod := text(t, "go.mod")
	for name, module := range map[string]string{
		"temporal": "go.temporal.io/server", "schema": "go.temporal.io/server", "namespace": "go.temporal.io/server",
		"ui": "github.com/temporalio/ui-server/v2",
	} {
		_, version, _ := strings.Cut(p.Services[name].Image, ":")
		require.Contains(t, mod, "\t"+module+" v"+version+"\n", "%s runs %s, go.mod has another", name, version)
	}
	dockerfile := text(t, "Dockerfile")
	mains := regexp.MustCompile(`go build .*-o /out/ (.*) &&`).FindStringSubmatch(dockerfile)
	require.NotNil(t, mains)
	programs := map[string]bool{"/worker": false, "/gateway": false, "/starter": false}
	for _, main := range strings.Fields(mains[1]) {
		require.FileExists(t, filepath.Join(root(t), main, "main.go"))
		programs["/"+filepath.Base(main)] = true
	}
	require.Equal(t, map[string]bool{"/worker": true, "/gateway": true, "/starter": true}, programs, "what the image holds")
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(mod)[1]
	require.Contains(t, dockerfile, "FROM golang:"+goVersion+"-")
	for _, image := range regexp.MustCompile(`--from=([a-z]+:\S+)`).FindAllStringSubmatch(dockerfile, -1) {
		require.Regexp(t, `^[a-z]+:\d+(\.\d+)+(-[a-z]+)?$`, image[1])
	}
}

// Nothing listens beyond this host, nothing writes to its own program, and what
// is ours has no rights.
func TestCompose_IsClosed(t *testing.T) {
	p := project(t)
	for name, s := range p.Services {
		require.True(t, s.ReadOnly, "%s can write to its root", name)
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes %s beyond this host", name, port.Published)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				require.True(t, v.ReadOnly, "%s can write to %s of the host", name, v.Source)
				if v.Target != "/policy" {
					require.DirExists(t, v.Source, name)
				}
			}
		}
		if s.Build != nil {
			require.Equal(t, []string{"ALL"}, s.CapDrop, name)
			require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, name)
		}
	}
	require.Contains(t, text(t, "Dockerfile"), "\nUSER 65532:65532\n")
	for _, ignored := range []string{".gitignore", ".dockerignore"} {
		require.Regexp(t, `(?m)^/?secrets/?$`, text(t, ignored), "%s would let secrets out", ignored)
	}
}

// Whoever listens is asked for its health; whoever is waited for to be healthy, too.
func TestCompose_KnowsWhoIsWell(t *testing.T) {
	p := project(t)
	for name, s := range p.Services {
		// These two have nothing that could be asked; alerts watch their queues.
		listens := !slices.Contains([]string{"worker", "evidence"}, name)
		if s.Restart == types.RestartPolicyUnlessStopped && listens {
			require.NotNil(t, s.HealthCheck, "%s listens and nobody asks for its health", name)
		}
		for other, on := range s.DependsOn {
			switch on.Condition {
			case types.ServiceConditionHealthy:
				require.NotNil(t, p.Services[other].HealthCheck, "%s waits for the health of %s", name, other)
			case types.ServiceConditionCompletedSuccessfully:
				require.NotEqual(t, types.RestartPolicyUnlessStopped, p.Services[other].Restart, "%s waits for the end of %s, which has none", name, other)
			default:
				require.Fail(t, "a service that has only been started may not be ready", "%s: %s", name, other)
			}
		}
	}
	worker, evidence := p.Services["worker"], p.Services["evidence"]
	require.Equal(t, worker.Volumes[1], evidence.Volumes[1], "worker and evidence share the blobs")
	require.Nil(t, evidence.Deploy, "there is one evidence process")
}

// Every secret is used, and the page says what goes into its file.
func TestCompose_SecretsAreExplained(t *testing.T) {
	p := project(t)
	page := text(t, "docs", "operate", "deploy.md")
	used := map[string]bool{}
	for name, s := range p.Services {
		for variable, value := range set(s) {
			if secret, ok := secretOf(value); ok {
				require.True(t, slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return c.Source == secret }), "%s: %s", name, variable)
				used[secret] = true
			}
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(p.Secrets)), slices.Collect(maps.Keys(used)))
	for name, secret := range p.Secrets {
		require.Equal(t, filepath.Join(root(t), "secrets", name), secret.File)
		require.Contains(t, page, "`secrets/"+name+"`", "deploy.md does not say what goes into it")
	}
	for name := range mandatory {
		require.Contains(t, page, "`"+name+"`")
	}
}
