package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// mostReports bounds how often a source repeats a report that was not taken.
const mostReports = 30

// reported is what a source knows of its reports.
type reported struct {
	answered map[string]time.Time // title → when the answer that it is persisted was read
	refused  int
	took     time.Duration
}

// report has a source report n new alerts as Alertmanager does, one after the
// other at a steady rate, whether or not the earlier ones were answered.
func (w *world) report(ctx context.Context, title string, n, rate int) (reported, error) {
	out := reported{answered: map[string]time.Time{}}
	var (
		mu    sync.Mutex
		errs  []error
		group sync.WaitGroup
	)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	begun := time.Now()
	for i := range n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return out, ctx.Err()
		}
		group.Go(func() {
			name := fmt.Sprintf("%s %04d.", title, i)
			at, refused, err := w.persisted(ctx, harness.Reported(name, "firing", "critical", nil))
			mu.Lock()
			defer mu.Unlock()
			out.answered[name], errs = at, append(errs, err)
			out.refused += refused
		})
	}
	out.took = time.Since(begun)
	group.Wait()
	return out, errors.Join(errs...)
}

// persisted sends a report until it is answered as persisted, as a source does,
// and returns when the whole answer was there.
func (w *world) persisted(ctx context.Context, body []byte) (at time.Time, refused int, err error) {
	for ; refused < mostReports; refused++ {
		status, err := w.alert(ctx, body)
		switch {
		case err == nil && status == http.StatusOK:
			return time.Now(), refused, nil
		case err == nil && status < 500:
			return at, refused, fmt.Errorf("a report was answered %d", status)
		}
		select {
		case <-time.After(time.Second): // as long as the source waits before it repeats
		case <-ctx.Done():
			return at, refused, ctx.Err()
		}
	}
	return at, refused, fmt.Errorf("a report was not taken in %d attempts", mostReports)
}

func (w *world) alert(ctx context.Context, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.gateway+"/alerts/alertmanager", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+standin.AlertsToken)
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, err
}
