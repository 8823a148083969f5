package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
)

// Everything people do in Slack can be done from the command line: submit,
// decide with attestations, start, report, look at the evidence and verify it.
func TestStarter_WholeChange(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	env := w.Env()
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		code := commands.Run(context.Background(), args, strings.NewReader(""), &out, &errs, env.Environ())
		require.Equal(t, want, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String() + errs.String()
	}
	file := filepath.Join(t.TempDir(), "change.yaml")
	require.NoError(t, os.WriteFile(file, []byte(changeFile), 0o600))

	id := uuid.NewString()
	first := run(0, "change", "submit", "--file", file, "--as", "cli:jonas", "--id", id)
	again := run(0, "change", "submit", "--file", file, "--as", "cli:jonas", "--id", id)
	require.Contains(t, first, "OPS-1")
	require.Contains(t, again, "OPS-1", "repeating a submission finds the first one")
	require.Len(t, w.Site.Jira.Issues(), 1)
	w.Status("OPS-1", "in_review")
	w.Card("From the command line", harness.Offers("approve"))

	run(1, "change", "approve", "CHG-1", "--as", "cli:jonas", "--attest", "tests,risk,rollback") // their own request
	run(0, "change", "approve", "CHG-1", "--as", "cli:bruno", "--attest", "tests,risk,rollback")
	run(0, "change", "approve", "CHG-1", "--as", "cli:chidi", "--attest", "tests,risk,rollback")
	run(0, "change", "approve", "CHG-1", "--as", "cli:farah", "--attest", "tests,risk,rollback", "--comment", "Fine")
	run(0, "change", "start", "CHG-1", "--as", "cli:goran", "--attest", "ready")
	run(0, "change", "finish", "CHG-1", "--as", "cli:goran", "--result", "succeeded", "--note", "Checked by hand")
	issue := w.Status("OPS-1", "closed")
	w.Over(issue)

	require.Contains(t, run(0, "evidence", "show", "CHG-1"), "Bruno Keller")
	stop()
	var report struct {
		Size     int   `json:"size"`
		Findings []any `json:"findings"`
	}
	require.NoError(t, json.Unmarshal([]byte(run(0, "evidence", "verify", "--output", "json")), &report))
	require.Equal(t, 11, report.Size, "and the policy that was in force first")
	require.Empty(t, report.Findings)
}

const changeFile = `apiVersion: countersign/v1
kind: change
title: From the command line
purpose: Larger customers
system: sandbox
environment: sandbox
risk: medium
plan: |
  1. Import the package
test_plan: Run the regression suite
rollback: Import the former package
rollback_owner: cli:goran
rollback_tested_on: 2026-11-01
implementer: cli:goran
duration: 30m
`
