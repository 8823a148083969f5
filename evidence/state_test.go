package evidence_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// Who watches the log sees how many records wait for checkpoint and anchor, and
// since when; one anchor that is gone does not hide that the other is fine.
func TestState_TellsWhatIsBehind(t *testing.T) {
	good, gone := t.TempDir(), filepath.Join(t.TempDir(), "gone")
	log := evidencetest.New(t, func(c *evidence.Config) {
		c.AnchorDirs = []string{good, gone}
		c.CheckpointInterval, c.AnchorInterval = time.Hour, time.Hour
	})
	require.NoError(t, os.RemoveAll(gone))
	require.Equal(t, evidence.State{Anchors: map[string]evidence.Progress{good: {}, gone: {}}}, log.State())
	appendOne(t, log, event("k1", "change/a/1", series("CHG")))
	s := log.State()
	require.EqualValues(t, 1, s.Records)
	require.Positive(t, s.Checkpoint.Behind)
	require.Positive(t, s.Anchors[good].Behind)

	require.NoError(t, log.Publish(t.Context()))
	require.Equal(t, evidence.Progress{Size: 1}, log.State().Checkpoint)
	require.Positive(t, log.State().Anchors[good].Behind)

	require.Error(t, log.Anchor(t.Context()))
	require.Equal(t, evidence.Progress{Size: 1}, log.State().Anchors[good])
	first := log.State().Anchors[gone]
	require.Zero(t, first.Size)
	require.Positive(t, first.Behind)
	appendOne(t, log, event("k2", "change/a/2", series("CHG")))
	require.GreaterOrEqual(t, log.State().Anchors[gone].Behind, first.Behind, "it waits since the first record it lacks")
	require.NoError(t, os.MkdirAll(gone, 0o700))
	require.NoError(t, log.Anchor(t.Context()))
	require.Equal(t, evidence.Progress{Size: 2}, log.State().Anchors[gone])
}

// A log that is closed, whose folder was replaced, or that could not be written
// is not sound, and is again when what was wrong is mended.
func TestState_SoundOnlyWhileItCanTakeRecords(t *testing.T) {
	broken := false
	var dir string
	log := evidencetest.New(t, func(c *evidence.Config) {
		dir = c.Dir
		c.Observer.Planned = func(int) {
			if broken { // not require: this is the committer's goroutine
				if err := errors.Join(os.Rename(filepath.Join(dir, "log/tile"), filepath.Join(dir, "log/away")),
					os.WriteFile(filepath.Join(dir, "log/tile"), nil, 0o600)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	appendOne(t, log, event("k1", "change/a/1"))
	require.NoError(t, log.Sound(t.Context()))
	broken = true
	_, err := log.Append(t.Context(), []evidence.Event{event("k2", "change/a/2")})
	require.Error(t, err)
	require.ErrorContains(t, log.Sound(t.Context()), "the last append failed")
	broken = false
	require.NoError(t, os.Remove(filepath.Join(dir, "log/tile")))
	require.NoError(t, os.Rename(filepath.Join(dir, "log/away"), filepath.Join(dir, "log/tile")))
	appendOne(t, log, event("k1", "change/a/1")) // is on record, so nothing is written
	require.ErrorContains(t, log.Sound(t.Context()), "the last append failed", "nothing has shown yet that it can be written again")
	appendOne(t, log, event("k2", "change/a/2"))
	require.NoError(t, log.Sound(t.Context()))

	lock := filepath.Join(dir, "LOCK")
	require.FileExists(t, lock)
	content, err := os.ReadFile(lock)
	require.NoError(t, err)
	require.NoError(t, os.Remove(lock))
	require.ErrorContains(t, log.Sound(t.Context()), "evidence: lock")
	require.NoError(t, os.WriteFile(lock, content, 0o600)) // another process could take this one
	require.ErrorContains(t, log.Sound(t.Context()), "was replaced while the log was open")
	require.NoError(t, log.Close())
	require.ErrorIs(t, log.Sound(t.Context()), evidence.ErrClosed)
}

// What the index lacked when the log was opened is told: a crash, or an index made anew.
func TestState_TellsWhatWasReplayed(t *testing.T) {
	f := newFixture(t, 3)
	require.NoError(t, os.Remove(filepath.Join(f.Dir, "index.sqlite")))
	log, err := evidence.Open(t.Context(), evidence.Config{Dir: f.Dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, log.Close()) }()
	require.EqualValues(t, 3, log.State().Replayed)
	require.EqualValues(t, 3, log.State().Records)
}

// A folder of blobs that is gone, or is none, is found without storing anything.
func TestBlobs_WritableIsTried(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	blobs, err := evidence.OpenBlobs(dir)
	require.NoError(t, err)
	require.NoError(t, blobs.Writable(t.Context()))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, os.RemoveAll(dir))
	require.ErrorContains(t, blobs.Writable(t.Context()), "blob store")
}
