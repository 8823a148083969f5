package harness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mostRestarts bounds what a supervisor does for one process.
const mostRestarts = 5000

// Process is a process of the product that is started again at once whenever
// it ends, as a process manager would do.
type Process struct {
	Roles []string

	env []string
	log *tail

	mu      sync.Mutex
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers chan event
	ready   chan struct{} // closed once the present instance is ready
	gone    chan struct{} // closed once the present instance has ended
	held    bool          // not to be started again for now
	changed chan struct{} // closed and replaced when held changes
	deaths  []Death
	faults  []string // ends that were no kill
	ended   bool
	done    chan struct{}
}

// Death is one end of a supervised process by a kill.
type Death struct {
	At    time.Time
	Armed *Moment // where it killed itself; nil when somebody else did
}

// Supervise starts a process of the product with these roles and keeps it
// running until Close; extra overrides variables of the world's configuration.
func (w *World) Supervise(extra Env, roles ...string) (*Process, error) {
	env := w.Env()
	maps.Copy(env, extra)
	env[rolesVariable] = strings.Join(roles, ",")
	p := &Process{Roles: roles, env: env.Environ(), log: &tail{}, changed: make(chan struct{}), done: make(chan struct{})}
	if err := p.start(); err != nil {
		return nil, err
	}
	go p.supervise()
	return p, nil
}

func (p *Process) start() error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(executable)
	cmd.Env, cmd.Stderr, cmd.SysProcAttr = p.env, p.log, dieWithParent()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, gone, answers := make(chan struct{}), make(chan struct{}), make(chan event, 4)
	p.mu.Lock()
	p.cmd, p.stdin, p.ready, p.gone, p.answers = cmd, stdin, ready, gone, answers
	p.mu.Unlock()
	go p.follow(cmd, stdout, ready, gone, answers)
	return nil
}

// follow reads what an instance says and notes how it ends.
func (p *Process) follow(cmd *exec.Cmd, out io.Reader, ready, gone chan struct{}, answers chan<- event) {
	var killed *Moment
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // a line cut off by the kill
		}
		switch {
		case e.Ready:
			close(ready)
		case e.Killed != nil:
			killed = e.Killed
		default:
			answers <- e
		}
	}
	err := cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		p.deaths = append(p.deaths, Death{At: time.Now(), Armed: killed})
	} else if !p.ended {
		p.faults = append(p.faults, fmt.Sprintf("process %v ended by itself: %v\n%s", p.Roles, err, p.log))
	}
	close(gone)
}

func (p *Process) supervise() {
	defer close(p.done)
	for range mostRestarts {
		p.mu.Lock()
		gone := p.gone
		p.mu.Unlock()
		<-gone
		if !p.mayStart() {
			return
		}
		if err := p.start(); err != nil {
			p.mu.Lock()
			p.faults = append(p.faults, err.Error())
			p.mu.Unlock()
			return
		}
	}
}

// mayStart waits while the process is held; false when it is over.
func (p *Process) mayStart() bool {
	for {
		p.mu.Lock()
		held, ended, changed := p.held, p.ended, p.changed
		p.mu.Unlock()
		if ended {
			return false
		}
		if !held {
			return true
		}
		<-changed
	}
}
