package deployment

import (
	"context"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// shapeVariable lets the tests that start the whole deployment run.
const shapeVariable = "COUNTERSIGN_DEPLOYMENT"

// shape is the deployment without containers. What the services call each other
// becomes loopback addresses, volumes and secrets become folders of the test;
// commands and variables are those of the file.
type shape struct {
	*harness.World
	t        *testing.T
	project  *types.Project
	postgres *harness.Postgres
	dir      string
	ports    ports
	running  map[string]*process
	seen     map[string]bool // metrics that have occurred
	// places says what a name or address of the file is here.
	places map[string]string
	// beside is what no service of the file has and these tests add: where the
	// stand-ins are, and ports that are free on this machine.
	beside map[string]map[string]string
}

// newShape prepares everything that is outside of the product: PostgreSQL, the
// stand-ins, the policy, the secrets. No service runs yet.
func newShape(t *testing.T) *shape {
	t.Helper()
	if os.Getenv(shapeVariable) == "" {
		t.Skipf("it takes a minute and links Temporal's own server: run make deployment, which sets %s", shapeVariable)
	}
	postgres := startPostgres(t)
	s := &shape{t: t, postgres: postgres, dir: t.TempDir(), ports: freePorts(t), running: map[string]*process{}, seen: map[string]bool{}}
	w := &harness.World{T: t, Policy: filepath.Join(s.dir, "policy"), Evidence: s.folder("/evidence"), Log: &harness.Lines{}}
	require.NoError(t, policy.WriteExample(w.Policy))
	var err error
	w.Rules, w.Directory, err = policy.Load(w.Policy)
	require.NoError(t, err)
	w.Gateway = "http://" + s.ports.at("gateway")
	w.Site, err = standin.Start(standin.Options{Rules: w.Rules, Directory: w.Directory, Dir: t.TempDir(), Gateway: w.Gateway, Logger: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Site.Close()) })
	w.Site.Connect(w.Gateway)
	s.World = w

	outside := w.Site.Environment()
	said := maps.Clone(outside)
	said["COUNTERSIGN_POLICY_DIR"], said["POSTGRES_PASSWORD"] = w.Policy, passwordOf(postgres)
	s.project, err = load(t, said)
	require.NoError(t, err)
	s.writeSecrets(outside)
	s.places = map[string]string{
		"postgresql": "127.0.0.1", "5432": postgresPort(postgres), "temporal:7233": s.ports.at("FRONTEND_GRPC_PORT"),
		"0.0.0.0": "127.0.0.1", "0.0.0.0:8000": s.ports.at("metrics"), "0.0.0.0:8090": s.ports.at("gateway"),
	}
	vendors := map[string]string{"HOME": s.folder("/home")}
	for _, name := range []string{"SLACK_API_URL", "SLACK_TEAM_ID", "PAGERDUTY_EVENTS_URL"} {
		vendors[name] = outside[name]
	}
	s.beside = map[string]map[string]string{"worker": vendors, "gateway": vendors, "evidence": vendors, "temporal": s.ports.server()}
	t.Cleanup(func() {
		if t.Failed() {
			for name, p := range s.running {
				t.Logf("--- %s said last:\n%s", name, p.said())
			}
		}
	})
	return s
}

// folder is what a volume of the containers is here.
func (s *shape) folder(path string) string {
	dir := filepath.Join(s.dir, filepath.FromSlash(path))
	require.NoError(s.t, os.MkdirAll(dir, 0o700))
	return dir
}

// writeSecrets fills a file for each secret of the file; those that nobody has are empty.
func (s *shape) writeSecrets(outside map[string]string) {
	dir := s.folder("/run/secrets")
	values := map[string]string{
		"encryption_keys":      "2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"countersign_link_key": "not so random, but thirty-two characters long",
	}
	for _, service := range s.project.Services {
		for name, value := range set(service) {
			if secret, ok := secretOf(value); ok && values[secret] == "" {
				values[secret] = outside[strings.TrimSuffix(name, "_FILE")]
			}
		}
	}
	for name := range s.project.Secrets {
		require.NoError(s.t, os.WriteFile(filepath.Join(dir, name), []byte(values[name]+"\n"), 0o600))
	}
}

// environment is the variables of a service as they are here.
func (s *shape) environment(service types.ServiceConfig) []string {
	env := map[string]string{"PATH": os.Getenv("PATH")}
	for name, value := range set(service) {
		if place, ok := s.places[value]; ok {
			value = place
		}
		if secret, ok := secretOf(value); ok {
			value = filepath.Join(s.folder("/run/secrets"), secret)
		}
		for _, v := range service.Volumes {
			rest, ok := strings.CutPrefix(value, v.Target)
			switch {
			case !ok:
			case v.Type == types.VolumeTypeBind:
				value = filepath.Join(v.Source, rest)
			default:
				value = filepath.Join(s.folder(v.Target), rest)
			}
		}
		env[name] = value
	}
	maps.Copy(env, s.beside[service.Name])
	var out []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, name+"="+env[name])
	}
	return out
}

