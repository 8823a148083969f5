package harness

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/testing/freeport"
)

// postgresPassword has characters that need care in a connection string.
const postgresPassword = "s3cret/@:%&?"

// Postgres is a PostgreSQL server of this machine's packages with an empty
// cluster of its own, on a free port of the loopback interface.
type Postgres struct {
	Port int
	// URL names the server and the databases as the sandbox's --postgres takes it.
	URL string
	// Env is the environment the programs that use it need: the password.
	Env []string
}

// StartPostgres runs a PostgreSQL server until the end of the test, or skips
// the test where none is installed.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin := postgresPrograms()
	if bin == "" {
		t.Skip("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb; install the package postgresql")
	}
	// Not t.TempDir: its parent can be entered by the test's own user only.
	dir, err := os.MkdirTemp("", "countersign-postgres-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := postgresUser(t)
	if as != nil {
		require.NoError(t, os.Chown(dir, int(as.Uid), int(as.Gid)))
	}
	pwfile := filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(pwfile, []byte(postgresPassword+"\n"), 0o644)) // its content is public

	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "--no-sync", "--encoding=UTF8", "--no-locale",
		"--username=temporal", "--auth=scram-sha-256", "--pwfile="+pwfile)
	initdb.Dir, initdb.SysProcAttr = dir, withCredential(as)
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", out)

	p := &Postgres{Port: freeport.MustGetFreePort(), Env: []string{"PGPASSWORD=" + postgresPassword}}
	p.URL = fmt.Sprintf("postgres://temporal@%s/temporal?visibility=temporal_visibility",
		net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)))
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(p.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	server.Dir, server.SysProcAttr = dir, withCredential(as)
	awaitPostgres(t, server)
	return p
}

// awaitPostgres starts the server and returns when it says that it is ready.
func awaitPostgres(t testing.TB, server *exec.Cmd) {
	t.Helper()
	log, err := server.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	ready, ended := make(chan struct{}), make(chan struct{})
	said := &tail{}
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			_, _ = said.Write(append(lines.Bytes(), '\n'))
			if strings.Contains(lines.Text(), "ready to accept connections") {
				close(ready)
			}
		}
		_ = server.Wait() // its status says nothing the lines do not
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		select {
		case <-ended:
		case <-time.After(stopWithin):
			_ = server.Process.Kill()
			<-ended
		}
	})
	select {
	case <-ready:
	case <-ended:
		require.FailNow(t, "PostgreSQL ended while starting", "%s", said)
	case <-time.After(startWithin):
		require.FailNow(t, "PostgreSQL was not ready in time", "%s", said)
	}
}

// postgresPrograms returns the newest version's directory, empty if there is none.
func postgresPrograms() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // a constant pattern
	best, version := "", 0.0
	for _, f := range found {
		if v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(f))), 64); err == nil && v > version {
			best, version = filepath.Dir(f), v
		}
	}
	return best
}

// postgresUser is whom to run as: PostgreSQL refuses root.
func postgresUser(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skipf("PostgreSQL refuses to run as root and there is no user postgres: %v; install the package postgresql", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func withCredential(as *syscall.Credential) *syscall.SysProcAttr {
	attr := dieWithParent()
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.Credential = as
	return attr
}
