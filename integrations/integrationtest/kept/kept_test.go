package kept_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

func TestWhatIsSavedIsThereAfterwards(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "state.json")
	got := []string{"as it was"}
	require.NoError(t, kept.Load(file, &got))
	require.Equal(t, []string{"as it was"}, got, "no file yet")
	require.NoError(t, kept.Save(file, []string{"one"}))
	require.NoError(t, kept.Save(file, []string{"two"}))
	require.NoError(t, kept.Load(file, &got))
	require.Equal(t, []string{"two"}, got)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing half-written beside it")
}

func TestWithoutANameNothingIsKept(t *testing.T) {
	got := 1
	require.NoError(t, kept.Save("", 2))
	require.NoError(t, kept.Load("", &got))
	require.Equal(t, 1, got)
}

func TestADamagedFileIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	var got map[string]string
	err := kept.Load(file, &got)
	require.ErrorContains(t, err, file)
	require.ErrorContains(t, err, "remove the file to start afresh")
	require.Error(t, kept.Save(filepath.Join(filepath.Dir(file), "none", "state.json"), got))
}
