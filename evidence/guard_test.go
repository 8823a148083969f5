package evidence_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence"
)

// fixture is a closed log of n changes with an anchor directory.
type fixture struct {
	evidence.Config
	public string
}

func newFixture(t testing.TB, n int) fixture {
	t.Helper()
	f := fixture{Config: evidence.Config{Dir: filepath.Join(t.TempDir(), "evidence"), AnchorDirs: []string{filepath.Join(t.TempDir(), "anchors")}}}
	f.public = f.grow(t, 0, n)
	return f
}

// grow opens the log, adds changes from..to-1 as one append each ten, the first
// forty with a blob, and closes it.
func (f fixture) grow(t testing.TB, from, to int) string {
	t.Helper()
	log, err := evidence.Open(context.Background(), f.Config)
	require.NoError(t, err)
	var batch []evidence.Event
	for i := from; i < to; i++ {
		ev := event(fmt.Sprintf("k%d", i), fmt.Sprintf("change/a/%d", i), series("CHG"), state("received"))
		if i < 40 {
			digest, err := log.Blobs().Put(context.Background(), fmt.Appendf(nil, "content %d", i))
			require.NoError(t, err)
			ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: digest}}
		}
		batch = append(batch, ev)
		if len(batch) == 10 || i == to-1 {
			_, err := log.Append(context.Background(), batch)
			require.NoError(t, err)
			batch = nil
		}
	}
	public := log.PublicKey()
	require.NoError(t, log.Close())
	return public
}

func (f fixture) path(name string) string { return filepath.Join(f.Dir, filepath.FromSlash(name)) }

// clone is a copy of its own of directory and anchors.
func (f fixture) clone(t testing.TB) fixture {
	t.Helper()
	anchors := filepath.Join(t.TempDir(), "anchors")
	require.NoError(t, os.CopyFS(anchors, os.DirFS(f.AnchorDirs[0])))
	f.AnchorDirs = []string{anchors}
	return f.copyTo(t, filepath.Join(t.TempDir(), "evidence"))
}

// copyTo makes a full copy of the evidence directory.
func (f fixture) copyTo(t testing.TB, dir string) fixture {
	t.Helper()
	require.NoError(t, os.CopyFS(dir, os.DirFS(f.Dir)))
	require.NoError(t, os.Chmod(filepath.Join(dir, "checkpoint.key"), 0o600))
	f.Dir = dir
	return f
}

func flip(t testing.TB, path string, at int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	if at < 0 {
		at += len(raw)
	}
	raw[at] ^= 1
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

func (f fixture) exec(t testing.TB, statements ...string) {
	t.Helper()
	require.NoError(t, f.tryExec(statements...))
}

func (f fixture) tryExec(statements ...string) error {
	db, err := sql.Open("sqlite", f.path("index.sqlite"))
	for _, s := range statements {
		if err == nil {
			_, err = db.Exec(s)
		}
	}
	return errors.Join(err, db.Close())
}

// E9: what the library opens without a word is refused, with a text that says
// how to mend it.
func TestE9_OpenRefusesADamagedDirectory(t *testing.T) {
	whole := newFixture(t, 30)
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, f fixture)
		err    error
		text   string
	}{
		{"state folder missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log/.state")))
		}, evidence.ErrDamaged, "would start again at record 0. Restore .state"},
		{"state file missing, no checkpoint", func(t *testing.T, f fixture) {
			require.NoError(t, os.Remove(f.path("log/.state/treeState")))
			require.NoError(t, os.Remove(f.path("log/checkpoint")))
		}, evidence.ErrDamaged, "no .state/treeState"},
		{"key missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.Remove(f.path("checkpoint.key")))
		}, evidence.ErrDamaged, "restore the key file"},
		{"key readable by others", func(t *testing.T, f fixture) {
			require.NoError(t, os.Chmod(f.path("checkpoint.key"), 0o644))
		}, evidence.ErrDamaged, "chmod 600"},
		{"key of another log", func(t *testing.T, f fixture) {
			private, _, err := note.GenerateKey(nil, "countersign/evidence")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(f.path("checkpoint.key"), []byte(private), 0o600))
		}, evidence.ErrDamaged, "does not verify with this log's key"},
		{"checkpoint altered", func(t *testing.T, f fixture) {
			flip(t, f.path("log/checkpoint"), 25)
		}, evidence.ErrDamaged, "published checkpoint"},
		{"tile of the right edge altered", func(t *testing.T, f fixture) {
			flip(t, f.path("log/tile/0/000.p/30"), 40)
		}, evidence.ErrDamaged, "history was rewritten"},
		{"tiles missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log/tile/0")))
		}, evidence.ErrDamaged, "restore the tiles"},
		{"last entries missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.Remove(f.path("log/tile/entries/000.p/30")))
		}, evidence.ErrDamaged, "cannot be read"},
		{"everything but the key wiped", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log")))
			require.NoError(t, os.Remove(f.path("index.sqlite")))
		}, evidence.ErrDamaged, "commits to 30 records and the log has 0: it was rolled back"},
		{"wiped altogether", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.Dir))
		}, evidence.ErrDamaged, "was not signed by this log's key"},
		{"wiped, anchors too, index left", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log")))
			require.NoError(t, os.RemoveAll(f.AnchorDirs[0]))
		}, evidence.ErrDamaged, "the index knows 30 records and the log has 0"},
		{"anchor directory not mounted", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.AnchorDirs[0]))
		}, nil, "mount it, or create it if it is a new one"},
		{"index row deleted", func(t *testing.T, f fixture) {
			f.exec(t, `DELETE FROM records WHERE idx = 7`)
		}, evidence.ErrIndex, "29 rows up to record 29 for 30 records"},
		{"index of another log", func(t *testing.T, f fixture) {
			f.exec(t, `UPDATE records SET hash = zeroblob(32) WHERE idx = 29`)
		}, evidence.ErrIndex, "rebuild the index"},
		{"index is no database", func(t *testing.T, f fixture) {
			require.NoError(t, os.WriteFile(f.path("index.sqlite"), []byte("what is this, it is not a database at all"), 0o600))
		}, evidence.ErrIndex, "rebuild it from the log"},
		{"another origin", func(t *testing.T, f fixture) {
			private, _, err := note.GenerateKey(nil, "elsewhere")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(f.path("checkpoint.key"), []byte(private), 0o600))
		}, evidence.ErrDamaged, "an origin never changes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := whole.clone(t)
			c.damage(t, f)
			_, err := evidence.Open(t.Context(), f.Config)
			require.Error(t, err)
			require.ErrorContains(t, err, c.text)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
			}
		})
	}
}

