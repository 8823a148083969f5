package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"k8s.io/klog/v2"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// Options are what a caller may add to the configuration: the logger, and
// places where a test watches or stops the process. The zero value of each is
// what a deployment uses.
type Options struct {
	Logger *slog.Logger
	// Dial is added to the connection to the engine.
	Dial []grpc.DialOption
	// Observer is told about steps of the evidence log's commit protocol.
	Observer evidence.Observer
	// Listener is used by the gateway instead of Config.Listen.
	Listener net.Listener
	// DeadlockDetection is how long a workflow may compute without yielding before
	// the SDK fails its task, by default its one second. A task that is failed so still
	// runs, beside what the SDK does to its state: on a busy machine the race detector
	// reports that, though nothing of it is the product's.
	DeadlockDetection time.Duration
	// Started is called once every role of the process is ready.
	Started func()
}

// App is one process of the product, built and not yet running.
type App struct {
	cfg           Config
	opts          Options
	log           *slog.Logger
	workers       client.Client
	clients       client.Client
	source        *policy.Source
	rules         *policy.Rules
	blobs         *evidence.Blobs
	registry      *prometheus.Registry
	measured      measured
	engineMetrics client.MetricsHandler
	pollers       *pollers
	readiness     *readiness
	parts         []part
	closers       []func() error
}

// part is a role that runs until the context ends.
type part struct {
	name string
	run  func(ctx context.Context) error
}

// New builds every part of the configured roles. An error names what is wrong
// and how to mend it; nothing is left open then. A policy with problems is
// refused with all of them.
func New(ctx context.Context, cfg Config, opts Options) (_ *App, err error) {
	if err := errors.Join(cfg.check()...); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	log := slog.New(connect.CorrelationHandler(opts.Logger.Handler()))
	a := &App{cfg: cfg, opts: opts, log: log, registry: prometheus.NewRegistry(), pollers: newPollers(), readiness: newReadiness(log), measured: newMeasured()}
	a.measured.register(a.registry)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	var metrics io.Closer
	a.engineMetrics, metrics = sdkMetrics(a.registry, a.log)
	a.closers = append(a.closers, metrics.Close)
	if err := a.openPolicy(ctx); err != nil {
		return nil, err
	}
	a.registry.MustRegister(policyMetrics(a.source)...)
	if a.rules, err = a.source.Rules(ctx); err != nil {
		return nil, err
	}
	if err := a.checkStepUp(); err != nil {
		return nil, err
	}
	return a, a.build(ctx)
}

// dial connects to the engine and closes the connection with the process.
func (a *App) dial(ctx context.Context, mode connect.Mode) (client.Client, error) {
	c, err := connect.Dial(ctx, connect.Options{
		Logger: a.log, DialOptions: append(a.opts.Dial[:len(a.opts.Dial):len(a.opts.Dial)], grpc.WithChainUnaryInterceptor(a.pollers.intercept)),
		Metrics: a.engineMetrics, Mode: mode, Wait: dialWithin, Env: a.cfg.lookup(),
	})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, func() error { c.Close(); return nil })
	return c, nil
}

// forWorkers is the connection that this process's workers share. Where a key
// is missing for a moment it panics, which fails a task and not a workflow.
func (a *App) forWorkers(ctx context.Context) (client.Client, error) {
	if a.workers == nil {
		c, err := a.dial(ctx, connect.Worker)
		if err != nil {
			return nil, err
		}
		a.workers = c
		a.readiness.rests("engine", reaches(c))
	}
	return a.workers, nil
}

// forGateway is the connection of the gateway.
func (a *App) forGateway(ctx context.Context) (client.Client, error) {
	if a.clients == nil {
		c, err := a.dial(ctx, connect.Client)
		if err != nil {
			return nil, err
		}
		a.clients = c
	}
	return a.clients, nil
}

// build constructs the parts of each role, evidence first: what others record
// waits for it.
func (a *App) build(ctx context.Context) error {
	// The SDK's, for the whole process: the first worker makes the cache.
	worker.SetStickyWorkflowCacheSize(runsInMemory)
	steps := []struct {
		role  string
		build func(context.Context) error
	}{
		{RoleEvidence, a.buildEvidence},
		{RoleWorkflows, a.buildWorkflows},
		{RoleActivities, a.buildActivities},
		{RoleGateway, a.buildGateway},
	}
	for _, s := range steps {
		if !a.cfg.has(s.role) {
			continue
		}
		if err := s.build(ctx); err != nil {
			return fmt.Errorf("role %s: %w", s.role, err)
		}
	}
	a.parts = append(a.parts, part{"rules in force", a.followRules})
	if a.cfg.has(RoleEvidence) || a.cfg.has(RoleWorkflows) { // where people are judged by it
		a.parts = append(a.parts, part{"watch on the policy", a.watchPolicy})
	}
	return a.buildWatch(ctx)
}

// Run runs every part until the context ends or one of them fails, and then
// lets each finish what it has begun.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range a.parts {
		group.Go(func() error {
			if err := p.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			return nil
		})
	}
	if a.opts.Started != nil {
		a.opts.Started()
	}
	a.log.Info("running", "roles", a.cfg.Roles, "policy", a.rules.Version)
	return errors.Join(group.Wait(), a.close())
}

// close releases what was opened, last first.
func (a *App) close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// Main builds and runs a process of these roles; it is what every main calls.
func Main(ctx context.Context, env envconfig.EnvLookup, log *slog.Logger, roles ...string) error {
	cfg, err := FromEnvironment(env, roles)
	if err != nil {
		return err
	}
	// The evidence log's library writes its own lines through a logger of the
	// whole process, so only a main may set it.
	klog.SetSlogLogger(log)
	boundMemory()
	a, err := New(ctx, cfg, Options{Logger: log})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

// dialWithin is how long the engine may take to come up beside this process.
const dialWithin = time.Minute

// stopWithin is how long a worker gives running activities to end.
const stopWithin = 25 * time.Second
