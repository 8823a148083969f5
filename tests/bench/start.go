package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// startEngine runs the server on a SQLite file that syncs every commit; where it
// ran before, on the same file and port.
func (w *world) startEngine(ctx context.Context) error {
	_, port, err := net.SplitHostPort(w.address)
	if err != nil {
		port = "0" // a free one, the first time
	}
	ready := make(chan struct{})
	engine, err := start("engine", func(line string) {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Temporal server":
			w.address = strings.TrimSpace(value)
		case "Ready":
			close(ready)
		}
	}, environ(nil), w.programs.sandbox, "server", "start-dev", "--log-level", "error", "--port", port, "--headless",
		"--db-filename", filepath.Join(w.dir, "engine.db"), "--db-synchronous", "full")
	if err != nil {
		return err
	}
	w.processes = append(w.processes, engine)
	return engine.await(ctx, ready)
}

// startWorker runs what carries out the processes and calls the vendors.
func (w *world) startWorker() error {
	return w.start("worker", w.programs.worker, "-role", "workflows,activities")
}

// startProduct runs the product as a deployment does, evidence in a process of its own.
func (w *world) startProduct(ctx context.Context) error {
	for _, s := range []struct {
		name, path string
		args       []string
	}{
		{"evidence", w.programs.worker, []string{"-role", "evidence"}},
		{"gateway", w.programs.gateway, nil},
	} {
		if err := w.start(s.name, s.path, s.args...); err != nil {
			return err
		}
	}
	if err := w.startWorker(); err != nil {
		return err
	}
	return w.awaitGateway(ctx)
}

// startBare runs bare workers of a shape with the product's queues, spread over
// processes as the product's are.
func (w *world) startBare(s shape) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	file := filepath.Join(w.dir, "shape.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	return errors.Join(
		w.start("bare evidence", self, bareCommand, file, "evidence"),
		w.start("bare worker", self, bareCommand, file, "workflows,tickets,messages"),
	)
}

func (w *world) start(name, path string, args ...string) error {
	one, err := start(name, func(string) {}, environ(w.env), path, args...)
	if err == nil {
		w.processes = append(w.processes, one)
	}
	return err
}

// awaitGateway polls readiness: a port that opens announces itself to nobody.
func (w *world) awaitGateway(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.gateway+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := w.http.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("the gateway was not ready in time: %w\n%s", ctx.Err(), w.outputs())
		}
	}
}
