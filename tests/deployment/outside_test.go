package deployment

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

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
	watched := func(name string) map[string]string { // on one host each needs a port of its own
		env := maps.Clone(vendors)
		env["COUNTERSIGN_METRICS_LISTEN"] = s.ports.at(name)
		return env
	}
	s.beside = map[string]map[string]string{"worker": watched("worker"), "gateway": vendors, "evidence": watched("evidence"), "temporal": s.ports.server()}
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
