package activities_test

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// still is a policy that nobody edits.
type still struct {
	rules     *policy.Rules
	directory *policy.Directory
}

func (s still) Rules(context.Context) (*policy.Rules, error)         { return s.rules, nil }
func (s still) Directory(context.Context) (*policy.Directory, error) { return s.directory, nil }
func (still) Put(context.Context, []byte) (string, error)            { return "sha256:", nil }

// untracked is an organisation that tracks no document.
type untracked struct{}

func (untracked) Conditions(context.Context, string, time.Time) ([]certification.Condition, error) {
	return nil, nil
}
func (untracked) Serving(context.Context, string) ([]string, error) { return nil, nil }
func (untracked) Running(context.Context, string) ([]string, error) { return nil, nil }

// TestWhatIsExplainedIsWhatASubmissionResolves: an explanation that said
// anything else than the process does would be worse than none.
func TestWhatIsExplainedIsWhatASubmissionResolves(t *testing.T) {
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(policy.ExampleFS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policy.ExampleFS(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}))
	const routing = "rules/routing.yaml"
	files[routing].Data = bytes.Replace(files[routing].Data, []byte("rules:\n"), []byte("rules:\n"+
		"  - name: long\n    when: {expression: 'duration > duration(\"4h\") && fields.test_results != \"\"'}\n    chain: high-risk\n    channel: security\n"), 1)
	rules, directory, err := policy.LoadFS(files)
	require.NoError(t, err)
	var people []compliance.PersonID
	for _, p := range directory.People() {
		people = append(people, p.ID)
	}
	account := func(id compliance.PersonID) compliance.Account {
		p, _ := directory.Person(id)
		return compliance.Account{Provider: "cli", ID: p.Accounts["cli"]}
	}
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom(people)
		now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 24*90).Draw(t, "hours")) * time.Hour)
		q := policy.Request{Case: policy.Case{
			System:      rapid.SampledFrom([]string{"order-portal", "yard-flows", "sandbox", "nothing"}).Draw(t, "system"),
			Environment: rapid.SampledFrom([]string{"production", "acceptance", "sandbox"}).Draw(t, "environment"),
			Risk:        rapid.SampledFrom([]string{"low", "medium", "high"}).Draw(t, "risk"),
			External:    rapid.Bool().Draw(t, "external"),
			Duration:    time.Duration(rapid.IntRange(1, 8).Draw(t, "hours long")) * time.Hour,
		},
			Requester: who.Draw(t, "requester"), Implementer: who.Draw(t, "implementer"),
			Chain: rapid.SampledFrom([]string{"", "low-risk", "gone"}).Draw(t, "chain"),
		}
		snapshot, err := change.Snap(change.Content{System: q.System, Environment: q.Environment, Risk: q.Risk, Duration: q.Duration, External: q.External,
			TestResults: rapid.SampledFrom([]string{"", "green", strings.Repeat("long ", 20)}).Draw(t, "results")}, account(q.Requester))
		require.NoError(t, err)
		snapshot.Implementer, snapshot.Own = account(q.Implementer), true
		q.Case = policy.CaseOf(snapshot)
		if rapid.Bool().Draw(t, "created by somebody else") {
			q.Asked = []change.Asker{{Account: account(who.Draw(t, "creator")), As: change.IsCreator}}
		}
		asked := activities.Rules{Source: still{rules, directory}, Blobs: still{}, Trackers: untracked{}, Now: func() time.Time { return now }}
		resolved, err := asked.ResolveRoute(context.Background(), activities.ResolveRouteInput{Chain: q.Chain, Asked: q.Asked, Snapshot: snapshot})
		require.NoError(t, err)
		e, err := policy.Explain(rules, directory, q, now)
		require.NoError(t, err)
		require.Equal(t, resolved.Reason, e.Reason)
		require.Len(t, e.Missing, len(resolved.Missing))
		require.Equal(t, resolved.Route.Chain, e.Chain)
		if e.Chain == "" {
			return
		}
		require.Equal(t, resolved.Route.Rule, e.Rule)
		require.Equal(t, resolved.Route.Channel, e.Channel)
		require.Equal(t, []any{resolved.Route.Validity, resolved.Route.Resubmit, resolved.Route.OnLost}, []any{e.Validity, e.Resubmit, e.OnLost})
		require.Equal(t, resolved.Route.Schedule.Until, e.Calendar.Until)
		opening, _ := change.NextOpening(resolved.Route.Schedule, now, time.Time{}, q.Duration)
		require.Equal(t, opening, e.Calendar.Opening)
		require.Len(t, e.Levels, len(resolved.Route.Levels))
		for i, l := range e.Levels {
			require.Equal(t, resolved.Route.Levels[i], l.ResolvedLevel)
			require.False(t, slices.Contains(l.Eligible, q.Requester))
		}
	})
}
