package deployment

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// process is a program of a service, which a test may kill.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed once it has said what it was waited for
	ended chan struct{}

	mu   sync.Mutex
	last []string // of what it said
}

// launch starts a program, ready when a line it writes contains says.
func launch(t *testing.T, says string, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...), ready: make(chan struct{}), ended: make(chan struct{})}
	out, in := io.Pipe()
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, in, in
	harness.LeaveNoOrphan(p.cmd)
	require.NoError(t, p.cmd.Start())
	go p.listen(out, says)
	go func() {
		_ = p.cmd.Wait() // how it ended shows in what it said
		_ = in.Close()
	}()
	t.Cleanup(p.kill)
	return p
}

// listen keeps the last lines and looks for the one that is waited for.
func (p *process) listen(out io.Reader, says string) {
	const most = 12
	defer close(p.ended)
	once := sync.OnceFunc(func() { close(p.ready) })
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		p.mu.Lock()
		p.last = append(p.last, line)
		p.last = p.last[max(0, len(p.last)-most):]
		p.mu.Unlock()
		if says != "" && strings.Contains(line, says) {
			once()
		}
		if err != nil {
			return
		}
	}
}

// awaitReady returns when the program has said that it runs.
func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	select {
	case <-p.ready:
	case <-p.ended:
		require.FailNow(t, "it ended while starting", "%s", p.said())
	case <-time.After(harness.StoryWithin):
		require.FailNow(t, "it was not ready in time", "%s", p.said())
	}
}

// kill ends the program as a failure of the machine would.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // an error means that it has ended
	<-p.ended
}

// runs reports whether the program has not ended.
func (p *process) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stop asks the program to end and waits until it has.
func (p *process) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(harness.StoryWithin):
		require.FailNow(t, "it did not end when asked to", "%s", p.said())
	}
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.last, "")
}
