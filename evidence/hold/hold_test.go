package hold_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence/hold"
)

// Whoever comes second is told who has it, and gets it once that one is gone.
func TestHold_OneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held")
	var held *hold.Held
	first, err := hold.Take(path)
	require.NoError(t, err)
	_, err = hold.Take(path)
	require.ErrorAs(t, err, &held)
	require.Empty(t, held.By, "it has not signed")
	require.NoError(t, hold.Sign(first, "a name that is long"))
	require.NoError(t, hold.Sign(first, "the first"))
	_, err = hold.Take(path)
	require.ErrorAs(t, err, &held)
	require.Equal(t, "the first", held.By)
	require.NoError(t, first.Close())
	second, err := hold.Take(path)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

// A place that cannot be used is not one that somebody holds.
func TestHold_NoPlace(t *testing.T) {
	_, err := hold.Take(filepath.Join(t.TempDir(), "none", "held"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
