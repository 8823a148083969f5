package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"os"
	"path/filepath"
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

// startTimes starts the whole sandbox some times on a new directory each and
// measures from the start of the program to the line that says it is ready:
// every page and door answers then.
func startTimes(ctx context.Context, p programs, n int) (spread, error) {
	var took []time.Duration
	for range n {
		one, err := startTime(ctx, p)
		if err != nil {
			return spread{}, err
		}
		took = append(took, one)
	}
	return spreadOf(took), nil
}

func startTime(ctx context.Context, p programs) (took time.Duration, err error) {
	dir, err := os.MkdirTemp("", "countersign-bench-start-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ready, begun := make(chan struct{}), time.Now()
	sandbox, err := start("sandbox", func(line string) {
		if line == "Ready" {
			took = time.Since(begun)
			close(ready)
		}
	}, environ(nil), p.sandbox, "--dir", dir, "--port", "0", "--gateway-port", "0", "--slack-port", "0", "--jira-port", "0", "--temporal-port", "0", "--ui-port", "0")
	if err != nil {
		return 0, err
	}
	if err := sandbox.await(ctx, ready); err != nil {
		return 0, err
	}
	return took, sandbox.stop()
}
