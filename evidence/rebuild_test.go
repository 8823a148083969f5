package evidence_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// dump is every row of every table of an index.
func (f fixture) dump(t testing.TB) []string {
	t.Helper()
	db, err := sql.Open("sqlite", f.path("index.sqlite"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var out []string
	for _, q := range []string{
		`SELECT name || '=' || value FROM meta ORDER BY 1`,
		`SELECT json_array(idx, key, type, subject, number, recorded, hex(hash)) FROM records ORDER BY idx`,
		`SELECT json_array(subject, number, state, final, idx, at, records) FROM subjects ORDER BY subject`,
		`SELECT json_array(series, last) FROM series ORDER BY series`,
	} {
		rows, err := db.Query(q)
		require.NoError(t, err)
		for rows.Next() {
			var line string
			require.NoError(t, rows.Scan(&line))
			out = append(out, line)
		}
		require.NoError(t, rows.Err())
	}
	return out
}

func TestE5_RebuildGivesTheIdenticalIndex(t *testing.T) {
	f := newFixture(t, 300)
	f.grow(t, 300, 530)
	log, err := evidence.Open(t.Context(), f.Config)
	require.NoError(t, err)
	appendOne(t, log, event("end", "change/a/3", final("closed")))
	appendOne(t, log, event("late", "change/a/3"))
	appendOne(t, log, event("ref", "asset/x", number("CHG-9")))
	require.NoError(t, log.Close())
	want := f.dump(t)
	require.Greater(t, len(want), 2*530)

	for _, damage := range []func(){
		func() {},
		func() { f.exec(t, `DELETE FROM records WHERE idx > 100`, `UPDATE subjects SET state = 'x'`) },
		func() { require.NoError(t, os.WriteFile(f.path("index.sqlite"), []byte("rubbish"), 0o600)) },
		func() { require.NoError(t, os.Remove(f.path("index.sqlite"))) },
	} {
		damage()
		var last uint64
		n, err := evidence.Rebuild(t.Context(), f.Dir, func(done, total uint64) { last = done; require.Equal(t, uint64(533), total) })
		require.NoError(t, err)
		require.Equal(t, uint64(533), n)
		require.Equal(t, n, last)
		require.Equal(t, want, f.dump(t))
	}
	// A missing index is made again by opening, too.
	require.NoError(t, os.Remove(f.path("index.sqlite")))
	f.grow(t, 0, 0)
	require.Equal(t, want, f.dump(t))
	_, err = f.verify(t)
	require.NoError(t, err)
}

func TestE5_ReaderAnswersWhileTheWriterRuns(t *testing.T) {
	log := evidencetest.New(t)
	r, err := evidence.OpenReader(t.Context(), log.Dir())
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	require.Equal(t, log.PublicKey(), r.PublicKey())
	for i := range 60 {
		key := fmt.Sprintf("k%d", i)
		want := appendOne(t, log, event(key, "change/a/1", series("CHG")))
		got, err := r.Lookup(t.Context(), key)
		require.NoError(t, err, "visible as soon as it is answered, checkpoint or not")
		require.Equal(t, want.Index, got.Index)
		require.Equal(t, want.Hash, got.Hash)
	}
	list, err := r.Records(t.Context(), "CHG-1")
	require.NoError(t, err)
	require.Len(t, list, 60)
	s, err := r.ByNumber(t.Context(), "CHG-1")
	require.NoError(t, err)
	require.Equal(t, 60, s.Records)
	_, err = r.Lookup(t.Context(), "nothing")
	require.ErrorIs(t, err, evidence.ErrNotFound)
	list, err = r.Records(t.Context(), "nobody")
	require.NoError(t, err)
	require.Empty(t, list)
}

// An auditor's copy needs no index, no lock and no key.
func TestE7_ReaderAndVerifyWorkOnABareCopy(t *testing.T) {
	f := newFixture(t, 30)
	bare := fixture{Config: evidence.Config{Dir: t.TempDir(), AnchorDirs: f.AnchorDirs}, public: f.public}
	for _, part := range []string{"log", "blobs"} {
		require.NoError(t, os.CopyFS(bare.path(part), os.DirFS(f.path(part))))
	}
	require.NoError(t, os.RemoveAll(bare.path("log/.state")))
	require.NoError(t, os.WriteFile(bare.path("checkpoint.pub"), []byte(f.public), 0o600))
	r, err := evidence.OpenReader(t.Context(), bare.Dir)
	require.NoError(t, err)
	list, err := r.Records(t.Context(), "CHG-7")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "k6", list[0].Record.Key)
	content, err := r.Blobs().Get(t.Context(), list[0].Record.Blobs[0].Digest)
	require.NoError(t, err)
	require.Equal(t, "content 6", string(content))
	require.NoError(t, r.Close())
	report, err := bare.verify(t)
	require.NoError(t, err)
	require.Equal(t, "absent", report.Index)
	names, err := filepath.Glob(bare.path("*"))
	require.NoError(t, err)
	require.Len(t, names, 3, "reading writes nothing")

	_, err = evidence.OpenReader(t.Context(), t.TempDir())
	require.ErrorIs(t, err, evidence.ErrNotFound)
}

// An index is never made of records that were altered: neither by a rebuild, nor
// by opening a log whose index is gone, nor by reading a copy without one.
func TestE5_AlteredRecordsAreNotLearned(t *testing.T) {
	f := newFixture(t, 40)
	require.NoError(t, os.Remove(f.path("index.sqlite")))
	altered := 0
	require.NoError(t, filepath.WalkDir(f.path("log/tile/entries"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := bytes.ReplaceAll(b, []byte("change/a/3"), []byte("change/a/1"))
		if !bytes.Equal(b, changed) {
			altered++
		}
		return os.WriteFile(path, changed, 0o600)
	}))
	require.NotZero(t, altered)
	_, err := evidence.Rebuild(t.Context(), f.Dir, nil)
	require.ErrorIs(t, err, evidence.ErrDamaged)
	require.ErrorContains(t, err, "does not hash to its leaf")
	_, err = evidence.OpenReader(t.Context(), f.Dir)
	require.ErrorIs(t, err, evidence.ErrDamaged)
	_, err = evidence.Open(t.Context(), f.Config)
	require.ErrorIs(t, err, evidence.ErrDamaged)
}
