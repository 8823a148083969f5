package deployment

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/harness"
)

// databases are those of the service schema.
var databases = []string{"temporal", "temporal_visibility"}

// What docs/operate/backup.md says brings a deployment back on another machine,
// with a change under way: the databases first and the log after them, so that
// the log is never behind.
func TestShape_IsRestoredFromBackups(t *testing.T) {
	s := newShape(t)
	s.run("schema")
	s.start("temporal")
	s.createNamespace()
	s.start("evidence", "worker", "gateway")
	s.ready()
	const title = "Raise the invoice limit"
	issue := s.Submit("jonas", harness.Ticket(nil))
	card := s.Card(title, harness.Offers("approve"))
	s.Do("bruno", card, "approve", nil)

	s.stop("gateway", "worker", "evidence")
	kept := t.TempDir()
	s.dump(kept)
	copyDir(t, s.Evidence, filepath.Join(kept, "evidence"))
	require.NoError(t, os.Remove(filepath.Join(kept, "evidence", "index.sqlite")))
	s.kill("temporal")
	require.NoError(t, os.RemoveAll(s.Evidence))

	s.moveTo(startPostgres(t))
	s.restore(kept)
	copyDir(t, filepath.Join(kept, "evidence"), s.Evidence)
	s.starter("evidence", "rebuild", "--evidence", s.Evidence)
	s.starter("evidence", "verify", "--dir", s.Evidence, "--key", filepath.Join(kept, "evidence", "checkpoint.pub"), "--anchors", s.folder("/anchors"))
	s.run("schema")
	s.start("temporal", "evidence", "worker", "gateway")
	s.ready()

	s.Do("chidi", card, "approve", nil)
	card = s.Card(title, harness.Says("level 2 of 2"))
	s.Do("farah", card, "deny", map[string]string{"reason": "Not before the audit"})
	s.Status(issue.Key, "rejected")
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "rejected"}, s.Records(issue))
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{
		Dir: s.Evidence, PublicKey: s.Reader().PublicKey(), Anchors: []string{s.folder("/anchors")},
	})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

// copyDir copies a folder with its modes: a key that others can read is refused.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "cp", "-a", from, to).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// moveTo makes another PostgreSQL the deployment's.
func (s *shape) moveTo(p *harness.Postgres) {
	s.postgres = p
	s.places["5432"] = postgresPort(p)
}

// postgresTool runs one of PostgreSQL's programs on the deployment's server.
func (s *shape) postgresTool(name string, args ...string) {
	s.t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	require.NoError(s.t, err)
	require.NotEmpty(s.t, found, name)
	cmd := exec.CommandContext(s.t.Context(), found[len(found)-1],
		append([]string{"--host=127.0.0.1", "--port=" + postgresPort(s.postgres), "--username=temporal"}, args...)...)
	cmd.Env = append(os.Environ(), s.postgres.Env...)
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s: %s", name, out)
}

// starter runs the command line.
func (s *shape) starter(args ...string) {
	s.t.Helper()
	out, err := exec.CommandContext(s.t.Context(), harness.Build(s.t, "./starter"), args...).CombinedOutput()
	require.NoError(s.t, err, "%s", out)
}
