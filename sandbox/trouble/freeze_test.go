package trouble

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// A freeze keeps everything from starting, whatever calendar it has or has not, and
// leaves the files byte for byte as they were when it is ended.
func TestFreeze_OfTheExample(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	before := contents(t, dir)
	now := time.Date(2026, 11, 25, 20, 30, 30, 0, time.UTC) // a Wednesday within the window of weeknights
	told := 0
	f := Freeze{Policy: dir, Now: func() time.Time { return now }, Told: func() { told++ }}
	may := func(system, environment string, at time.Time) change.Reason {
		rules, _, err := policy.Load(dir)
		require.NoError(t, err)
		s, err := rules.Schedule(system, environment, at, at.Add(24*time.Hour))
		require.NoError(t, err)
		return change.MayStart(s, at, time.Time{}, time.Minute)
	}
	require.Empty(t, f.Lasts())
	require.Equal(t, change.OK, may("order-portal", "production", now))
	require.Equal(t, change.OK, may("sandbox", "sandbox", now))

	require.NoError(t, f.Begin(context.Background()))
	require.Contains(t, f.Lasts(), "until 20:36 UTC")
	for system, environment := range map[string]string{"order-portal": "production", "yard-flows": "production", "claims-desk": "acceptance", "sandbox": "sandbox"} {
		require.Equal(t, change.Frozen, may(system, environment, now), system)
	}
	require.Equal(t, change.OK, may("sandbox", "sandbox", now.Add(6*time.Minute)), "it ends by itself")
	require.NoError(t, f.Begin(context.Background()), "once more is one freeze")
	now = now.Add(6 * time.Minute)
	require.Empty(t, f.Lasts())

	require.NoError(t, f.End(context.Background()))
	require.Equal(t, before, contents(t, dir))
	require.Equal(t, change.OK, may("order-portal", "production", now))
	require.Positive(t, told)
}

// The freeze is in force at once, for a product that has the policy open.
func TestFreeze_IsTakenUpAtOnce(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	for name := range contents(t, dir) { // long ago, and not within the second in which nothing is taken up
		long := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(name, long, long))
	}
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: discarding()})
	require.NoError(t, err)
	was, err := source.Rules(context.Background())
	require.NoError(t, err)
	f := Freeze{Policy: dir, Now: time.Now, Told: func() {}}
	require.NoError(t, f.Begin(context.Background()))
	now, err := source.Rules(context.Background())
	require.NoError(t, err)
	require.NotEqual(t, was.Hash, now.Hash)
	require.NoError(t, f.End(context.Background()))
	now, err = source.Rules(context.Background())
	require.NoError(t, err)
	require.Equal(t, was.Hash, now.Hash)
}

// Whatever else somebody wrote meanwhile stays, and a file this cannot edit is left alone.
func TestFreeze_LeavesOthersWordsAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	f := Freeze{Policy: dir, Now: time.Now, Told: func() {}}
	require.NoError(t, f.Begin(context.Background()))
	calendars := filepath.Join(dir, "rules", "calendars.yaml")
	text, err := os.ReadFile(calendars)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(calendars, append(text, "# ours\n"...), 0o600))
	require.NoError(t, f.End(context.Background()))
	after, err := os.ReadFile(calendars)
	require.NoError(t, err)
	require.Contains(t, string(after), "# ours\n")
	require.NotContains(t, string(after), mark)

	odd := []byte("apiVersion: countersign/v1\nkind: calendars\ncalendars: [{name: a, zone: UTC, windows: []}]\n")
	require.NoError(t, os.WriteFile(calendars, odd, 0o600))
	require.ErrorContains(t, f.Begin(context.Background()), "calendars.yaml: calendars is not a list with an entry a line")
	after, err = os.ReadFile(calendars)
	require.NoError(t, err)
	require.Equal(t, string(odd), string(after))
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	}))
	return all
}
