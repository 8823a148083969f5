package evidence_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
)

// The evidence may lie on another disk behind a link. It is the same log by
// either name, for one writer; a link that leads nowhere never begins a new one.
func TestEvidenceBehindALink(t *testing.T) {
	base := t.TempDir()
	disk, link := filepath.Join(base, "disk"), filepath.Join(base, "evidence")
	require.NoError(t, os.Symlink(disk, link))
	open := func(dir string) (*evidence.Log, error) {
		return evidence.Open(t.Context(), evidence.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	}
	_, err := open(link)
	require.ErrorIs(t, err, evidence.ErrNotFound)
	require.ErrorContains(t, err, "a link that leads nowhere")
	require.NoDirExists(t, disk)

	require.NoError(t, os.Mkdir(disk, 0o700))
	log, err := open(link)
	require.NoError(t, err)
	_, err = open(disk)
	require.ErrorIs(t, err, evidence.ErrLocked, "one log, one writer")
	require.NoError(t, log.Close())
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{Dir: link})
	require.NoError(t, err)
	require.Empty(t, report.Findings)

	require.NoError(t, os.Rename(filepath.Join(disk, "log"), filepath.Join(base, "log")))
	require.NoError(t, os.Symlink(filepath.Join(base, "log"), filepath.Join(disk, "log")))
	_, err = open(disk)
	require.ErrorIs(t, err, evidence.ErrInvalid)
	require.ErrorContains(t, err, "make the whole evidence directory the link instead")
}
