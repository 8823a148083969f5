// Package processtest is what the tests of every process have in common: the real
// rules, policy, directory and evidence log, an engine whose clock skips, and
// recorders in the place of the vendors.
package processtest

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
)

// engineWithin bounds what one run of an engine may take of real time.
const engineWithin = 3 * time.Minute

// World is the surroundings of one process. Its engine is made anew for each run;
// the rest stays.
type World struct {
	T       *testing.T
	Env     *testsuite.TestWorkflowEnvironment // of the present run
	Log     *evidence.Log
	Journal *evidencetest.Journal // before the log; it can fail
	Policy  string                // directory
	Source  *policy.Source
	Surface *Surface

	delivery int
}

// New makes a world with the example policy, as edit leaves its directory; edit may
// be nil and is given a world that has nothing else yet. It has no engine yet.
func New(t *testing.T, edit func(*World)) *World {
	w := &World{T: t, Log: evidencetest.New(t), Policy: t.TempDir(), Surface: &Surface{}}
	w.Journal = &evidencetest.Journal{Log: w.Log}
	require.NoError(t, policy.WriteExample(w.Policy))
	if edit != nil {
		edit(w)
	}
	var err error
	w.Source, err = policy.OpenSource(policy.SourceConfig{Dir: w.Policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	return w
}

// Engine makes a fresh engine for the subject whose clock starts at the given
// instant. What runs there the caller registers.
func (w *World) Engine(start time.Time, subject string) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.Env = suite.NewTestWorkflowEnvironment()
	w.Env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.Env.SetStartTime(start)
	w.Env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows})
	w.Env.SetTestTimeout(engineWithin)
}

// HideLists lets the process set its search attributes, which nobody looks at.
func (w *World) HideLists() {
	w.Env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()
}

// People is the directory as activities look people up in it.
func (w *World) People() activities.People { return activities.People{Source: w.Source} }

// At does something after this much time has passed for the process.
func (w *World) At(d time.Duration, f func()) { w.Env.RegisterDelayedCallback(f, d) }

// Ask asks the process a query without arguments.
func Ask[R any](w *World, query string, args ...any) R {
	w.T.Helper()
	v, err := w.Env.QueryWorkflow(query, args...)
	require.NoError(w.T, err)
	var r R
	require.NoError(w.T, v.Get(&r))
	return r
}

// Rewrite edits a file of the policy the way an owner would.
func (w *World) Rewrite(file, from, to string) {
	w.T.Helper()
	path := filepath.Join(w.Policy, file)
	b, err := os.ReadFile(path)
	require.NoError(w.T, err)
	require.Contains(w.T, string(b), from)
	require.NoError(w.T, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
}

// Entries are the records left about a subject, in order.
func (w *World) Entries(subject string) []evidence.Entry {
	w.T.Helper()
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(w.T, err)
	return entries
}

// Records are the types of the evidence left about a subject, in order, without
// the name of their process.
func (w *World) Records(subject string) []string {
	w.T.Helper()
	var types []string
	for _, e := range w.Entries(subject) {
		_, kind, _ := strings.Cut(e.Record.Type, ".")
		types = append(types, kind)
	}
	return types
}

// Facts are those of every record of a type about a subject, in order.
func Facts[F any](w *World, subject, kind string) []F {
	w.T.Helper()
	var out []F
	for _, e := range w.Entries(subject) {
		if e.Record.Type == kind {
			var f F
			require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
			out = append(out, f)
		}
	}
	return out
}
