package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Time limits of the HTTP server. Vendors send small bodies at once and wait 3
// to 20 seconds for an answer, so anything slower is not a vendor.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	requestTimeout = 12 * time.Second // a handler's context, below the write time-out
	writeTimeout   = 15 * time.Second
	idleTimeout    = 60 * time.Second
	// drainTimeout is how long requests in flight may take after a stop was
	// asked for. An act needs under 3 s (C15); net/http takes a connection that
	// somebody opened and never used for a busy one until 5 s have passed.
	drainTimeout   = 7 * time.Second
	maxHeaderBytes = 64 << 10
)

// Serve listens on addr (host:port) until ctx is done, then refuses new
// requests and lets those in flight finish within 7 s. It returns nil after an
// orderly stop, and an error when it cannot listen or had to cut requests off.
func (g *Gateway) Serve(ctx context.Context, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("gateway: cannot listen on %s: %w; is another program using the port?", addr, err)
	}
	return g.ServeListener(ctx, l)
}

// ServeListener is Serve on a listener that is open already; it closes it.
func (g *Gateway) ServeListener(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           g.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
		// Requests outlive ctx on purpose: a stop must not cancel an act that
		// is about to become durable.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	g.log.Info("gateway listening", "address", l.Addr().String())

	select {
	case err := <-failed:
		return fmt.Errorf("gateway: serving stopped: %w", err)
	case <-ctx.Done():
	}
	g.draining.Store(true)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("gateway: requests were still running %s after the stop and were cut off: %w", drainTimeout, err),
			server.Close())
	}
	g.log.Info("gateway stopped")
	return nil
}
