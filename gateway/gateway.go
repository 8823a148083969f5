package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/stepup"
)

// Config is what a Gateway needs.
type Config struct {
	// Client reaches the process engine. Mandatory.
	Client client.Client
	// TaskQueue is where the workflow workers poll, for the processes that the
	// gateway starts. Mandatory.
	TaskQueue string
	// Logger receives one line per act, refusal and failure, without the
	// contents of anything. Mandatory.
	Logger *slog.Logger
	// Registry holds the gateway's metrics and is what /metrics shows. A new
	// one is made when nil.
	Registry *prometheus.Registry
	// Routes maps the path of each inbound route to the vendor's handler, e.g.
	// "/slack/interactions". Handlers that need the Gateway itself are added
	// with Mount.
	Routes map[string]http.Handler
	// Processes says which processes take acts; Processes() when nil.
	Processes []Process
	// Systems are the systems of the rules as they are now, for forms that begin a
	// process; nil offers none, and people write one.
	Systems func() []compliance.Option
	// Name is what a person is called in answers; nil calls everybody by their id.
	Name func(compliance.PersonID) string
	// Zone is by whose clock an account reads the times of answers; nil, or nil for an
	// account, leaves them by UTC.
	Zone func(compliance.Account) *time.Location
	// Ready is asked by /readyz besides the engine; nil means always ready. It
	// must return within a second. Without is an error that is only told.
	Ready func(ctx context.Context) error
	// SignIn serves the pages on which people sign in before they decide where a
	// level needs it; nil serves none.
	SignIn *SignIn
	// Now is the clock for Inbound.Received and the latency metric; time.Now
	// when nil.
	Now func() time.Time
}

// Gateway routes inbound requests to processes. It is safe for concurrent use
// once Handler or Serve has been called.
type Gateway struct {
	engine    client.Client
	taskQueue string
	log       *slog.Logger
	registry  *prometheus.Registry
	processes []Process
	ready     func(context.Context) error
	systems   func() []compliance.Option
	name      func(compliance.PersonID) string
	zone      func(compliance.Account) *time.Location
	now       func() time.Time
	signIn    *signInPages // nil without sign-in

	routes   map[string]http.Handler
	inFlight chan struct{}
	turns    *turns
	door     *doorLimits
	actors   perMinute[actor]
	draining atomic.Bool
	recent   *lru.Cache[string, struct{}]
	measured measured
}

// New checks the configuration and returns a Gateway that does not listen yet.
// An error names what to set.
func New(cfg Config) (*Gateway, error) {
	switch {
	case cfg.Client == nil:
		return nil, errors.New("gateway: Client is missing: dial the process engine first")
	case cfg.TaskQueue == "":
		return nil, errors.New("gateway: TaskQueue is missing: name the queue of the workflow workers")
	case cfg.Logger == nil:
		return nil, errors.New("gateway: Logger is missing")
	}
	g := &Gateway{
		engine:    cfg.Client,
		taskQueue: cfg.TaskQueue,
		log:       cfg.Logger,
		registry:  cfg.Registry,
		processes: cfg.Processes,
		ready:     cfg.Ready,
		systems:   cfg.Systems,
		name:      cfg.Name,
		zone:      cfg.Zone,
		now:       cfg.Now,
		routes:    make(map[string]http.Handler, len(cfg.Routes)),
		inFlight:  make(chan struct{}, maxInFlight),
		turns:     newTurns(),
	}
	if g.registry == nil {
		g.registry = prometheus.NewRegistry()
	}
	if g.processes == nil {
		g.processes = Processes()
	}
	if g.systems == nil {
		g.systems = func() []compliance.Option { return nil }
	}
	if g.name == nil {
		g.name = func(p compliance.PersonID) string { return string(p) }
	}
	if g.zone == nil {
		g.zone = func(compliance.Account) *time.Location { return nil }
	}
	if g.now == nil {
		g.now = time.Now
	}
	if err := checkProcesses(g.processes); err != nil {
		return nil, err
	}
	var err error
	if g.recent, err = lru.New[string, struct{}](recentDeliveries); err != nil {
		return nil, fmt.Errorf("gateway: recent deliveries: %w", err)
	}
	if g.door, err = newDoorLimits(); err != nil {
		return nil, fmt.Errorf("gateway: limits at the door: %w", err)
	}
	if g.actors, err = newPerMinute[actor](compliance.ActsPerMinute, maxActors); err != nil {
		return nil, fmt.Errorf("gateway: limits of acts: %w", err)
	}
	if g.measured, err = measure(g.registry, func() float64 { return float64(len(g.inFlight)) }); err != nil {
		return nil, err
	}
	if cfg.SignIn != nil {
		if g.signIn, err = newSignInPages(g, *cfg.SignIn); err != nil {
			return nil, err
		}
	}
	for path, h := range cfg.Routes {
		if err := g.Mount(path, h); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Mount adds an inbound route: path is absolute and has the vendor's name as
// its first element, which is also the vendor in the metrics. It must be called
// before Handler and Serve, and refuses a path that is taken.
func (g *Gateway) Mount(path string, h http.Handler) error {
	switch {
	case h == nil:
		return fmt.Errorf("gateway: route %q has no handler", path)
	case !strings.HasPrefix(path, "/") || vendorOf(path) == "" || strings.ContainsAny(path, "{} "):
		return fmt.Errorf("gateway: route %q must be a path such as /vendor/webhook", path)
	}
	if _, taken := g.routes[path]; taken || strings.HasPrefix(path, "/healthz") ||
		strings.HasPrefix(path, "/readyz") || strings.HasPrefix(path, "/metrics") || vendorOf(path) == vendorOf(stepup.Path) {
		return fmt.Errorf("gateway: route %q is taken", path)
	}
	g.routes[path] = h
	return nil
}

// Handler returns the HTTP surface: the mounted routes, the sign-in pages, /healthz, /readyz and
// /metrics. Everything else is 404.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, h := range g.routes {
		mux.Handle(path, g.receive(path, h))
	}
	if g.signIn != nil {
		g.signIn.mount(mux)
	}
	mux.HandleFunc("GET /healthz", g.healthz)
	mux.HandleFunc("GET /readyz", g.readyz)
	mux.Handle("GET /metrics", g.metrics())
	return mux
}

// vendorOf is the first element of a route's path.
func vendorOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}
