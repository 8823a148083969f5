package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// silentFor is when a worker that has not asked for tasks counts as dead. One
// question lasts a minute at most, and while the engine is away the SDK asks
// again every ten seconds: so this is about the process and never about the engine.
const silentFor = 3 * time.Minute

// polled is what a worker asks for: tasks of one kind on one queue.
type polled struct{ queue, kind string }

const (
	kindWorkflow = "workflow"
	kindActivity = "activity"
)

// pollers knows when this process's workers last asked the engine for tasks. It
// sees the requests themselves, which is all that can be seen of the SDK's pollers.
type pollers struct {
	mu    sync.Mutex
	asked map[polled]time.Time
	fatal error // why a worker ended by itself
}

func newPollers() *pollers { return &pollers{asked: map[polled]time.Time{}} }

// expect says that a worker was started and will ask.
func (p *pollers) expect(now time.Time, of ...polled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range of {
		p.asked[o] = now
	}
}

// ended says that a worker has ended by itself.
func (p *pollers) ended(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fatal = err
}

// intercept sees every request to the engine.
func (p *pollers) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if of, ok := pollOf(req); ok {
		p.expect(time.Now(), of)
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// pollOf is what a request asks for. The sticky queue of a process, which has a
// name for each process, is its normal one's.
func pollOf(req any) (polled, bool) {
	switch r := req.(type) {
	case *workflowservice.PollWorkflowTaskQueueRequest:
		name := r.GetTaskQueue().GetName()
		if normal := r.GetTaskQueue().GetNormalName(); normal != "" {
			name = normal
		}
		return polled{name, kindWorkflow}, true
	case *workflowservice.PollActivityTaskQueueRequest:
		return polled{r.GetTaskQueue().GetName(), kindActivity}, true
	}
	return polled{}, false
}

// alive says which worker does not ask any more, or has ended.
func (p *pollers) alive(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fatal != nil {
		return fmt.Errorf("a worker has ended: %w", p.fatal)
	}
	for of, at := range p.asked {
		if since := now.Sub(at); since > silentFor {
			return fmt.Errorf("the worker of %s has not asked for %s tasks for %s", of.queue, of.kind, since.Round(time.Second))
		}
	}
	return nil
}

// metric tells how long ago each worker asked.
func (p *pollers) metric() prometheus.Collector {
	return &pollAges{p, prometheus.NewDesc(
		"countersign_worker_silent_seconds", "Time since a worker last asked the engine for tasks.", []string{"queue", "kind"}, nil)}
}

type pollAges struct {
	of   *pollers
	desc *prometheus.Desc
}

// Describe satisfies Prometheus.
func (a *pollAges) Describe(out chan<- *prometheus.Desc) { out <- a.desc }

// Collect satisfies Prometheus.
func (a *pollAges) Collect(out chan<- prometheus.Metric) {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	for of, at := range a.of.asked {
		out <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, time.Since(at).Seconds(), of.queue, of.kind)
	}
}
