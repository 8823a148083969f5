package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	buildWithin = 15 * time.Minute // the first build on a machine compiles the server
	startWithin = 60 * time.Second
	stopWithin  = 40 * time.Second
)

// programs are the executables a deployment has, built as they ship.
type programs struct{ worker, gateway, starter, sandbox string }

// build links the programs without the race detector and without debug
// information, into the user's cache so that a second run links nothing. Those
// in the folder ready are taken as they are instead, when it is named.
func build(ctx context.Context, ready string) (programs, error) {
	if ready != "" {
		return programsIn(ready), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return programs{}, fmt.Errorf("a place for built programs: %w; set HOME or XDG_CACHE_HOME", err)
	}
	dir := filepath.Join(cache, "countersign-bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return programs{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir+"/",
		module+"/worker", module+"/cmd/gateway", module+"/starter", module+"/cmd/sandbox")
	if out, err := cmd.CombinedOutput(); err != nil {
		return programs{}, fmt.Errorf("build the programs (run inside the module): %w\n%s", err, out)
	}
	return programsIn(dir), nil
}

func programsIn(dir string) programs {
	at := func(name string) string { return filepath.Join(dir, name) }
	return programs{worker: at("worker"), gateway: at("gateway"), starter: at("starter"), sandbox: at("sandbox")}
}

const module = "github.com/lowcodex/countersign"

// process is a program that was started here and is ended here.
type process struct {
	name   string
	cmd    *exec.Cmd
	errors *tail
	exited chan struct{}
	state  error
}

// start runs a program. line is called for each line it prints on standard output.
func start(name string, line func(string), env []string, path string, args ...string) (*process, error) {
	p := &process{name: name, cmd: exec.Command(path, args...), errors: &tail{}, exited: make(chan struct{})}
	p.cmd.Env, p.cmd.Stderr, p.cmd.SysProcAttr = env, p.errors, ownGroup()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.exited)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			line(lines.Text())
		}
		_, _ = io.Copy(io.Discard, out) // a line too long for the scanner must not block the program
		p.state = p.cmd.Wait()
	}()
	return p, nil
}

// await returns when ready is closed, with an error when the program ended or took too long.
func (p *process) await(ctx context.Context, ready <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	select {
	case <-ready:
		return nil
	case <-p.exited:
		return fmt.Errorf("%s ended while starting: %w\n%s", p.name, p.state, p.errors)
	case <-ctx.Done():
		return fmt.Errorf("%s was not ready in time: %w\n%s", p.name, ctx.Err(), p.errors)
	}
}

// kill ends the program as a failure of the machine would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // an error means it has ended
	<-p.exited
}

// stop asks the program to end, and kills it when it does not.
func (p *process) stop() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended before it was told to: %w\n%s", p.name, p.state, p.errors)
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopWithin):
		_ = p.cmd.Process.Kill() // an error means it has ended meanwhile
		<-p.exited
		return fmt.Errorf("%s did not end within %s of being told to", p.name, stopWithin)
	}
}

// environ is the process's environment with some variables replaced; variables
// of the product that the caller's shell has set must not reach the programs.
func environ(vars map[string]string) []string {
	var out []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if _, ours := vars[name]; ours || foreign(name) {
			continue
		}
		out = append(out, e)
	}
	for name, value := range vars {
		out = append(out, name+"="+value)
	}
	return out
}

func foreign(name string) bool {
	for _, prefix := range []string{"COUNTERSIGN_", "TEMPORAL_", "SLACK_", "JIRA_", "PAGERDUTY_", "SMTP_", "ALERTS_", "OIDC_", "PLATFORM_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// tail keeps the end of what a program wrote, for the message of a failure.
type tail struct {
	mu    sync.Mutex
	text  []byte
	want  string
	found chan struct{} // closed once want was written
}

// says returns a channel that is closed once the program has written a text.
func (w *tail) says(text string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.want, w.found = text, make(chan struct{})
	w.look()
	return w.found
}

func (w *tail) look() {
	if w.want != "" && bytes.Contains(w.text, []byte(w.want)) {
		w.want = ""
		close(w.found)
	}
}

// Write implements io.Writer.
func (w *tail) Write(p []byte) (int, error) {
	const most = 3 << 10
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	w.look()
	if len(w.text) > most {
		w.text = bytes.Clone(w.text[len(w.text)-most:])
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}
