package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// governed is a world whose rules come into force only by a change of the sandbox
// system.
type governed struct{ *harness.World }

func newGoverned(t *testing.T) governed {
	return governed{harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		harness.Edit(t, dir, "rules/organisation.yaml", "channels:", "rules: {change: required, system: sandbox, environment: sandbox, risk: medium}\nchannels:")
	}})}
}

// starter runs one command line in JSON and reads its result into out unless nil.
func (g governed) starter(want int, out any, args ...string) string {
	g.T.Helper()
	var stdout, stderr bytes.Buffer
	env := g.Env()
	code := commands.Run(context.Background(), append(args, "--output", "json"), strings.NewReader(""), &stdout, &stderr, env.Environ())
	require.Equal(g.T, want, code, "starter %s\n%s%s", strings.Join(args, " "), stdout.String(), stderr.String())
	if out != nil {
		require.NoError(g.T, json.Unmarshal(stdout.Bytes(), out), stdout.String())
	}
	return stdout.String() + stderr.String()
}

// policyRecord waits until the n-th record of a type about the policy is there.
func policyRecord(w *harness.World, kind string, n int) (evidence.Record, rules.Facts) {
	w.T.Helper()
	var seen []string
	for deadline := time.Now().Add(harness.StoryWithin); time.Now().Before(deadline); {
		entries, found := policyRecords(w), 0
		seen = nil
		for _, e := range entries {
			seen = append(seen, e.Record.Type)
			if e.Record.Type != kind {
				continue
			}
			if found++; found == n {
				var f rules.Facts
				require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
				return e.Record, f
			}
		}
		select {
		case <-w.T.(*testing.T).Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	require.FailNow(w.T, "it is not on record", "%s number %d; there are %v", kind, n, seen)
	return evidence.Record{}, rules.Facts{}
}

func policyRecords(w *harness.World) []evidence.Entry {
	w.T.Helper()
	r, err := evidence.OpenReader(context.Background(), w.Evidence)
	if err != nil {
		return nil // the process that makes it is still starting
	}
	defer r.Close() //nolint:errcheck // only read from
	entries, err := r.Records(context.Background(), rules.Subject)
	if err != nil {
		return nil
	}
	return entries
}

// content is what is kept under a role of a record.
func content(w *harness.World, blobs []evidence.BlobRef, role string) string {
	w.T.Helper()
	at := slices.IndexFunc(blobs, func(b evidence.BlobRef) bool { return b.Role == role })
	require.GreaterOrEqual(w.T, at, 0, "no %s", role)
	data, err := w.Reader().Blobs().Get(context.Background(), blobs[at].Digest)
	require.NoError(w.T, err)
	return string(data)
}

// routed submits a change and gives the rules and the chain that it was routed by.
func (g governed) routed(title string) (hash, chain string) {
	g.T.Helper()
	issue := g.Submit("jonas", harness.Ticket(map[string]string{"title": title}))
	g.Card(title, harness.Offers("approve"))
	entries, err := g.Reader().Records(context.Background(), "change/"+g.Rules.Tickets().Site+"/"+issue.ID)
	require.NoError(g.T, err)
	for _, e := range entries {
		if e.Record.Type == change.EventSubmitted {
			var f change.SubmittedFacts
			require.NoError(g.T, json.Unmarshal(e.Record.Facts, &f))
			return e.Record.Rules.Hash, f.Chain
		}
	}
	require.FailNow(g.T, "it was not submitted")
	return "", ""
}

// copyPolicy copies the policy's files, for an edit that is not on the processes' disk.
func copyPolicy(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(from)))
	return dir
}

