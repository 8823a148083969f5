package harness

import (
	"bufio"
	"context"
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

// Ready waits until an instance runs and has said that it is ready.
func (p *Process) Ready(ctx context.Context) error {
	for {
		p.mu.Lock()
		ready, gone := p.ready, p.gone
		p.mu.Unlock()
		select {
		case <-ready:
			select {
			case <-gone: // it was; wait for the next
			default:
				return nil
			}
		case <-gone:
		case <-ctx.Done():
			return fmt.Errorf("process %v is not ready: %w\n%s", p.Roles, ctx.Err(), p.log)
		}
		select {
		case <-time.After(5 * time.Millisecond): // until the supervisor has started the next one
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Kill ends the present instance as a failure of the machine would and returns
// when it is gone. The next one is started unless the process is held.
func (p *Process) Kill() {
	p.mu.Lock()
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	_ = cmd.Process.Kill() // an error means it has ended
	<-gone
}

// Hold keeps the process from being started again, or lets it be.
func (p *Process) Hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	close(p.changed)
	p.changed = make(chan struct{})
}

// Arm makes the present instance kill the process with the id victim, 0 for
// itself, at the moment; counting starts afresh. A nil moment only counts.
func (p *Process) Arm(ctx context.Context, at *Moment, victim int) error {
	e, err := p.ask(ctx, order{Arm: at, Victim: victim, Afresh: at == nil})
	if err == nil && !e.Armed {
		return fmt.Errorf("process %v did not take its order", p.Roles)
	}
	return err
}

// Counts is how often the present instance has passed each step since it was
// last armed.
func (p *Process) Counts(ctx context.Context) (map[string]int, error) {
	e, err := p.ask(ctx, order{Count: true})
	return e.Counts, err
}

func (p *Process) ask(ctx context.Context, o order) (event, error) {
	p.mu.Lock()
	stdin, answers, gone := p.stdin, p.answers, p.gone
	p.mu.Unlock()
	if _, err := stdin.Write(encodeLine(o)); err != nil {
		return event{}, fmt.Errorf("process %v takes no orders: %w", p.Roles, err)
	}
	select {
	case e := <-answers:
		return e, nil
	case <-gone:
		return event{}, fmt.Errorf("process %v ended instead of answering", p.Roles)
	case <-ctx.Done():
		return event{}, ctx.Err()
	}
}

// Deaths lists the kills so far, oldest first.
func (p *Process) Deaths() []Death {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Death(nil), p.deaths...)
}

// Faults lists ends that were no kill: a process of the product that gives up
// by itself, for whatever reason, is a defect.
func (p *Process) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.faults...)
}

// Log is the end of what the instances wrote.
func (p *Process) Log() string { return p.log.String() }

// Close asks the present instance to stop, as a process manager would, and
// returns when it is gone; it is killed when it does not stop in time.
func (p *Process) Close() {
	p.mu.Lock()
	p.ended = true
	cmd, gone := p.cmd, p.gone
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	_ = cmd.Process.Signal(syscall.SIGTERM) // an error means it has ended
	select {
	case <-gone:
	case <-time.After(stopWithin):
		_ = cmd.Process.Kill()
		<-gone
	}
	<-p.done
}
