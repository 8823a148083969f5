package app

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/compliance"
)

// worker adds a worker of one queue, which runs with the process.
func (a *App) worker(ctx context.Context, queue string) (worker.Worker, error) {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return nil, err
	}
	options, fatal := WorkerOptions(), make(chan error, 1)
	options.DeadlockDetectionTimeout = a.opts.DeadlockDetection
	options.Interceptors = []interceptor.WorkerInterceptor{&countFailures{queue: queue, failures: a.measured.failures}}
	options.OnFatalError = func(err error) { // called once
		a.pollers.ended(err)
		fatal <- err
	}
	asks := []polled{{queue, kindActivity}}
	if queue == compliance.QueueWorkflows {
		asks = append(asks, polled{queue, kindWorkflow})
	}
	w := worker.New(engine, queue, options)
	a.parts = append(a.parts, part{"worker of " + queue, func(ctx context.Context) error {
		a.pollers.expect(time.Now(), asks...)
		return runWorker(ctx, w, fatal)
	}})
	return w, nil
}

// starts is the part of a worker that runs it.
type starts interface {
	Start() error
	Stop()
}

// runWorker runs a worker until the context ends. The SDK ends a worker itself
// when the engine has refused its questions for minutes, such as after its
// namespace was removed. A process that went on without it would look well and
// do nothing, so that is an error, which ends the process and has it started again.
func runWorker(ctx context.Context, w starts, fatal <-chan error) error {
	if err := w.Start(); err != nil {
		return err
	}
	select {
	case err := <-fatal:
		return fmt.Errorf("the engine refuses its questions, and it cannot go on: %w", err)
	case <-ctx.Done():
		w.Stop()
		return nil
	}
}
