package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
)

// An auditor takes a change home and verifies it there. That somebody did is on
// record before the bundle is there: while nothing can be recorded, nothing is
// handed over. (E7, E8, C36, C37, Requirement 93)
func TestC37_AnExportIsOnRecordBeforeItIsHandedOver(t *testing.T) {
	began := time.Now().UTC().Format(time.DateOnly)
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	env := w.Env()
	dir := t.TempDir()
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := commands.Run(context.Background(), args, strings.NewReader(""), &out, &errs, env.Environ())
		require.Equal(t, want, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String(), errs.String()
	}
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Taken home"}))
	w.Card("Taken home", harness.Offers("approve"))
	w.Status(issue.Key, "in_review")
	run(1, "change", "approve", "CHG-1", "--as", "cli:jonas", "--attest", "tests,risk,rollback") // their own request
	run(0, "change", "withdraw", "CHG-1", "--as", "cli:jonas", "--reason", "Not needed")
	w.Over(issue)

	anchors := env["COUNTERSIGN_EVIDENCE_ANCHORS"]
	zip := filepath.Join(dir, "chg-1.zip")
	stop() // closes the log: everything is under its checkpoint, and nobody records
	_, stderr := run(3, "evidence", "export", "--subject", "chg-1", "--out", zip, "--as", "cli:farah", "--anchors", anchors, "--timeout", "2s")
	require.Contains(t, stderr, "not on record yet, so the bundle was not handed over")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left, not even in part")

	w.Run(app.RoleAll)
	stdout, _ := run(0, "evidence", "export", "--subject", "chg-1", "--out", zip, "--as", "cli:farah", "--anchors", anchors, "--output", "json")
	var done struct {
		Manifest string `json:"manifest"`
		Record   uint64 `json:"record"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &done))
	key := w.Reader().PublicKey()
	report, err := bundle.Verify(t.Context(), bundle.Input{Path: zip, Key: key, Manifest: done.Manifest})
	require.NoError(t, err, "%v", report.Findings)
	require.Equal(t, len(w.Records(issue)), int(report.Totals.Records))
	require.NotEmpty(t, report.Anchors)
	require.NotZero(t, report.Blobs)

	exported, err := w.Reader().Lookup(t.Context(), "export/"+strings.TrimPrefix(done.Manifest, "sha256:"))
	require.NoError(t, err)
	require.Equal(t, done.Record, exported.Index)
	require.Equal(t, evidence.EventExported, exported.Record.Type)
	require.NotEmpty(t, exported.Record.Actor.Person)
	require.Equal(t, "farah", exported.Record.Actor.Account.ID)
	_, stderr = run(2, "evidence", "export", "--subject", "CHG-1", "--out", zip, "--as", "cli:farah")
	require.Contains(t, stderr, "exists")

	// The period to today holds everything so far; today may not be the day it began.
	day := time.Now().UTC().Format(time.DateOnly)
	whole := filepath.Join(dir, "day.zip")
	run(0, "evidence", "export", "--period", began+".."+day, "--out", whole, "--as", "cli:farah", "--without-personal")
	report, err = bundle.Verify(t.Context(), bundle.Input{Path: whole, Key: key})
	require.NoError(t, err, "%v", report.Findings)
	require.Contains(t, strings.Join(report.Unknown, "\n"), "it was not over when this was exported")
	require.Equal(t, 1, report.Totals.Series[0].Count)
	w.Verify()
}
