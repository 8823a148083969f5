package export_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/evidence/export"
)

// wanted is how many records the figure is taken with, 10,000 by default.
var wanted = flag.Int("records", 10_000, "how many records TestE7_Figure exports and verifies")

// TestE7_Figure measures an export and its verification, and prints both:
//
//	go test ./evidence/export -run TestE7_Figure -v -count=1 [-args -records 100000]
//
// The records are of the size and shape of decisions, one in twenty with a blob
// of its own. A verification of 10,000 records has to take less than two seconds of
// one processor; the time on the clock depends on what else runs.
func TestE7_Figure(t *testing.T) {
	records := *wanted
	if raceEnabled() {
		records = 500 // not a measurement
	}
	dir := filepath.Join(evidencetest.Dir(t), "evidence")
	grow(t, dir, records)
	reader, err := evidence.OpenReader(t.Context(), dir)
	require.NoError(t, err)
	defer reader.Close() //nolint:errcheck // only read from

	path := filepath.Join(t.TempDir(), "bundle.zip")
	peak := watchMemory()
	began, busy := time.Now(), processor(t)
	f, err := os.Create(path)
	require.NoError(t, err)
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	result, err := export.Write(t.Context(), reader, export.Input{
		Selection: bundle.Selection{From: day, To: day.AddDate(0, 0, 1), Personal: true}, Created: day.AddDate(0, 0, 2), Scratch: filepath.Dir(path),
		Tell: func(e evidence.Entry) export.Line {
			return export.Line{At: e.Record.At, Kind: e.Record.Type, Who: e.Record.Actor.Person, Text: "Approved at level 1."}
		},
	}, f)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	exported, exportedBusy, exportedPeak := time.Since(began), processor(t)-busy, peak()
	info, err := os.Stat(path)
	require.NoError(t, err)

	peak = watchMemory()
	began, busy = time.Now(), processor(t)
	report, err := bundle.Verify(t.Context(), bundle.Input{Path: path, Key: reader.PublicKey(), Manifest: result.Digest})
	verified, verifiedBusy, verifiedPeak := time.Since(began), processor(t)-busy, peak()
	require.NoError(t, err)
	require.Equal(t, uint64(records), report.Totals.Records)
	t.Logf("%d records, %d blobs, bundle of %.1f MB\nexport  %6.2f s, %6.2f s of processor, at most %d MB of heap\nverify  %6.2f s, %6.2f s of processor, at most %d MB of heap",
		records, report.Blobs, float64(info.Size())/1e6, exported.Seconds(), exportedBusy.Seconds(), exportedPeak>>20,
		verified.Seconds(), verifiedBusy.Seconds(), verifiedPeak>>20)
	if records == 10_000 {
		require.Less(t, verifiedBusy, 2*time.Second)
	}
}

// processor is the time that this process has used processors.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// grow makes a log of decisions on one day and what follows.
func grow(t *testing.T, dir string, records int) {
	t.Helper()
	ctx, now := context.Background(), time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	log, err := evidence.Open(ctx, evidence.Config{Dir: dir, Now: func() time.Time { return now }})
	require.NoError(t, err)
	var batch []evidence.Event
	for i := range records {
		subject := fmt.Sprintf("change/site/%d", 10000+i/10)
		ev := evidence.Event{
			Key: fmt.Sprintf("%s/%d", subject, i), Type: "change.decided", Schema: 1, Subject: subject, State: "in_review", WorkflowID: subject,
			RunID: "0198e2a0-7f7c-7c1c-9d52-3f0c5b1c7d10", At: now,
			Actor: &evidence.Actor{Person: fmt.Sprintf("p-%d", i%50), Account: evidence.Account{Provider: "chat", ID: "U024BE7LH"}},
			Rules: &evidence.Rules{Version: "2026-03", Hash: "5f3c1a9e0b7d", Directory: "118"}, Controls: []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3"},
			Facts: []byte(`{"verdict":"approve","level":1,"quorum":2,"remaining":1,"version":1,"attested":["tests","risk","rollback"]}`),
		}
		if i%10 == 0 {
			ev.Series = "CHG"
		}
		if i%20 == 0 {
			digest, err := log.Blobs().Put(ctx, fmt.Appendf(nil, "%d %0800d", i, i))
			require.NoError(t, err)
			ev.Blobs = []evidence.BlobRef{{Role: "reason", Digest: digest}}
		}
		if batch = append(batch, ev); len(batch) == evidence.MaxEvents || i == records-1 {
			_, err := log.Append(ctx, batch)
			require.NoError(t, err)
			batch = nil
		}
	}
	require.NoError(t, log.Close())
}

// watchMemory samples the heap until the function it returns is called, which
// gives the most it saw beyond the beginning.
func watchMemory() func() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base := m.HeapAlloc
	var most atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > base {
				most.Store(max(most.Load(), m.HeapAlloc-base))
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return most.Load()
	}
}
