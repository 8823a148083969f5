package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// watchWithin bounds a request of whoever watches this process, and how long one
// may take to end once the process stops.
const watchWithin = 5 * time.Second

// buildWatch listens where COUNTERSIGN_METRICS_LISTEN says, for every role alike.
func (a *App) buildWatch(ctx context.Context) error {
	a.registry.MustRegister(a.readiness, a.pollers.metric())
	a.readiness.rests("pollers", func(context.Context) error { return a.pollers.alive(time.Now()) })
	if a.cfg.MetricsListen == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return fmt.Errorf("COUNTERSIGN_METRICS_LISTEN: cannot listen on %s: %w; give it as in 127.0.0.1:8091; each process of a host needs a port of its own, and port 0 takes a free one", a.cfg.MetricsListen, err)
	}
	a.closers = append(a.closers, func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.parts = append(a.parts, part{"metrics", func(ctx context.Context) error { return a.serveWatch(ctx, l) }})
	return nil
}

// serveWatch answers until the context ends. A process that stops is not ready
// and answers nobody any more, which whoever watches takes for the same.
func (a *App) serveWatch(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: a.watchHandler(), ReadHeaderTimeout: watchWithin, ReadTimeout: watchWithin, WriteTimeout: 2 * watchWithin,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	a.log.Info("metrics listening", "address", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serving stopped: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchWithin)
	defer cancel()
	return errors.Join(server.Shutdown(stop), server.Close())
}

// watchHandler serves the three pages. They name parts and never what is wrong
// with them, which the log says.
func (a *App) watchHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{Registry: a.registry, MaxRequestsInFlight: 4, Timeout: watchWithin}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if err := a.pollers.alive(time.Now()); err != nil {
			a.log.Error("not alive: start this process again", "error", err)
			plain(w, http.StatusServiceUnavailable, "not alive: pollers")
			return
		}
		plain(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if parts := lacking(a.readiness.now(r.Context())); parts != "" {
			plain(w, http.StatusServiceUnavailable, "not ready: "+parts)
			return
		}
		plain(w, http.StatusOK, "ready")
	})
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the asker is gone if this fails
}