// E9: an older backup passes the library's own check; the anchor and the index
// each tell, also when only one of them is left.
func TestE9_OlderBackupIsRefused(t *testing.T) {
	f := newFixture(t, 20)
	backup := f.copyTo(t, filepath.Join(t.TempDir(), "backup"))
	f.grow(t, 20, 30)

	_, err := evidence.Open(t.Context(), backup.Config)
	require.ErrorIs(t, err, evidence.ErrDamaged)
	require.ErrorContains(t, err, "commits to 30 records and the log has 20: it was rolled back")

	// The log rolled back under a newer index, no anchors.
	index, err := os.ReadFile(f.path("index.sqlite"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(backup.path("index.sqlite"), index, 0o600))
	backup.AnchorDirs = nil
	_, err = evidence.Open(t.Context(), backup.Config)
	require.ErrorIs(t, err, evidence.ErrDamaged)
	require.ErrorContains(t, err, "the index knows 30 records and the log has 20")
}

// E9: a fork written with the same key is as long and as well signed.
func TestE9_ForkIsRefused(t *testing.T) {
	f := newFixture(t, 20)
	fork := f.copyTo(t, filepath.Join(t.TempDir(), "fork"))
	f.grow(t, 20, 30)
	anchors := fork.AnchorDirs
	fork.AnchorDirs = nil
	fork.grow(t, 40, 55)

	fork.AnchorDirs = anchors
	_, err := evidence.Open(t.Context(), fork.Config)
	require.ErrorIs(t, err, evidence.ErrDamaged)
	require.ErrorContains(t, err, "its history was rewritten")

	_, err = evidence.Verify(t.Context(), evidence.VerifyInput{Dir: fork.Dir, PublicKey: f.public})
	require.NoError(t, err, "without anchors a fork is a valid log")
	_, err = evidence.Verify(t.Context(), evidence.VerifyInput{Dir: fork.Dir, PublicKey: f.public, Anchors: anchors})
	require.ErrorIs(t, err, evidence.ErrVerification)
	require.ErrorContains(t, err, "history before record 30 was rewritten")
}

// A running log that meets another history in its anchor directory says so.
func TestE6_AnchoringFindsAFork(t *testing.T) {
	f := newFixture(t, 20)
	fork := f.copyTo(t, filepath.Join(t.TempDir(), "fork"))
	log, err := evidence.Open(t.Context(), fork.Config)
	require.NoError(t, err)
	f.grow(t, 20, 21)
	_, err = log.Append(t.Context(), []evidence.Event{event("other", "change/other", series("CHG"))})
	require.NoError(t, err)
	require.ErrorIs(t, log.Anchor(t.Context()), evidence.ErrDamaged)
	require.ErrorContains(t, log.Close(), "this log is a fork")
}

func TestE3_TheLogHasOneHolder(t *testing.T) {
	f := newFixture(t, 1)
	log, err := evidence.Open(t.Context(), f.Config)
	require.NoError(t, err)
	_, err = evidence.Open(t.Context(), f.Config)
	require.ErrorIs(t, err, evidence.ErrLocked)
	require.ErrorContains(t, err, fmt.Sprintf("is held by process %d on ", os.Getpid()))
	_, err = evidence.Rebuild(t.Context(), f.Dir, nil)
	require.ErrorIs(t, err, evidence.ErrLocked)
	require.NoError(t, log.Close())
	f.grow(t, 1, 2)
}

func TestOpenRefusesSettingsThatCannotWork(t *testing.T) {
	for _, c := range []evidence.Config{
		{}, {Dir: t.TempDir(), Origin: "a b"}, {Dir: t.TempDir(), BatchSize: 257}, {Dir: t.TempDir(), BatchAge: -1},
		{Dir: t.TempDir(), CheckpointInterval: 1}, {Dir: t.TempDir(), CheckpointInterval: 1e9, AnchorInterval: 1e8},
	} {
		_, err := evidence.Open(t.Context(), c)
		require.ErrorIs(t, err, evidence.ErrInvalid)
	}
}
