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
			Facts: json.RawMessage(`{"action":"approve","verdict":"approve","version":1,"level":1,"hash":"3f2a9c01b2d4e5f6","attested":[{"name":"tests","text":"I tested it.\n→ yes","answer":"yes"}],"received":"2026-11-24T08:59:00Z","tally":{"approvals":1,"required":2}}`)},
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
			"2026-11-24 10:00:00 CET  received  → draft  Ticket OPS-1 asked for a change; it got the number CHG-1.  #0",
			`2026-11-24 10:00:00 CET  decided  by Alice \u001b[2J Archer (p-alice)  → in review  ` +
				"Approved at level 1 of version 1 (content 3f2a9c01b2d4). Approvals at this level: 1 of 2.  #2",
		}, withoutHashes(strings.Replace(got.stdout, "\n    confirmed (yes): “I tested it.”\n", "\n", 1)))
		require.Contains(t, got.stdout, "    confirmed (yes): “I tested it.”\n")

		got = starter(t, env, "", "evidence", "show", ref, "--zone", "Europe/Berlin", "--facts")
		require.Equal(t, commands.ExitOK, got.code, got.stderr)
		require.Equal(t, []string{
			"2026-11-24 10:00:00 CET  received  → draft  key: OPS-1, site: example, ticket id: 1  #0",
			`2026-11-24 10:00:00 CET  decided  by Alice \u001b[2J Archer (p-alice)  → in review  action: approve, verdict: approve, ` +
				"version: 1, level: 1, tally: (approvals 1, required 2), attested: (answer yes, name tests, text I tested it. → yes), " +
				"hash: 3f2a9c01b2d4, received: 2026-11-24 09:59:00 CET  #2",
		}, withoutHashes(got.stdout))
	}
	got := starter(t, env, "", "evidence", "show", "CHG-2", "--zone", "UTC")
	require.Equal(t, "2026-11-24 09:00:00 UTC  withdrawn  by cli:mallory  → withdrawn (final)  The change ended before it was carried out.  #3", withoutHashes(got.stdout)[1])

	got = starter(t, env, "", "evidence", "show", "CHG-1", "--output", "json")
	var entries []evidence.Entry
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &entries))
	require.Len(t, entries, 2)
	require.Equal(t, "CHG-1/v1/decided/1", entries[1].Record.Key)

	got = starter(t, env, "", "evidence", "show", "CHG-9")
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "nothing is on record")
}

// everyProcess is an evidence directory with a subject of each process.
func everyProcess(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	ctx, at := context.Background(), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	log, err := evidence.Open(ctx, evidence.Config{Dir: dir, Now: func() time.Time { return at }})
	require.NoError(t, err)
	for _, event := range []evidence.Event{
		{Key: "c/received", Type: "change.received", Subject: "change/example/1", Series: "CHG", State: "draft", Facts: json.RawMessage(`{"key":"OPS-1"}`)},
		{Key: "e/tracked", Type: "certification.tracked", Subject: "certification/acme/soc2", Series: "CER", State: "missing", Facts: json.RawMessage(`{"vendor":"acme","artefact":"soc2","needed_by":"2026-12-31","ladder":{}}`)},
		{Key: "i/received", Type: "incident.received", Subject: "incident/INC-1", Series: "INC", State: "triggered", Facts: json.RawMessage(`{"severity":"sev2","alert":"alert/monitoring/00ff"}`)},
		{Key: "a/triggered", Type: "alert.triggered", Subject: "alert/monitoring/00ff", Number: "INC-1", State: "firing", Facts: json.RawMessage(`{"source":"monitoring","digest":"00ff"}`)},
		{Key: "INC-1/act/1", Type: "incident.acknowledged", Subject: "incident/INC-1", Number: "INC-1", State: "acknowledged", Late: true,
			Actor: &evidence.Actor{Person: "p-bruno"}, Facts: json.RawMessage(`{"action":"acknowledge"}`)},
		{Key: "p/received", Type: "patch.received", Subject: "patch/acme/10.6", Series: "PAT", State: "assessing", Facts: json.RawMessage(`{"payload":{"title":"Runtime","version":"10.6.2","digest":"sha256:00"}}`)},
		{Key: "PAT-1/new", Type: "patch.renamed", Subject: "patch/acme/10.6", Number: "PAT-1", Facts: json.RawMessage(`{"name":"x\u001b[2J"}`)},
	} {
		event.Schema, event.At = 1, at
		_, err := log.Append(ctx, []evidence.Event{event})
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
	return dir
}

func TestTheTimelineOfEveryProcessIsShown(t *testing.T) {
	env := []string{"COUNTERSIGN_EVIDENCE=" + everyProcess(t)}
	for ref, want := range map[string][]string{
		"cer-1": {"tracked  → missing  “soc2” of the vendor “acme” is tracked from now on; it got the number CER-1.", "\n    needed by 2026-12-31\n"},
		"INC-1": {
			"received  → triggered  An alert opened an incident; it got the number INC-1.", "alert triggered  → firing  The source “monitoring” reported",
			"acknowledged  by p-bruno  → acknowledged  Acknowledged: they are on it.", "\n    recorded late: the act did not wait for the log\n",
		},
		"alert/monitoring/00ff": {"alert triggered  → firing"},
		"PAT-1":                 {"received  → assessing  The rollout of “Runtime 10.6.2” was asked for", "renamed  renamed.", `{"name":"x\u001b[2J"}`},
		"patch/acme/10.6":       {"renamed.  #6"},
	} {
		got := starter(t, env, "", "evidence", "show", ref)
		require.Equal(t, commands.ExitOK, got.code, got.stderr)
		for _, text := range want {
			require.Contains(t, got.stdout, text, ref)
		}
		require.NotContains(t, got.stdout, "\x1b")
	}
	got := starter(t, env, "", "evidence", "show", "INC-1", "--facts")
	require.Contains(t, got.stdout, "recorded late  → acknowledged  action: acknowledge")

	got = starter(t, env, "", "__complete", "evidence", "show", "")
	require.Equal(t, []string{"CER-1\tmissing", "CHG-1\tdraft", "INC-1\tacknowledged", "PAT-1\tassessing"}, strings.Split(got.stdout, "\n")[:4])
	got = starter(t, env, "", "__complete", "change", "show", "")
	require.NotContains(t, got.stdout, "INC-1", "another process's subject")
}

func TestVerifyCountsPerProcess(t *testing.T) {
	got := starter(t, []string{"COUNTERSIGN_EVIDENCE=" + everyProcess(t)}, "", "evidence", "verify")
	require.Equal(t, commands.ExitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, "  subjects   5\n"+
		"  series     CER: 1, CER-1 to CER-1, no gaps; missing 1\n"+
		"  series     CHG: 1, CHG-1 to CHG-1, no gaps; draft 1\n"+
		"  series     INC: 1, INC-1 to INC-1, no gaps; acknowledged 1\n"+
		"  series     PAT: 1, PAT-1 to PAT-1, no gaps; assessing 1\n")
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