// program is what a service runs, and what it writes once it does.
func (s *shape) program(service types.ServiceConfig) (path string, args []string, says string) {
	switch first := append(append([]string{}, service.Entrypoint...), "/worker")[0]; {
	case service.Name == "temporal":
		return harness.Build(s.t, "go.temporal.io/server/cmd/server"), []string{"start"}, ""
	case first == "/gateway":
		return harness.Build(s.t, "./cmd/gateway"), service.Command, `"running"`
	case first == "/worker":
		return harness.Build(s.t, "./worker"), service.Command, `"running"`
	default:
		return first, append(slices.Clone(service.Entrypoint[1:]), service.Command...), ""
	}
}

// start starts services in this order and returns when they say that they run.
func (s *shape) start(names ...string) {
	s.t.Helper()
	for _, name := range names {
		service := s.project.Services[name]
		path, args, says := s.program(service)
		p := launch(s.t, says, s.environment(service), path, args...)
		s.running[name] = p
		if says != "" {
			p.awaitReady(s.t)
		}
	}
}

// kill ends services as a failure of the machine would.
func (s *shape) kill(names ...string) {
	for _, name := range names {
		s.running[name].kill()
	}
}

// stop ends services as `docker compose stop` does.
func (s *shape) stop(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.running[name].stop(s.t)
	}
}

// run runs a service that ends by itself, with the server's own tools.
func (s *shape) run(name string) {
	s.t.Helper()
	tools := s.folder("/tools")
	tool := filepath.Join(tools, "temporal-sql-tool")
	if _, err := os.Lstat(tool); err != nil {
		require.NoError(s.t, os.Symlink(harness.Build(s.t, "go.temporal.io/server/cmd/tools/sql"), tool))
	}
	service := s.project.Services[name]
	path, args, _ := s.program(service)
	ctx, cancel := context.WithTimeout(s.t.Context(), harness.StoryWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(s.environment(service), "PATH="+tools+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s: %s", name, out)
}

// createNamespace does what the service of that name does with Temporal's command
// line, which is not a Go module, and connects the test.
func (s *shape) createNamespace() {
	s.t.Helper()
	command := strings.Join(s.project.Services["namespace"].Command, " ")
	said := regexp.MustCompile(`namespace create -n (\S+) --retention (\S+)`).FindStringSubmatch(command)
	require.NotNil(s.t, said, command)
	retention, err := time.ParseDuration(said[2])
	require.NoError(s.t, err)
	var engine client.Client
	s.eventually("temporal", func() bool {
		engine, err = client.DialContext(soon(s.t), client.Options{HostPort: s.ports.at("FRONTEND_GRPC_PORT"), Logger: sdklog.NewStructuredLogger(quiet())})
		return err == nil
	})
	defer engine.Close()
	_, err = engine.WorkflowService().RegisterNamespace(soon(s.t), &workflowservice.RegisterNamespaceRequest{
		Namespace: said[1], WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	require.NoError(s.t, err)
	s.Client, err = connect.Dial(soon(s.t), connect.Options{
		Env: harness.Env(s.asMap("gateway")), Wait: harness.StoryWithin,
	})
	require.NoError(s.t, err)
	s.t.Cleanup(s.Client.Close)
}

func (s *shape) asMap(service string) map[string]string {
	env := map[string]string{}
	for _, e := range s.environment(s.project.Services[service]) {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	return env
}

// ready waits until the gateway says that requests may be sent to it.
func (s *shape) ready() {
	s.t.Helper()
	s.eventually("gateway", func() bool {
		resp, err := http.Get(s.Gateway + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// eventually asks until a service answers as it should; one that has ended fails the test.
func (s *shape) eventually(name string, answers func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(harness.StoryWithin)
	for !answers() {
		select {
		case <-s.running[name].ended:
			require.FailNow(s.t, "it has ended", "%s: %s", name, s.running[name].said())
		case <-time.After(100 * time.Millisecond): // a port that opens announces itself to nobody
		}
		require.True(s.t, time.Now().Before(deadline), "%s does not answer", name)
	}
}

// ports are free ones of the loopback interface by what they are for.
type ports map[string]string

// serverPorts are the variables by which the server is told its ports.
var serverPorts = []string{
	"FRONTEND_GRPC_PORT", "FRONTEND_HTTP_PORT", "FRONTEND_MEMBERSHIP_PORT", "HISTORY_GRPC_PORT", "HISTORY_MEMBERSHIP_PORT",
	"MATCHING_GRPC_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_GRPC_PORT", "WORKER_MEMBERSHIP_PORT",
}

// freePorts looks below 32768: the server keeps its ports in PostgreSQL, in
// columns of type int2, and ends at its start with a higher one.
func freePorts(t *testing.T) ports {
	t.Helper()
	p, wanted := ports{}, append([]string{"gateway", "metrics"}, serverPorts...)
	for range 1000 {
		if len(p) == len(wanted) {
			return p
		}
		port := strconv.Itoa(10000 + rand.IntN(22000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue // somebody has it
		}
		defer l.Close() // only at the end, or two would get the same
		p[wanted[len(p)]] = port
	}
	require.FailNow(t, "no free ports")
	return nil
}

func (p ports) at(name string) string { return net.JoinHostPort("127.0.0.1", p[name]) }

func (p ports) server() map[string]string {
	env := map[string]string{}
	for _, name := range serverPorts {
		env[name] = p[name]
	}
	return env
}
