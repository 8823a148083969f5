package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
)

// nobody is the address of an engine that refuses every connection: the
// listener is closed before it is used.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// lines is a log that tests may read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// unconnected is a Gateway whose engine is down.
func unconnected(t *testing.T, change func(*Config)) (*Gateway, *lines) {
	t.Helper()
	log := &lines{}
	engine, err := client.NewLazyClient(client.Options{HostPort: nobody(t), Logger: discard{}})
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	cfg := Config{Client: engine, TaskQueue: "workflows", Logger: slog.New(slog.NewJSONHandler(log, nil))}
	if change != nil {
		change(&cfg)
	}
	g, err := New(cfg)
	require.NoError(t, err)
	return g, log
}

type discard struct{}

func (discard) Debug(string, ...any) {}
func (discard) Info(string, ...any)  {}
func (discard) Warn(string, ...any)  {}
func (discard) Error(string, ...any) {}

// counted is the value of a counter with these label values, in any order.
func counted(t *testing.T, registry prometheus.Gatherer, name string, labels ...string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
	metrics:
		for _, m := range family.GetMetric() {
			have := map[string]bool{}
			for _, l := range m.GetLabel() {
				have[l.GetValue()] = true
			}
			for _, want := range labels {
				if !have[want] {
					continue metrics
				}
			}
			if h := m.GetHistogram(); h != nil {
				return float64(h.GetSampleCount())
			}
			return m.GetCounter().GetValue()
		}
	}
	return 0
}

func vote() compliance.Inbound {
	return compliance.Inbound{
		Delivery: "surface/view-1/abc", Surface: "surface",
		Actor:   compliance.Account{Provider: "surface", ID: "U1"},
		Subject: "change/example/10042", Action: "approve", Ref: "CHG-7.1.1.n.0123456789ab",
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	engine, err := client.NewLazyClient(client.Options{HostPort: nobody(t), Logger: discard{}})
	require.NoError(t, err)
	defer engine.Close()
	log := slog.New(slog.DiscardHandler)
	whole := func() Config { return Config{Client: engine, TaskQueue: "workflows", Logger: log} }
	process := Processes()[0]
	nested := process
	nested.Prefix += "nested/"
	incomplete := process
	incomplete.Update = nil

	for name, c := range map[string]struct {
		mend func(*Config)
		says string
	}{
		"no client":            {func(c *Config) { c.Client = nil }, "Client"},
		"no queue":             {func(c *Config) { c.TaskQueue = "" }, "TaskQueue"},
		"no logger":            {func(c *Config) { c.Logger = nil }, "Logger"},
		"overlapping prefixes": {func(c *Config) { c.Processes = []Process{process, nested} }, "overlap"},
		"incomplete process":   {func(c *Config) { c.Processes = []Process{incomplete} }, "incomplete"},
		"route without slash":  {func(c *Config) { c.Routes = map[string]http.Handler{"x": http.NotFoundHandler()} }, "path"},
		"route over health":    {func(c *Config) { c.Routes = map[string]http.Handler{"/healthz": http.NotFoundHandler()} }, "taken"},
		"route of nobody":      {func(c *Config) { c.Routes = map[string]http.Handler{"/": http.NotFoundHandler()} }, "path"},
		"route with wildcard":  {func(c *Config) { c.Routes = map[string]http.Handler{"/a/{b}": http.NotFoundHandler()} }, "path"},
		"route without handler": {func(c *Config) {
			c.Routes = map[string]http.Handler{"/a/b": nil}
		}, "handler"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := whole()
			c.mend(&cfg)
			_, err := New(cfg)
			require.ErrorContains(t, err, c.says)
		})
	}
	cfg := whole()
	cfg.Registry = prometheus.NewRegistry()
	_, err = New(cfg)
	require.NoError(t, err)
	_, err = New(cfg)
	require.ErrorContains(t, err, "registry of its own")
}

func TestServeLetsRequestsInFlightFinish(t *testing.T) {
	entered, finish := make(chan struct{}), make(chan struct{})
	g, _ := unconnected(t, func(c *Config) {
		c.Routes = map[string]http.Handler{"/vendor/slow": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-finish
			if r.Context().Err() == nil { // the stop must not cancel it
				_, _ = io.WriteString(w, "done")
			}
		})}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- g.ServeListener(ctx, l) }()

	type result struct {
		body string
		err  error
	}
	answered := make(chan result, 1)
	go func() {
		resp, err := http.Post("http://"+l.Addr().String()+"/vendor/slow", "application/json", strings.NewReader("{}"))
		if err != nil {
			answered <- result{err: err}
			return
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		answered <- result{string(body), err}
	}()
	<-entered
	stop()
	require.Eventually(t, func() bool {
		w := httptest.NewRecorder()
		g.readyz(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return strings.Contains(w.Body.String(), "stopping")
	}, 10*time.Second, time.Millisecond)
	select {
	case err := <-served:
		t.Fatalf("stopped with a request in flight: %v", err)
	default:
	}
	close(finish)
	got := <-answered
	require.NoError(t, got.err)
	require.Equal(t, "done", got.body)
	require.NoError(t, <-served)
}

// A connection that a client opened ahead and never used is no request that was
// cut off.
func TestServeStopsWithAConnectionNobodyUsed(t *testing.T) {
	t.Parallel()
	g, _ := unconnected(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- g.ServeListener(ctx, l) }()

	unused, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = unused.Close() })
	resp, err := http.Get("http://" + l.Addr().String() + "/healthz") // answered: the one before it was accepted
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	stop()
	require.NoError(t, <-served)
}

func TestServeSaysWhereItCannotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	g, _ := unconnected(t, nil)
	require.ErrorContains(t, g.Serve(t.Context(), l.Addr().String()), l.Addr().String())
}
