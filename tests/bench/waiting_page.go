package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"time"
)

const (
	pageRows  = 100
	pageTimes = 20
	// settling is how long the engine may take at most to be done with what was begun.
	settling = 30 * time.Second
)

// rest waits for a second in which the deployment does next to nothing: the changes
// are to wait, and not to be begun, when the list is asked for.
func (w *world) rest(ctx context.Context) {
	for begun := time.Now(); time.Since(begun) < settling; {
		m := w.meter()
		select {
		case <-time.After(time.Second): // the length of the observation, not a wait for an event
		case <-ctx.Done():
			return
		}
		own, _ := m.read()
		if used := own["engine"] + own["worker"]; used < time.Second/10 {
			return
		}
	}
	progress("waiting: the deployment does not come to rest within %v", settling)
}

// page measures the list of an approver as a person asks for it: the whole
// command, which starts, connects, asks and prints.
func (out *waiting) page(ctx context.Context, w *world) error {
	w.rest(ctx)
	var took []time.Duration
	for range pageTimes {
		cmd := exec.CommandContext(ctx, w.programs.starter, "change", "list", "--awaiting", "p-bruno", "--limit", fmt.Sprint(pageRows), "--output", "json")
		cmd.Env = environ(w.env)
		var printed, complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &printed, &complaints
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("the list of an approver: %w\n%s", err, complaints.String())
		}
		took = append(took, time.Since(begun))
		var rows []struct {
			Awaiting []string `json:"awaiting"`
		}
		if err := json.Unmarshal(printed.Bytes(), &rows); err != nil {
			return fmt.Errorf("the list of an approver: %w", err)
		}
		out.PageRows = len(rows)
		for _, r := range rows {
			if len(r.Awaiting) != 1 || r.Awaiting[0] != "p-bruno" {
				return fmt.Errorf("the list of an approver has a change that waits for %v", r.Awaiting)
			}
		}
	}
	out.Page = spreadOf(took)
	progress("waiting: a page of %d for one approver: p50 %.0f ms, most %.0f ms", out.PageRows, out.Page.P50, out.Page.Max)
	return nil
}
