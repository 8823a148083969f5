package commands_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/starter/commands"
)

// recorded is an evidence directory with one change that was withdrawn and one
// under review, closed again, with its anchors.
func recorded(t *testing.T) (dir, anchors string) {
	t.Helper()
	dir, anchors = t.TempDir(), t.TempDir()
	ctx := context.Background()
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	log, err := evidence.Open(ctx, evidence.Config{Dir: dir, AnchorDirs: []string{anchors}, Now: func() time.Time { return at }})
	require.NoError(t, err)
	snapshot, err := log.Blobs().Put(ctx, []byte(`{"salt":"00","person":{"id":"p-alice","name":"Alice \u001b[2J Archer"}}`))
	require.NoError(t, err)
	alice := &evidence.Actor{Person: "p-alice", Account: evidence.Account{Provider: "cli", ID: "alice"}, Snapshot: snapshot}
	for _, event := range []evidence.Event{
		{Key: "a/received", Type: "change.received", Subject: "change/example/1", Series: "CHG", State: "draft", Facts: json.RawMessage(`{"site":"example","ticket_id":"1","key":"OPS-1"}`)},
		{Key: "b/received", Type: "change.received", Subject: "change/example/2", Series: "CHG", State: "draft"},
		{Key: "CHG-1/v1/decided/1", Type: "change.decided", Subject: "change/example/1", Number: "CHG-1", Actor: alice, State: "in_review",
			Facts: json.RawMessage(`{"action":"approve","verdict":"approve","version":1,"level":1,"received":"2026-11-24T08:59:00Z","tally":{"approvals":1,"required":2}}`)},
		{Key: "CHG-2/withdrawn", Type: "change.withdrawn", Subject: "change/example/2", Number: "CHG-2", State: "withdrawn", Final: true,
			Actor: &evidence.Actor{Account: evidence.Account{Provider: "cli", ID: "mallory"}}},
	} {
		event.Schema, event.At = 1, at
		_, err := log.Append(ctx, []evidence.Event{event})
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
	return dir, anchors
}

func TestTheTimelineTellsWhatIsOnRecord(t *testing.T) {
	dir, _ := recorded(t)
	env := []string{"COUNTERSIGN_EVIDENCE=" + dir}
	for _, ref := range []string{"CHG-1", "chg-1", "change/example/1"} {
		got := starter(t, env, "", "evidence", "show", ref, "--zone", "Europe/Berlin")
		require.Equal(t, commands.ExitOK, got.code, got.stderr)
		require.Equal(t, []string{
			"2026-11-24 10:00:00 CET  received  → draft  key: OPS-1, site: example, ticket id: 1  #0",
			`2026-11-24 10:00:00 CET  decided  by Alice \u001b[2J Archer (p-alice)  → in review  action: approve, verdict: approve, ` +
				"version: 1, level: 1, tally: (approvals 1, required 2), received: 2026-11-24 09:59:00 CET  #2",
		}, withoutHashes(got.stdout))
	}
	got := starter(t, env, "", "evidence", "show", "CHG-2", "--zone", "UTC")
	require.Equal(t, "2026-11-24 09:00:00 UTC  withdrawn  by cli:mallory  → withdrawn (final)  #3", withoutHashes(got.stdout)[1])

	got = starter(t, env, "", "evidence", "show", "CHG-1", "--output", "json")
	var entries []evidence.Entry
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &entries))
	require.Len(t, entries, 2)
	require.Equal(t, "CHG-1/v1/decided/1", entries[1].Record.Key)

	got = starter(t, env, "", "evidence", "show", "CHG-9")
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "nothing is on record")
}

// withoutHashes cuts the record's hash, the last word of each line, after
// checking that it is there.
func withoutHashes(out string) []string {
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(out), "\n") {
		at := strings.LastIndex(l, " ")
		if len(l)-at != 13 {
			return []string{"no hash in: " + l}
		}
		lines = append(lines, l[:at])
	}
	return lines
}

