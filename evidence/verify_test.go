package evidence_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence"
)

func (f fixture) verify(t testing.TB) (evidence.Report, error) {
	t.Helper()
	return evidence.Verify(t.Context(), evidence.VerifyInput{Dir: f.Dir, PublicKey: f.public, Anchors: f.AnchorDirs})
}

func TestE7_VerifyCountsEverything(t *testing.T) {
	f := newFixture(t, 300) // more than one tile
	f.grow(t, 300, 310)
	var done []uint64
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{
		Dir: f.Dir, PublicKey: f.public, Anchors: f.AnchorDirs,
		Progress: func(n, total uint64) { done = append(done, n); require.Equal(t, uint64(310), total) },
	})
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 256, 310}, done)
	require.Equal(t, uint64(310), report.Size)
	require.Equal(t, 310, report.Subjects)
	require.Equal(t, 40, report.Blobs)
	require.Equal(t, map[string]int{"received": 310}, report.States)
	require.Equal(t, map[string]int{"change.noted": 310}, report.Types)
	require.Equal(t, []evidence.SeriesReport{{Series: "CHG", Count: 310, First: "CHG-1", Last: "CHG-310"}}, report.Series)
	require.Equal(t, "matches", report.Index)
	require.Empty(t, report.Findings)
	var sizes []uint64
	for _, a := range report.Anchors {
		sizes = append(sizes, a.Size)
	}
	require.Equal(t, []uint64{300, 310, 310}, sizes, "two anchors and latest")
}

// E7: any failure names the record.
func TestE7_VerifyFindsWhatWasAltered(t *testing.T) {
	whole := newFixture(t, 20)
	old := whole.copyTo(t, filepath.Join(t.TempDir(), "old"))
	whole.grow(t, 20, 30)
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, f fixture)
		check  evidence.Check
		index  int // -1: about the whole log
		text   string
	}{
		{"entry byte", func(t *testing.T, f fixture) {
			raw, err := os.ReadFile(f.path("log/tile/entries/000.p/30"))
			require.NoError(t, err)
			flip(t, f.path("log/tile/entries/000.p/30"), strings.Index(string(raw), `"key":"k7"`)+8)
		}, evidence.CheckLeaf, 7, "record 7 (CHG-8): its entry does not hash to its leaf"},
		{"entry length", func(t *testing.T, f fixture) {
			flip(t, f.path("log/tile/entries/000.p/30"), 0)
		}, evidence.CheckEntries, -1, "after record 0"},
		{"leaf tile", func(t *testing.T, f fixture) {
			flip(t, f.path("log/tile/0/000.p/30"), 32*11)
		}, evidence.CheckLeaf, 11, "record 11 (CHG-12)"},
		{"leaf tile missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log/tile/0")))
		}, evidence.CheckTile, -1, "cannot be read"},
		{"checkpoint forged", func(t *testing.T, f fixture) {
			flip(t, f.path("log/checkpoint"), 25)
		}, evidence.CheckCheckpoint, -1, "was not signed"},
		{"checkpoint set back", func(t *testing.T, f fixture) {
			require.NoError(t, os.RemoveAll(f.path("log")))
			require.NoError(t, os.CopyFS(f.path("log"), os.DirFS(old.path("log"))))
		}, evidence.CheckAnchor, -1, "commits to 30 records and the log has 20"},
		{"blob altered", func(t *testing.T, f fixture) {
			flip(t, f.blob("content 4"), 0)
		}, evidence.CheckBlob, 4, "restore it from a backup"},
		{"blob missing", func(t *testing.T, f fixture) {
			require.NoError(t, os.Remove(f.blob("content 5")))
		}, evidence.CheckBlob, 5, "record 5 (CHG-6): its blob sha256:"},
		{"anchor altered", func(t *testing.T, f fixture) {
			names, err := filepath.Glob(filepath.Join(f.AnchorDirs[0], "*", "checkpoint-30"))
			require.NoError(t, err)
			flip(t, names[0], 30)
		}, evidence.CheckAnchor, -1, "was not signed"},
		{"index row deleted", func(t *testing.T, f fixture) {
			f.exec(t, `DELETE FROM records WHERE idx = 9`)
		}, evidence.CheckIndex, 9, "the index has no row for it"},
		{"last index row deleted", func(t *testing.T, f fixture) {
			f.exec(t, `DELETE FROM records WHERE idx = 29`)
		}, evidence.CheckIndex, 29, "the index has no row for it"},
		{"index row changed", func(t *testing.T, f fixture) {
			f.exec(t, `UPDATE records SET number = 'CHG-1' WHERE idx = 9`)
		}, evidence.CheckIndex, 9, "record 9 (CHG-10): the index says otherwise"},
		{"standing changed", func(t *testing.T, f fixture) {
			f.exec(t, `UPDATE subjects SET state = 'approved' WHERE number = 'CHG-3'`)
		}, evidence.CheckIndex, -1, `another standing of "change/a/2" (CHG-3)`},
		{"standing deleted", func(t *testing.T, f fixture) {
			f.exec(t, `DELETE FROM subjects WHERE number = 'CHG-3'`)
		}, evidence.CheckIndex, -1, "it has 29 subjects, the log has 30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := whole.clone(t)
			c.damage(t, f)
			report, err := f.verify(t)
			require.ErrorIs(t, err, evidence.ErrVerification)
			require.NotEmpty(t, report.Findings)
			got := report.Findings[0]
			require.Equal(t, c.check, got.Check, got.String())
			require.Contains(t, got.String(), c.text)
			if c.index < 0 {
				require.Nil(t, got.Index)
				return
			}
			require.NotNil(t, got.Index)
			require.Equal(t, uint64(c.index), *got.Index)
		})
	}
}

func (f fixture) blob(content string) string {
	hex := strings.TrimPrefix(evidence.Digest([]byte(content)), "sha256:")
	return f.path("blobs/" + hex[:2] + "/" + hex)
}

// A tile above the leaves is what others build proofs from.
func TestE7_VerifyChecksInnerTiles(t *testing.T) {
	f := newFixture(t, 300)
	flip(t, f.path("log/tile/1/000.p/1"), 3)
	report, err := f.verify(t)
	require.ErrorIs(t, err, evidence.ErrVerification)
	require.Equal(t, evidence.CheckTile, report.Findings[0].Check)
	require.Contains(t, report.Findings[0].Detail, "tile/1/000")
}

func TestE7_VerifyNeedsTheRightKey(t *testing.T) {
	f := newFixture(t, 3)
	_, other, err := note.GenerateKey(nil, "countersign/evidence")
	require.NoError(t, err)
	f.public = other
	report, err := f.verify(t)
	require.ErrorIs(t, err, evidence.ErrVerification)
	require.Equal(t, evidence.CheckCheckpoint, report.Findings[0].Check)
	f.public = "nonsense"
	_, err = f.verify(t)
	require.ErrorIs(t, err, evidence.ErrInvalid)
	f.public = ""
	_, err = f.verify(t)
	require.NoError(t, err, "the key beside the log serves when none is given")
}

func TestReportIsPlainJSON(t *testing.T) {
	f := newFixture(t, 3)
	flip(t, f.blob("content 1"), 0)
	report, err := f.verify(t)
	require.Error(t, err)
	raw, err := json.Marshal(report)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"findings":[{"check":"blob","index":1,"number":"CHG-2","detail":"its blob: `)
}
