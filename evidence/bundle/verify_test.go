package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence/bundle"
)

// E7, E8, C36: a bundle of a period is whole, proven, and says so.
func TestE8_APeriodIsExportedWhole(t *testing.T) {
	w := newWorld(t)
	path, result := w.export(t, days(6, 8))
	report, err := w.verify(t, path, func(in *bundle.Input) { in.Manifest = result.Digest })
	require.NoError(t, err, "%v", report.Findings)
	require.True(t, report.Verified)
	require.Equal(t, result.Manifest.Totals.Records, report.Totals.Records)
	require.Len(t, report.Anchors, 3)
	require.Equal(t, []string{
		"whether the log was rewritten or cut short before this export by whoever holds its key: give a checkpoint that was kept elsewhere with --anchor",
	}, report.Unknown)
	require.Equal(t, []bundle.Series{
		{Series: "CHG", First: "CHG-3", Last: "CHG-3", Count: 1, Earlier: []string{"CHG-1"}, Closing: "CHG-3", Day: "2026-01-08"},
		{Series: "INC", First: "INC-1", Last: "INC-1", Count: 1, Closing: "INC-1", Day: "2026-01-08"},
	}, report.Totals.Series)
	require.Equal(t, []string{"CHG-2"}, result.Manifest.Quiet, "open, and nothing came in the period")
	for _, k := range report.Totals.Kinds {
		if k.Kind == "change" {
			require.Equal(t, map[string]int{"closed": 2}, k.States)
			require.Equal(t, map[string]int{"change.received": 1, "change.decided": 1, "change.closed": 2}, k.Types)
		}
	}
	// Nothing of another day but how the last one ended.
	u := unpack(t, path)
	require.NotContains(t, string(u.files[bundle.RecordsFile]), "change/a/2")
	require.NotContains(t, string(u.files[bundle.RecordsFile]), "change/a/4")
	require.Contains(t, string(u.files[bundle.ReportFile]), "about &lt;change/a/3&gt;")
	require.NotContains(t, string(u.files[bundle.ReportFile]), "<script")

	again, _ := w.export(t, days(6, 8))
	one, err := os.ReadFile(path)
	require.NoError(t, err)
	two, err := os.ReadFile(again)
	require.NoError(t, err)
	require.Equal(t, one, two, "the same selection gives the same bytes")
}

// A bundle that was unpacked verifies as well.
func TestE7_AFolderIsVerifiedAsABundle(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, days(5, 9))
	u, dir := unpack(t, path), t.TempDir()
	for name, content := range u.files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	_, err := w.verify(t, dir)
	require.NoError(t, err)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "blobs", strings.Repeat("0", 64))))
	report, err := w.verify(t, dir)
	require.Error(t, err)
	require.Contains(t, report.Findings[0].Detail, "not a plain file")
	_, err = w.verify(t, w.dir)
	require.ErrorContains(t, err, "is an evidence directory, not a bundle")
}

// Subjects are disclosed with what carries their number, and nothing else.
func TestE8_SubjectsAreExportedAlone(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, bundle.Selection{Subjects: []string{"change/a/3", "incident/x"}, Numbers: []string{"CHG-3", "INC-1"}, Personal: true})
	report, err := w.verify(t, path)
	require.NoError(t, err)
	require.Equal(t, uint64(5), report.Totals.Records)
	u := unpack(t, path)
	for name, content := range u.files {
		require.NotContains(t, string(content), "change/a/1", name)
		require.NotContains(t, string(content), "CHG-2", name)
	}
	require.Contains(t, strings.Join(report.Unknown, "\n"), "whether more was recorded about what was asked for")
	require.Contains(t, strings.Join(report.Unknown, "\n"), "INC-1")
}

// One process: its numbers are whole, no other's are told.
func TestC36_OneProcessIsExportedAlone(t *testing.T) {
	w := newWorld(t)
	s := days(5, 8)
	s.Process, s.Roots, s.Series = "change", []string{"change"}, []string{"CHG"}
	path, _ := w.export(t, s)
	report, err := w.verify(t, path)
	require.NoError(t, err, "%v", report.Findings)
	require.Equal(t, []bundle.Series{{Series: "CHG", First: "CHG-1", Last: "CHG-3", Count: 3, Closing: "CHG-3", Day: "2026-01-08"}}, report.Totals.Series)
	for name, content := range unpack(t, path).files {
		require.NotContains(t, string(content), "INC", name)
	}
}

// Personal data stays away when it is asked to; the records still prove it.
func TestE8_PersonalBlobsAreLeftOut(t *testing.T) {
	w := newWorld(t)
	s := days(6, 8)
	s.Personal = false
	path, _ := w.export(t, s)
	report, err := w.verify(t, path)
	require.NoError(t, err)
	require.Equal(t, 1, report.Blobs, "the rules")
	require.Contains(t, strings.Join(report.Unknown, "\n"), "blobs say that were left out")
	for name, content := range unpack(t, path).files {
		require.NotContains(t, string(content), "Alice", name)
		require.NotContains(t, string(content), "why ", name)
	}
}

// A blob that was erased is said to be, and the bundle verifies.
func TestE2_AnErasedBlobIsSaidToBe(t *testing.T) {
	w := newWorld(t)
	digest := strings.TrimPrefix(digestOf("why CHG-3/closed"), "sha256:")
	require.NoError(t, os.Remove(filepath.Join(w.dir, "blobs", digest[:2], digest)))
	path, _ := w.export(t, days(6, 8))
	report, err := w.verify(t, path)
	require.NoError(t, err)
	require.Contains(t, strings.Join(report.Unknown, "\n"), "1 blobs said that are not in the store any more")
}

// A period that is not over says what it cannot know.
func TestC36_APeriodThatIsNotOverSaysSo(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, days(6, 31))
	report, err := w.verify(t, path)
	require.NoError(t, err, "%v", report.Findings)
	require.Contains(t, strings.Join(report.Unknown, "\n"), "it was not over when this was exported")
}

// A period in which nothing was recorded makes a bundle that says what it cannot know.
func TestC36_APeriodWithoutRecordsSaysSo(t *testing.T) {
	w := newWorld(t)
	path, result := w.export(t, days(1, 3))
	require.Zero(t, result.Manifest.Totals.Records)
	report, err := w.verify(t, path)
	require.NoError(t, err, "%v", report.Findings)
	require.Contains(t, strings.Join(report.Unknown, "\n"), "whether nothing was recorded in the period")
}