func TestNumbersOnRecordAreCompletedWithoutAServer(t *testing.T) {
	dir, _ := recorded(t)
	env := []string{"COUNTERSIGN_EVIDENCE=" + dir, "TEMPORAL_ADDRESS=" + nowhere}
	for _, group := range []string{"evidence", "change"} {
		got := starter(t, env, "", "__complete", group, "show", "")
		require.Contains(t, got.stdout, "CHG-1\tin_review")
		require.Contains(t, got.stdout, "CHG-2\twithdrawn")
	}
	got := starter(t, env, "", "__complete", "change", "approve", "")
	require.NotContains(t, got.stdout, "CHG-", "the record does not say which changes can be acted on")
}

func TestTheTimelineIsReadWhileTheLogIsWritten(t *testing.T) {
	log := evidencetest.New(t)
	_, err := log.Append(context.Background(), []evidence.Event{{
		Key: "a/received", Type: "change.received", Schema: 1, Subject: "change/example/1", Series: "CHG", At: time.Now().UTC(),
	}})
	require.NoError(t, err)
	require.NoError(t, log.Publish(context.Background()))
	got := starter(t, nil, "", "evidence", "show", "CHG-1", "--evidence", log.Dir())
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "received")

	got = starter(t, nil, "", "evidence", "rebuild", "--evidence", log.Dir())
	require.Equal(t, commands.ExitUnreachable, got.code)
	require.Contains(t, got.stderr, "stop the evidence worker")
}

func TestVerifyProvesTheWholeLog(t *testing.T) {
	dir, anchors := recorded(t)
	key := filepath.Join(t.TempDir(), "log.pub") // as the auditor was given it
	public, err := os.ReadFile(filepath.Join(dir, "checkpoint.pub"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(key, public, 0o600))

	got := starter(t, nil, "", "evidence", "verify", "--dir", dir, "--key", key, "--anchors", anchors, "--output", "json")
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	var report evidence.Report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
	require.EqualValues(t, 4, report.Size)
	require.Equal(t, map[string]int{"in_review": 1, "withdrawn": 1}, report.States)
	require.Equal(t, []evidence.SeriesReport{{Series: "CHG", Count: 2, First: "CHG-1", Last: "CHG-2"}}, report.Series)
	require.NotEmpty(t, report.Anchors)

	got = starter(t, []string{"COUNTERSIGN_EVIDENCE=" + dir}, "", "evidence", "verify")
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "CHG-1 to CHG-2, no gaps")
	require.Contains(t, got.stdout, "give --key to prove who signed")
}

func TestVerifyNamesWhatWasAltered(t *testing.T) {
	dir, anchors := recorded(t)
	var blob string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "blob") {
			blob = path
		}
		return err
	}))
	require.NoError(t, os.WriteFile(blob, []byte(`{"person":{"name":"Mallory"}}`), 0o600))
	got := starter(t, nil, "", "evidence", "verify", "--dir", dir, "--anchors", anchors)
	require.Equal(t, commands.ExitUnverified, got.code)
	require.Contains(t, got.stdout, "NOT VERIFIED")
	require.Contains(t, got.stdout, "record 2 (CHG-1)")
	require.Contains(t, got.stderr, "does not verify: 1 finding")

	got = starter(t, nil, "", "evidence", "show", "CHG-1", "--evidence", dir)
	require.Contains(t, got.stdout, "by p-alice", "an altered snapshot gives no name")

	other, _ := recorded(t) // another log with another key
	got = starter(t, nil, "", "evidence", "verify", "--dir", other, "--key", filepath.Join(dir, "checkpoint.pub"))
	require.Equal(t, commands.ExitUnverified, got.code)
}

func TestRebuildMakesTheIndexAnew(t *testing.T) {
	dir, _ := recorded(t)
	env := []string{"COUNTERSIGN_EVIDENCE=" + dir}
	before := starter(t, env, "", "evidence", "show", "CHG-1").stdout
	indexes, err := filepath.Glob(filepath.Join(dir, "index*"))
	require.NoError(t, err)
	require.NotEmpty(t, indexes)
	for _, path := range indexes {
		require.NoError(t, os.Remove(path))
	}
	got := starter(t, env, "", "evidence", "rebuild")
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Equal(t, "index rebuilt from 4 records\n", got.stdout)
	require.Equal(t, before, starter(t, env, "", "evidence", "show", "CHG-1").stdout)
}
