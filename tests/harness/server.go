package harness

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

const (
	// startWithin bounds the start of a server, first start on PostgreSQL
	// included, on a machine busy with other tests.
	startWithin = 90 * time.Second
	stopWithin  = 30 * time.Second
)

// DeadlockDetection is how long a workflow of a test may compute without yielding.
// After the SDK's own second, which the race detector on a busy machine needs for a
// large document, it fails the task, clears its state beside the workflow that still
// runs, and that is reported as a race.
const DeadlockDetection = time.Minute

// ServerOptions say how a server is run. The zero value keeps its state in
// memory and serves a free port.
type ServerOptions struct {
	File     string   // SQLite file; the way to restart on the same state
	Postgres string   // URL as the program's --postgres takes it
	Address  string   // host:port of an earlier server, to come back on the same one
	UI       bool     // with the web UI
	Args     []string // further arguments of "server start-dev"
	Env      []string // further environment, as NAME=value
}

// Server is a Temporal server run as a program: it can be killed as a machine's
// failure would kill it.
type Server struct {
	// Address is host and port of the frontend.
	Address string
	// UI is the URL of the web UI, empty without one.
	UI string
	// Took is the time from the start of the program to its first answer.
	Took time.Duration

	cmd    *exec.Cmd
	exited chan struct{}
	state  error
	errors *tail
}

// StartServer runs a server and returns when it is ready. It is stopped at the
// end of the test unless it was ended before.
func StartServer(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	args := []string{"server", "start-dev", "--log-level", "error"}
	if host, port, ok := strings.Cut(o.Address, ":"); ok {
		args = append(args, "--ip", host, "--port", port)
	} else {
		args = append(args, "--port", "0")
	}
	if o.File != "" {
		args = append(args, "--db-filename", o.File)
	}
	if o.Postgres != "" {
		args = append(args, "--postgres", o.Postgres)
	}
	if !o.UI {
		args = append(args, "--headless")
	}
	s := &Server{
		cmd:    exec.Command(Build(t, "./cmd/sandbox"), append(args, o.Args...)...),
		exited: make(chan struct{}),
		errors: &tail{},
	}
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.Stderr = s.errors
	s.cmd.SysProcAttr = dieWithParent()
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	begun := time.Now()
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() { s.Kill() })
	s.await(t, out)
	s.Took = time.Since(begun)
	return s
}

// await reads what the program prints once it is ready, and goes on reading so
// that it never waits for a full pipe.
func (s *Server) await(t testing.TB, out io.Reader) {
	t.Helper()
	ready := make(chan struct{})
	go func() {
		defer close(s.exited)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch value = strings.TrimSpace(value); name {
			case "Temporal UI":
				s.UI = value
			case "Temporal server":
				s.Address = value
			case "Ready":
				close(ready)
			}
		}
		s.state = s.cmd.Wait()
	}()
	select {
	case <-ready:
	case <-s.exited:
		require.FailNow(t, "the server ended while starting", "%v\n%s", s.state, s.errors)
	case <-time.After(startWithin):
		s.Kill()
		require.FailNow(t, "the server was not ready in time", "%s", s.errors)
	}
}

// Pid is the server's process id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Kill ends the program as a failure of the machine would and waits until it
// is gone. It has no effect on one that has ended.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // an error means it has ended
	<-s.exited
}

// CPU returns the processor time the program took, once it has ended.
func (s *Server) CPU() time.Duration {
	<-s.exited
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}

// Stop asks the program to end and checks that it does so without an error.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-s.exited:
		require.NoError(t, s.state, "the server's output:\n%s", s.errors)
	case <-time.After(stopWithin):
		s.Kill()
		require.FailNow(t, "the server did not end when asked to", "%s", s.errors)
	}
}

// Client returns a client of the server, closed at the end of the test. The
// options' address is replaced by the server's, and without a logger the SDK,
// which has much to say about a server that was killed, says nothing.
func (s *Server) Client(t testing.TB, o client.Options) client.Client {
	t.Helper()
	o.HostPort = s.Address
	if o.Logger == nil {
		o.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	c, err := client.DialContext(ctx, o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// tail keeps the end of what a program wrote, for the message of a failed test.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (w *tail) Write(p []byte) (int, error) {
	const most = 16 << 10
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	if len(w.text) > most {
		w.text = append([]byte(nil), w.text[len(w.text)-most:]...)
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}
