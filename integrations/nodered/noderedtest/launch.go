package noderedtest

import (
	"bytes"
	"context"
	_ "embed" // the lock that says which Node-RED this is
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Version is the version of Node-RED that is tested against; testdata/package.json
// asks for it.
const Version = "4.1.15"

// InstallVariable names the folder that holds the installed program.
const InstallVariable = "COUNTERSIGN_NODERED"

//go:embed testdata/package-lock.json
var lock []byte

// ErrNotInstalled says that the real program cannot be started here, and what to do.
var ErrNotInstalled = errors.New("Node-RED is not installed: with Node.js 20 or later and npm here, run `make nodered` once, or set " +
	InstallVariable + " to a folder where it did")

// Installed gives the folder of the installed program: the one that
// COUNTERSIGN_NODERED names, else the user's cache. ErrNotInstalled when node or
// exactly the locked program is missing.
func Installed() (string, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", fmt.Errorf("%w (there is no node)", ErrNotInstalled)
	}
	dir := os.Getenv(InstallVariable)
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w (%w)", ErrNotInstalled, err)
		}
		dir = filepath.Join(cache, "countersign", "node-red-"+Version)
	}
	have, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil || !bytes.Equal(have, lock) {
		return "", fmt.Errorf("%w (none of this lock)", ErrNotInstalled)
	}
	if _, err := os.Stat(filepath.Join(dir, "complete")); err != nil {
		return "", fmt.Errorf("%w (its installation did not end)", ErrNotInstalled)
	}
	return dir, nil
}

// LaunchOptions are those of a real instance.
type LaunchOptions struct {
	// Install is the folder of the program, from Installed. Required.
	Install string
	// Dir is the instance's own folder (userDir): flows, settings. Required.
	Dir string
	// Token is the bearer token of the admin API; empty: adminAuth is off.
	Token string
	// Port is the loopback port; 0 takes a free one.
	Port int
	// Editor serves Node-RED's editor as well.
	Editor bool
	// Within bounds the wait until it answers. Default 60 s.
	Within time.Duration
}

// Process is one real Node-RED that runs.
type Process struct {
	URL   string
	Token string
	Port  int

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	log  *ending
}

// Launch starts a real Node-RED on the loopback and returns when its admin API
// answers. It ends with Stop; when this program dies first it ends by itself.
func Launch(ctx context.Context, o LaunchOptions) (*Process, error) {
	if o.Within <= 0 {
		o.Within = time.Minute
	}
	fixed := o.Port != 0
	var err error
	for range 3 {
		if !fixed {
			if o.Port, err = freePort(); err != nil {
				return nil, err
			}
		}
		var p *Process
		if p, err = launch(ctx, o); err == nil {
			return p, nil
		}
		if fixed || ctx.Err() != nil || !strings.Contains(err.Error(), "EADDRINUSE") && !strings.Contains(err.Error(), "port in use") {
			return nil, err
		}
	}
	return nil, err
}

func launch(ctx context.Context, o LaunchOptions) (*Process, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	settings, err := settingsOf(o)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(o.Dir, "settings.js")
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		return nil, err
	}
	p := &Process{
		URL: fmt.Sprintf("http://127.0.0.1:%d", o.Port), Token: o.Token, Port: o.Port,
		done: make(chan struct{}), log: &ending{},
	}
	p.cmd = exec.Command("node", filepath.Join(o.Install, "node_modules", "node-red", "red.js"), "--userDir", o.Dir, "--settings", file)
	p.cmd.Dir = o.Dir
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended shows in its log
	}()
	if err := p.ready(ctx, o.Within); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// ready waits until the admin API answers as itself.
func (p *Process) ready(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		if p.answers(ctx) {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("node-red ended before it was ready: %s", p.log)
		case <-ctx.Done():
			return fmt.Errorf("node-red was not ready within %s: %w", within, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *Process) answers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/flows/state", nil)
	if err != nil {
		return false
	}
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var state struct{ State string }
	err = json.NewDecoder(io.LimitReader(resp.Body, 1000)).Decode(&state)
	return err == nil && resp.StatusCode == http.StatusOK && state.State == "start"
}

// Stop ends the process, with force after 10 s. It may be called twice.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		return p.Kill()
	}
}

// Kill ends the process as a crash would.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// ending keeps the last lines of a log.
type ending struct {
	mu   sync.Mutex
	kept []byte
}

const endingSize = 2000 // bytes

func (e *ending) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept = append(e.kept, p...)
	e.kept = e.kept[max(0, len(e.kept)-endingSize):]
	return len(p), nil
}

func (e *ending) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.TrimSpace(string(e.kept))
}
