package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"
)

// Every part is asked at once and within bounds, however often somebody asks;
// one that hangs is asked once, until it has come back.
func TestReady_IsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newReadiness(slog.New(slog.NewTextHandler(&log, nil)))
		asked := 0
		var hung atomic.Int32 // it has not come back when it is looked at
		let := make(chan struct{})
		var wrong error
		r.rests("engine", func(context.Context) error { asked++; return wrong })
		r.rests("blobs", func(context.Context) error { hung.Add(1); <-let; return nil }) // as a dead NFS mount

		begun := time.Now()
		require.Equal(t, "blobs", lacking(r.now(t.Context())))
		require.Equal(t, lookWithin, time.Since(begun))
		require.Equal(t, "blobs", lacking(r.now(t.Context())))
		require.Equal(t, 1, asked, "an answer is given again for a second")

		time.Sleep(2 * lookEvery)
		wrong = errors.New("connection refused to 10.0.0.7")
		require.Equal(t, "blobs, engine", lacking(r.now(t.Context())))
		require.EqualValues(t, 1, hung.Load(), "nobody waits twice for what hangs")
		require.Contains(t, log.String(), "10.0.0.7", "the reason is in the log")

		time.Sleep(2 * lookEvery)
		close(let)
		wrong = nil
		require.Empty(t, lacking(r.now(t.Context())))
		require.Equal(t, 2, strings.Count(log.String(), "ready again"))
		require.Equal(t, 2, strings.Count(log.String(), "not ready"), "a change is told once")
	})
}

// The pages say what whoever restarts or watches this process needs, and no reason.
func TestWatch_Pages(t *testing.T) {
	a := &App{log: slog.New(slog.DiscardHandler), registry: prometheus.NewRegistry(), pollers: newPollers(), measured: newMeasured()}
	a.readiness = newReadiness(a.log)
	a.measured.register(a.registry)
	require.NoError(t, a.buildWatch(t.Context()))
	require.Empty(t, a.parts, "without an address nothing listens")
	var wrong error
	a.readiness.rests("log", func(context.Context) error { return wrong })
	get := func(path string) (int, string) {
		a.readiness.at = time.Time{} // a second later
		w := httptest.NewRecorder()
		a.watchHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	code, body := get("/healthz")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "ok\n", body)
	_, body = get("/readyz")
	require.Equal(t, "ready\n", body)

	wrong = errors.New("the last append failed: no space left on /srv/evidence")
	code, body = get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "not ready: log\n", body)
	code, _ = get("/healthz")
	require.Equal(t, http.StatusOK, code, "a disk that is full is not mended by a restart")
	_, body = get("/metrics")
	require.Contains(t, body, `countersign_ready{part="log"} 0`)
	require.Contains(t, body, `countersign_ready{part="pollers"} 1`)

	a.pollers.expect(time.Now().Add(-time.Hour), polled{"pages", kindActivity})
	code, body = get("/healthz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "not alive: pollers\n", body)
	_, body = get("/readyz")
	require.Equal(t, "not ready: log, pollers\n", body)
	all, err := a.registry.Gather()
	require.NoError(t, err)
	lint, err := promlint.NewWithMetricFamilies(all).Lint()
	require.NoError(t, err)
	require.Empty(t, lint)
}

// A port that is taken is said with the variable and with what to do.
func TestWatch_PortIsTaken(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	a := &App{cfg: Config{MetricsListen: taken.Listener.Addr().String()}, registry: prometheus.NewRegistry(), pollers: newPollers()}
	a.readiness = newReadiness(slog.New(slog.DiscardHandler))
	err := a.buildWatch(t.Context())
	require.ErrorContains(t, err, "COUNTERSIGN_METRICS_LISTEN: cannot listen on "+a.cfg.MetricsListen)
	require.ErrorContains(t, err, "needs a port of its own")
	for _, nonsense := range []string{"8091", "metrics", "127.0.0.1:many"} {
		a.cfg.MetricsListen, a.registry = nonsense, prometheus.NewRegistry()
		require.ErrorContains(t, a.buildWatch(t.Context()), "give it as in 127.0.0.1:8091", nonsense)
	}
}
