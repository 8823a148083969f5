package main

import (
	"context"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// inspect says how large a program is and whether it links the engine.
func inspect(path string) (shipped, error) {
	info, err := os.Stat(path)
	if err != nil {
		return shipped{}, err
	}
	built, err := buildinfo.ReadFile(path)
	if err != nil {
		return shipped{}, err
	}
	s := shipped{Name: filepath.Base(path), MB: float64(info.Size()) / 1e6}
	for _, d := range built.Deps {
		s.Server = s.Server || d.Path == "go.temporal.io/server"
	}
	return s, nil
}

// startTimes starts the engine some times on a new SQLite file each and
// measures from the start of the program to its first answer.
func startTimes(ctx context.Context, p programs, n int) (spread, error) {
	var took []time.Duration
	for range n {
		dir, err := os.MkdirTemp("", "countersign-bench-start-")
		if err != nil {
			return spread{}, err
		}
		ready, begun := make(chan struct{}), time.Now()
		var at time.Time
		engine, err := start("engine", func(line string) {
			if strings.HasPrefix(line, "Ready") {
				at = time.Now()
				close(ready)
			}
		}, environ(nil), p.sandbox, "server", "start-dev", "--log-level", "error", "--port", "0", "--headless", "--db-filename", filepath.Join(dir, "engine.db"))
		if err != nil {
			return spread{}, err
		}
		if err := engine.await(ctx, ready); err != nil {
			return spread{}, err
		}
		took = append(took, at.Sub(begun))
		if err := engine.stop(); err != nil {
			return spread{}, err
		}
		if err := os.RemoveAll(dir); err != nil {
			return spread{}, err
		}
	}
	return spreadOf(took), nil
}
