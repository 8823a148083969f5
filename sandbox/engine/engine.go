package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc/status"
)

// Engine is a running server.
type Engine struct {
	server temporal.Server
	ui     *webUI
	conf   Config
	ports  ports
	level  slog.LevelVar // of the server's own lines

	once    sync.Once
	stopErr error
}

// Start runs a server and returns when it answers: every namespace exists with
// its search attributes and a query on them succeeds. It gives up at the end of
// ctx or after 90 seconds. The server then runs until Stop, whatever becomes of ctx.
//
// Errors say what is wrong with the configuration or the store. A listener that
// fails after its port was found free ends the process: the server is written so.
func Start(ctx context.Context, c Config) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{conf: c}
	e.level.Set(c.LogLevel.Level())
	l := newLogger(c.Logger, &e.level)
	if e.ports, err = choosePorts(c); err != nil {
		return nil, err
	}
	stores, err := prepare(c, l)
	if err != nil {
		return nil, err
	}
	if e.server, err = newServer(c, e.ports, stores, l); err != nil {
		return nil, err
	}
	if err := e.server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("engine: start: %w", err), e.Stop())
	}
	if err := provision(ctx, e.Address(), c); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	if e.ports.ui > 0 {
		if e.ui, err = startUI(ctx, c, e.ports); err != nil {
			return nil, errors.Join(err, e.Stop())
		}
	}
	return e, nil
}

// Stop ends the UI and the server and returns when both are gone; about a
// second. Calls after the first one return what the first one did.
func (e *Engine) Stop() error {
	e.once.Do(func() {
		// While its services end one after the other, those that still run
		// complain of those that do not.
		e.level.Set(levelSilent)
		e.ui.stop()
		if err := e.server.Stop(); err != nil {
			e.stopErr = fmt.Errorf("engine: stop: %w", err)
		}
	})
	return e.stopErr
}

// Address is host and port of the frontend, as a client on this machine dials it.
func (e *Engine) Address() string { return join(reachable(e.conf.IP), e.ports.frontend) }

// UIAddress is the URL of the web UI, empty without one.
func (e *Engine) UIAddress() string { return e.url(e.ports.ui, "") }

// MetricsAddress is the URL of the server's Prometheus metrics, empty without them.
func (e *Engine) MetricsAddress() string { return e.url(e.ports.metrics, "/metrics") }

func (e *Engine) url(port int, path string) string {
	if port <= 0 {
		return ""
	}
	return "http://" + join(reachable(e.conf.IP), port) + path
}

// fromStatus turns a gRPC error into the server's typed one.
func fromStatus(err error) error {
	if err == nil {
		return nil
	}
	return serviceerror.FromStatus(status.Convert(err))
}
