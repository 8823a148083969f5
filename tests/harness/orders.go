package harness

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

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
