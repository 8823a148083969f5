// Package evidencetest opens real logs in temporary folders for tests of other
// packages, and checks at the end that what they left behind verifies.
package evidencetest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

// New opens a log in a folder that goes away with the test; it is closed when
// the test ends. The settings are those of production but for a shorter
// checkpoint interval. Change edits them before the log is opened.
func New(t testing.TB, change ...func(*evidence.Config)) *evidence.Log {
	t.Helper()
	cfg := evidence.Config{
		Dir:                Dir(t),
		CheckpointInterval: 100 * time.Millisecond,
	}
	for _, f := range change {
		f(&cfg)
	}
	log, err := evidence.Open(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	return log
}

// Dir is a folder for a log that goes away with the test. The library's own coroutines end
// a moment after the log was closed and say so to nobody: what one of them writes
// meanwhile makes the folder not empty, and it is removed once more.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "evidence-")
	require.NoError(t, err)
	t.Cleanup(func() {
		for range 100 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		require.NoError(t, err)
	})
	return dir
}

// Check publishes a checkpoint and verifies the whole log as an auditor would.
func Check(t testing.TB, log *evidence.Log) evidence.Report {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, log.Publish(ctx))
	report, err := evidence.Verify(ctx, evidence.VerifyInput{
		Dir: log.Dir(), PublicKey: log.PublicKey(), Anchors: log.AnchorDirs(),
	})
	require.NoError(t, err)
	return report
}
