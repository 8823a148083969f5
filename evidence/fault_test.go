package evidence_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// E3: a disk that refuses a write leaves no gap; the log goes on when it is mended.
func TestE3_FailedWriteLeavesNoGap(t *testing.T) {
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
	require.Equal(t, "CHG-1", appendOne(t, log, event("k1", "change/a/1", series("CHG"))).Number)
	broken = true
	_, err := log.Append(t.Context(), []evidence.Event{event("k2", "change/a/2", series("CHG"))})
	require.ErrorIs(t, err, evidence.ErrUnavailable)
	// Still broken: nothing is admitted on a guess.
	_, err = log.Append(t.Context(), []evidence.Event{event("k3", "change/a/3", series("CHG"))})
	require.ErrorIs(t, err, evidence.ErrUnavailable)

	broken = false
	require.NoError(t, os.Remove(filepath.Join(dir, "log/tile")))
	require.NoError(t, os.Rename(filepath.Join(dir, "log/away"), filepath.Join(dir, "log/tile")))
	r := appendOne(t, log, event("k3", "change/a/3", series("CHG")))
	require.Equal(t, evidence.Receipt{Index: 1, Number: "CHG-2", Hash: r.Hash}, r)
	require.Equal(t, "CHG-3", appendOne(t, log, event("k2", "change/a/2", series("CHG"))).Number)
	evidencetest.Check(t, log)
}

// E3: durable but not indexed, in a process that lives on: the caller is told
// to repeat and finds its record.
func TestE3_FailedIndexWriteIsReplayed(t *testing.T) {
	f := fixture{}
	fail := true
	log := evidencetest.New(t, func(c *evidence.Config) {
		f.Dir = c.Dir
		c.Observer.Added = func(uint64, int) {
			if fail {
				if err := f.tryExec(`ALTER TABLE series RENAME TO away`); err != nil {
					t.Error(err)
				}
			}
		}
	})
	_, err := log.Append(t.Context(), []evidence.Event{event("k1", "change/a/1", series("CHG"), state("received"))})
	require.ErrorIs(t, err, evidence.ErrUnavailable)
	require.Equal(t, uint64(1), log.Size())
	fail = false
	f.exec(t, `ALTER TABLE away RENAME TO series`)
	r := appendOne(t, log, event("k1", "change/a/1", series("CHG"), state("received")))
	require.True(t, r.Existing)
	require.Equal(t, "CHG-1", r.Number)
	require.Equal(t, "CHG-2", appendOne(t, log, event("k2", "change/a/2", series("CHG"))).Number)
	evidencetest.Check(t, log)
}

// E5: a power cut may take the index's last transactions, which live in its
// write-ahead log; the log has them all.
func TestE5_IndexThatLostItsTailCatchesUp(t *testing.T) {
	log := evidencetest.New(t)
	for i := range 40 {
		appendOne(t, log, event(fmt.Sprintf("k%d", i), fmt.Sprintf("change/a/%d", i), series("CHG")))
	}
	copied := t.TempDir()
	copyLive(t, copied, log.Dir())
	require.NoError(t, os.Chmod(filepath.Join(copied, "checkpoint.key"), 0o600))
	for _, suffix := range []string{"-wal", "-shm"} {
		require.NoError(t, os.Remove(filepath.Join(copied, "index.sqlite"+suffix)))
	}
	after, err := evidence.Open(t.Context(), evidence.Config{Dir: copied})
	require.NoError(t, err)
	require.True(t, appendOne(t, after, event("k39", "change/a/39", series("CHG"))).Existing)
	require.Equal(t, "CHG-41", appendOne(t, after, event("k40", "change/a/40", series("CHG"))).Number)
	requireSound(t, after, evidence.Config{Dir: copied})
}

// copyLive copies a directory in which a log is at work: a file that was renamed
// since it was listed is not there any more, as after a kill at that instant.
func copyLive(t *testing.T, to, from string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(to, rel), 0o700))
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, os.WriteFile(filepath.Join(to, rel), content, 0o600))
	}))
}

// E6: checkpoints reach the anchor directory at their cadence and at the end.
func TestE6_AnchorsAtItsCadence(t *testing.T) {
	anchored := make(chan uint64, 100)
	cfg := evidence.Config{Dir: t.TempDir(), AnchorDirs: []string{t.TempDir(), t.TempDir()}, CheckpointInterval: 1e7, AnchorInterval: 1e7}
	cfg.Observer.Anchored = func(size uint64) { anchored <- size }
	log, err := evidence.Open(t.Context(), cfg)
	require.NoError(t, err)
	appendOne(t, log, event("k1", "s"))
	require.Equal(t, uint64(1), <-anchored)
	appendOne(t, log, event("k2", "s"))
	require.Equal(t, uint64(2), <-anchored)
	report := requireSound(t, log, cfg)
	require.Len(t, report.Anchors, 6, "sizes 1 and 2 and the latest, twice")

	// A directory that went away is reported, and the log goes on without it.
	log, err = evidence.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(cfg.AnchorDirs[1]))
	appendOne(t, log, event("k3", "s"))
	require.ErrorContains(t, log.Anchor(t.Context()), "anchor directory")
	require.ErrorContains(t, log.Close(), "anchor directory")
	kept, err := filepath.Glob(filepath.Join(cfg.AnchorDirs[0], "*", "checkpoint-3"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
}

// E6: the private key is nobody else's business.
func TestE6_KeyFileModes(t *testing.T) {
	log := evidencetest.New(t)
	for name, mode := range map[string]os.FileMode{"checkpoint.key": 0o600, "checkpoint.pub": 0o644} {
		info, err := os.Stat(filepath.Join(log.Dir(), name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
}
