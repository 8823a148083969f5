package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// What a worker and whoever started it say to each other.
const (
	// WorkerReady is the line a worker prints when it works.
	WorkerReady = "Ready"
	// WorkerStop is the line that has it finish what it has begun and end. One whose
	// input ends without it has lost the sandbox, and ends at once.
	WorkerStop = "stop"
)

const (
	workerStartsWithin = time.Minute
	workerStopsWithin  = 40 * time.Second // longer than it gives its activities
)

// worker is the process that runs the workflows and calls the vendors. It is one of its
// own so that it can be killed as any process can be, with all it has in memory. It is
// safe for concurrent use.
type worker struct {
	command func() *exec.Cmd // with its environment
	told    func()           // after each change
	failed  func(error)      // of one that ended by itself

	mu      sync.Mutex
	running *running  // nil when there is none
	killed  time.Time // zero when it was not
}

// running is one process.
type running struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	ready chan struct{} // closed when it works
	ended chan struct{} // closed when it is gone
	err   error         // read after ended
}

// Start starts the process where there is none, and returns when it works.
func (w *worker) Start(ctx context.Context) error {
	r, err := w.begin()
	if r == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, workerStartsWithin)
	defer cancel()
	select {
	case <-r.ready:
		w.mu.Lock()
		w.killed = time.Time{}
		w.mu.Unlock()
		w.told()
		return nil
	case <-r.ended:
		return fmt.Errorf("the worker ended while starting, and the log says why: %w", errors.Join(r.err))
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("the worker was not ready: %w", ctx.Err()), w.Kill(context.Background()))
	}
}

// begin starts the process; it is nil where one runs already.
func (w *worker) begin() (*running, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != nil {
		return nil, nil
	}
	cmd := w.command()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the worker cannot be started: %w", err)
	}
	w.running = &running{cmd: cmd, in: in, ready: make(chan struct{}), ended: make(chan struct{})}
	go w.follow(w.running, out)
	return w.running, nil
}

// follow reads what the process prints until it ends.
func (w *worker) follow(r *running, out io.Reader) {
	works := false
	for lines := bufio.NewScanner(out); !works && lines.Scan(); {
		if works = lines.Text() == WorkerReady; works {
			close(r.ready)
		}
	}
	_, _ = io.Copy(io.Discard, out) // until it is gone, which Wait tells
	r.err = r.cmd.Wait()
	close(r.ended)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != r {
		return // killed or told to end
	}
	w.running = nil
	if works {
		w.failed(fmt.Errorf("the worker ended by itself: %w", errors.Join(r.err)))
	}
}

// Kill ends the process as the system does when memory runs out: it is told nothing.
func (w *worker) Kill(context.Context) error {
	r := w.take(time.Now())
	if r == nil {
		return nil
	}
	defer w.told()
	return r.kill()
}

// Stop lets the process finish what it has begun.
func (w *worker) Stop() error {
	r := w.take(time.Time{})
	if r == nil {
		return nil
	}
	_, _ = io.WriteString(r.in, WorkerStop+"\n") // one that is gone has ended
	select {
	case <-r.ended:
		return nil
	case <-time.After(workerStopsWithin):
		return errors.Join(errors.New("the worker did not end when told to"), r.kill())
	}
}

// take is the process that runs, which from now on may end.
func (w *worker) take(killed time.Time) *running {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.running
	if r != nil {
		w.running, w.killed = nil, killed
	}
	return r
}

// Lasts says that it was killed; empty while it runs.
func (w *worker) Lasts() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed.IsZero() {
		return ""
	}
	return "The worker was killed: nobody runs the processes or calls the vendors."
}

// kill returns when the process is gone.
func (r *running) kill() error {
	select {
	case <-r.ended:
		return nil
	default:
	}
	if err := r.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("the worker cannot be killed: %w", err)
	}
	<-r.ended
	return nil
}
