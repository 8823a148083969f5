package harness

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Sandbox is the sandbox run as a program, the way a newcomer runs it.
type Sandbox struct {
	// URL is the address of the pages, without a slash at the end.
	URL string

	cmd    *exec.Cmd
	exited chan struct{}
	state  error
	errors *tail
}

// FreePorts lets every part of the sandbox take a free port.
func FreePorts() []string {
	return []string{
		"--port", "0", "--gateway-port", "0", "--slack-port", "0", "--jira-port", "0", "--oidc-port", "0", "--temporal-port", "0", "--ui-port", "0",
	}
}

// SandboxCommand is the program with these arguments and without the settings
// that would make a vendor the real one.
func SandboxCommand(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(Build(t, "./cmd/sandbox"), args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "SLACK_") && !strings.HasPrefix(e, "JIRA_") && !strings.HasPrefix(e, "OIDC_") && !strings.HasPrefix(e, "COUNTERSIGN_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.SysProcAttr = dieWithParent()
	return cmd
}

// StartSandbox runs the sandbox on the state in dir and returns when it is
// ready. It is killed at the end of the test unless it was ended before.
func StartSandbox(t testing.TB, dir string, args ...string) *Sandbox {
	t.Helper()
	return start(t, SandboxCommand(t, append(append([]string{"--dir", dir}, FreePorts()...), args...)...), startWithin)
}

// StartBuilding runs a command that builds the sandbox and then runs it, such as `go run`,
// in a group of processes of its own, and returns when it is ready. The group is
// killed at the end of the test.
func StartBuilding(t testing.TB, cmd *exec.Cmd, within time.Duration) *Sandbox {
	t.Helper()
	cmd.SysProcAttr = dieWithParent()
	cmd.SysProcAttr.Setpgid = true
	return start(t, cmd, within)
}

func start(t testing.TB, cmd *exec.Cmd, within time.Duration) *Sandbox {
	t.Helper()
	s := &Sandbox{cmd: cmd, exited: make(chan struct{}), errors: &tail{}}
	s.cmd.Stderr = s.errors
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(s.Kill)
	ready := make(chan struct{})
	go s.follow(out, ready)
	select {
	case <-ready:
	case <-s.exited:
		require.FailNow(t, "the sandbox ended while starting", "%v\n%s", s.state, s.errors)
	case <-time.After(within):
		s.Kill()
		require.FailNow(t, "the sandbox was not ready in time", "%s", s.errors)
	}
	return s
}

// follow reads what the program prints until it ends.
func (s *Sandbox) follow(out io.Reader, ready chan<- struct{}) {
	defer close(s.exited)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Open this first:"); ok {
			s.URL = strings.TrimSuffix(strings.TrimSpace(url), "/")
		}
		if lines.Text() == "Ready" {
			close(ready)
		}
	}
	s.state = s.cmd.Wait()
}

// Kill ends the program as a power failure would and waits until it is gone.
func (s *Sandbox) Kill() {
	pid := s.cmd.Process.Pid
	if s.cmd.SysProcAttr.Setpgid {
		pid = -pid // the whole group
	}
	_ = syscall.Kill(pid, syscall.SIGKILL) // an error means it has ended
	<-s.exited
}

// Stop asks the program to end, as ctrl-C does, and checks that it does so
// without an error.
func (s *Sandbox) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-s.exited:
		require.NoError(t, s.state, "the sandbox's output:\n%s", s.errors)
	case <-time.After(stopWithin):
		s.Kill()
		require.FailNow(t, "the sandbox did not end when asked to", "%s", s.errors)
	}
}