// Rules that change only by a change: an edit on disk is not in force, across a
// restart too; proposed, it is decided by the rules in force and not by whoever
// proposes it; approved, exactly it comes into force, in every role and whatever
// becomes of the files; and the record says which rules routed which change (C37).
func TestC37_RulesChangeByAChange(t *testing.T) {
	g := newGoverned(t)
	stop := g.Run(app.RoleAll)
	_, first := policyRecord(g.World, rules.EventFirst, 1)
	require.Equal(t, g.Rules.Hash, first.After.Rules)
	require.True(t, first.Required)
	untouched := copyPolicy(t, g.Policy)

	harness.Edit(t, g.Policy, "rules/routing.yaml", "chain: standard", "chain: low-risk")
	edited, _, err := policy.Load(g.Policy)
	require.NoError(t, err)
	held, facts := policyRecord(g.World, rules.EventHeld, 1)
	require.Equal(t, edited.Hash, facts.Seen)
	require.Equal(t, 1, facts.Differences)
	require.Equal(t, "rules", held.Subject)
	hash, chain := g.routed("Before the proposal")
	require.Equal(t, []string{g.Rules.Hash, "standard"}, []string{hash, chain})
	require.Contains(t, g.starter(commands.ExitRefused, nil, "doctor"), "starter policy propose")
	stop()
	stop = g.Run(app.RoleAll)
	hash, chain = g.routed("After a restart")
	require.Equal(t, []string{g.Rules.Hash, "standard"}, []string{hash, chain})

	// A proposal that was compared with other rules is refused before anybody reads it.
	stale := strings.Repeat("0", 64)
	said := g.starter(commands.ExitRefused, nil, "policy", "propose", g.Policy, "--as", "cli:jonas", "--base", stale)
	require.Contains(t, said, `"moved"`)
	_, facts = policyRecord(g.World, rules.EventNotProposed, 1)
	require.Equal(t, rules.Moved, facts.Reason)

	other := copyPolicy(t, untouched)
	harness.Edit(t, other, "rules/chains.yaml", "deadline: 72h", "deadline: 71h")
	var mine, theirs struct {
		WorkflowID string `json:"workflow_id"`
		process.Proposed
	}
	g.starter(commands.ExitOK, &mine, "policy", "propose", g.Policy, "--as", "cli:jonas", "--purpose", "One approver is enough")
	g.starter(commands.ExitOK, &theirs, "policy", "propose", other, "--as", "cli:jonas")
	require.NotEqual(t, mine.Ticket.Key, theirs.Ticket.Key)
	issue, ok := g.Site.Jira.Issue(mine.Ticket.Key)
	require.True(t, ok)
	require.Contains(t, issue.Fields["plan"], "~ routing: standard.chain  standard → low-risk")
	require.Contains(t, issue.Fields["plan"], edited.Hash)

	number := g.awaitLevel(mine.Proposed)
	g.starter(commands.ExitRefused, nil, "change", "approve", number, "--as", "cli:jonas", "--attest", "tests,risk,rollback")
	g.approve(number)
	adopted, facts := policyRecord(g.World, rules.EventAdopted, 1)
	require.Equal(t, []string{g.Rules.Hash, edited.Hash, number, rules.ByChange}, []string{facts.Before.Rules, facts.After.Rules, facts.Number, facts.By})
	require.NotEmpty(t, adopted.Actor.Person)
	g.Status(mine.Ticket.Key, "closed")

	// The other one was compared with rules that are not in force any more.
	g.approve(g.awaitLevel(theirs.Proposed))
	_, facts = policyRecord(g.World, rules.EventNotAdopted, 1)
	require.Equal(t, rules.Moved, facts.Reason)
	g.Status(theirs.Ticket.Key, "withdrawn")

	g.RecordHistory(mine.WorkflowID, "rules-adopted")
	g.RecordHistory(theirs.WorkflowID, "rules-moved")

	// The edit is lost on disk, and no process remembers anything.
	stop()
	require.NoError(t, os.RemoveAll(filepath.Join(g.Policy, "rules")))
	require.NoError(t, os.CopyFS(filepath.Join(g.Policy, "rules"), os.DirFS(filepath.Join(untouched, "rules"))))
	g.Run(app.RoleEvidence, app.RoleWorkflows, app.RoleActivities)
	g.gatewayWithoutStore(t)
	_, err = g.Client.DescribeWorkflowExecution(t.Context(), process.ReadID(edited.Hash), "")
	require.NoError(t, err, "the gateway asked for the rules in force")
	hash, chain = g.routed("By the new rules")
	require.Equal(t, []string{edited.Hash, "low-risk"}, []string{hash, chain})
	_, facts = policyRecord(g.World, rules.EventHeld, 2)
	require.Equal(t, g.Rules.Hash, facts.Seen, "the files' rules are a proposal again")
	require.Contains(t, g.starter(commands.ExitOK, nil, "evidence", "show", "rules"), edited.Hash)
	require.Empty(t, g.Verify().Findings)
}

// awaitLevel waits until a proposal's change is in review, and gives its number.
func (g governed) awaitLevel(p process.Proposed) string {
	g.T.Helper()
	g.Card("Change the rules to "+p.Rules[:12], harness.Offers("approve"))
	deadline := time.Now().Add(harness.StoryWithin)
	for {
		var s struct{ Number string }
		var out, errs bytes.Buffer
		env := g.Env()
		if commands.Run(context.Background(), []string{"change", "show", p.Ticket.Key, "--output", "json"}, strings.NewReader(""), &out, &errs, env.Environ()) == commands.ExitOK {
			require.NoError(g.T, json.Unmarshal(out.Bytes(), &s))
			if s.Number != "" {
				return s.Number
			}
		}
		require.True(g.T, time.Now().Before(deadline), "%s has no number: %s", p.Ticket.Key, errs.String())
	}
}

func (g governed) approve(number string) {
	g.T.Helper()
	for _, who := range []string{"cli:bruno", "cli:chidi", "cli:farah"} {
		g.starter(commands.ExitOK, nil, "change", "approve", number, "--as", who, "--attest", "tests,risk,rollback")
	}
}

// gatewayWithoutStore runs a gateway as it runs on a host of its own: whatever it has
// to know of what is in force, it asks for.
func (g governed) gatewayWithoutStore(t *testing.T) {
	t.Helper()
	env := g.Env()
	delete(env, "COUNTERSIGN_EVIDENCE")
	cfg, err := app.FromEnvironment(env, []string{app.RoleGateway})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := app.New(ctx, cfg, app.Options{Logger: slog.New(slog.NewJSONHandler(g.Log, nil))})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}
