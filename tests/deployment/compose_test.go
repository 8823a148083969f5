package deployment

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
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
	require.NotRegexp(t, `(?m)^\.git$`, text(t, ".dockerignore"), "the programs would not know their revision")
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
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, name)
		require.False(t, s.Privileged, name)
		require.NotEqual(t, "host", s.NetworkMode, name)
		if name != "postgresql" { // which begins as root to give its folder away
			require.Empty(t, s.CapAdd, name)
		}
		if s.Build != nil {
			require.Equal(t, "65532:65532", s.User, name)
		}
	}
	require.Contains(t, text(t, "Dockerfile"), "\nUSER 65532:65532\n")
	for _, ignored := range []string{".gitignore", ".dockerignore"} {
		for _, name := range []string{"secrets", `\.env`} {
			require.Regexp(t, `(?m)^/?`+name+`/?$`, text(t, ignored), "%s would let secrets out", ignored)
		}
	}
}

// No container can take the host: memory, processes and what is kept of its words
// are bounded, and Go knows of the bound before it is reached.
func TestCompose_IsBounded(t *testing.T) {
	for name, s := range project(t).Services {
		require.NotZero(t, s.MemLimit, "%s may take all memory", name)
		require.NotZero(t, s.PidsLimit, "%s may start any number of processes", name)
		require.NotNil(t, s.Logging, name)
		require.NotEmpty(t, s.Logging.Options["max-size"], "%s may fill the disk with what it says", name)
		require.NotEmpty(t, s.Logging.Options["max-file"], name)
		if s.Build != nil { // ours bound themselves: a limit here would take the place of what was measured
			require.NotContains(t, set(s), "GOMEMLIMIT", name)
			require.Less(t, int64(app.MemoryWanted), int64(s.MemLimit)/2, name)
		}
	}
}

// A secret is a file that is mounted, never a value that `docker inspect` shows;
// the password of PostgreSQL, which Temporal reads from its environment, is the one exception.
func TestCompose_SecretsAreFiles(t *testing.T) {
	for name, s := range project(t).Services {
		for variable, value := range set(s) {
			if value == "" || strings.HasSuffix(variable, "_FILE") || value == mandatory["POSTGRES_PASSWORD"] {
				continue
			}
			require.NotRegexp(t, `(TOKEN|SECRET|PASSWORD|_KEYS?)$`, variable, name)
		}
	}
}

// `starter doctor` can try the ways to the gateway from where it looks, by what the
// workers are given; what signs people in they are not.
func TestCompose_WorkersCanTryTheGateway(t *testing.T) {
	p := project(t)
	worker, gateway := set(p.Services["worker"]), set(p.Services["gateway"])
	for _, name := range []string{
		"SLACK_SIGNING_SECRET_FILE", "JIRA_WEBHOOK_SECRET_FILE", "PAGERDUTY_WEBHOOK_SECRET_FILE", "SLACK_TEAM_ID",
	} {
		require.Contains(t, worker, name)
		require.Equal(t, gateway[name], worker[name], name)
	}
	for _, name := range []string{"worker", "evidence", "gateway"} {
		require.Contains(t, set(p.Services[name]), "COUNTERSIGN_PUBLIC_URL", name)
	}
	for _, name := range []string{"COUNTERSIGN_LINK_KEY_FILE", "OIDC_CLIENT_SECRET_FILE"} {
		require.NotContains(t, worker, name, "who has it can prove sign-ins that never were")
	}
}

// Whoever listens is asked for its health; whoever is waited for to be healthy, too.
func TestCompose_KnowsWhoIsWell(t *testing.T) {
	p := project(t)
	for name, s := range p.Services {
		if s.Restart == types.RestartPolicyUnlessStopped {
			require.NotNil(t, s.HealthCheck, "%s goes on for ever and nobody asks for its health", name)
		}
		if s.Build != nil { // the image holds nothing else that could ask
			port := set(s)[map[bool]string{true: "COUNTERSIGN_LISTEN", false: "COUNTERSIGN_METRICS_LISTEN"}[name == "gateway"]]
			address := "http://" + strings.Replace(port, "0.0.0.0", "127.0.0.1", 1) + "/readyz"
			require.Equal(t, []string{"CMD", "/worker", "--healthcheck", address}, []string(s.HealthCheck.Test), name)
			require.Greater(t, time.Duration(*s.HealthCheck.StartPeriod), time.Minute, "%s may wait a minute for Temporal", name)
			require.NotEmpty(t, s.DependsOn, name)
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
