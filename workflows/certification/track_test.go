package certification_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/certification"
)

// running says which trackers run.
type running struct{ ids []string }

func (r *running) Running(_ context.Context, after string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(r.ids), func(id string) bool { return id <= after }), nil
}
func (r *running) Serving(context.Context, string) ([]string, error) { return nil, nil }
func (r *running) Conditions(context.Context, string, time.Time) ([]rules.Condition, error) {
	return nil, nil
}

// A pass begins exactly the trackers that are missing, in bounded batches over
// as many runs as it takes, and costs next to nothing when none is (A15).
func TestA15_APassBeginsWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	var many strings.Builder
	many.WriteString(strings.TrimSuffix(acme, "\n") + "\n")
	for v := range 5 {
		fmt.Fprintf(&many, "  - {id: v%d, name: Vendor %d, owner: p-bruno, sponsor: p-dana, systems: [], contacts: [{name: Desk, url: 'https://v.example/'}], artefacts: [", v, v)
		for i := range 190 {
			fmt.Fprintf(&many, "{id: a%d, class: soc2, title: Report %d}, ", i, i)
		}
		many.WriteString("]}\n")
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules/artefacts.yaml"), []byte(many.String()), 0o600))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	blobs := evidencetest.New(t).Blobs()
	there := &running{ids: []string{"certification/v0/a7", "certification/v4/a189"}}
	begun := map[string]int{}
	in, runs := certification.TrackInput{}, 0
	var result certification.TrackResult
	for {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		env := suite.NewTestWorkflowEnvironment()
		env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
		env.RegisterActivity(&activities.Rules{Source: source, Blobs: blobs, Trackers: there, Now: env.Now})
		env.RegisterWorkflowWithOptions(func(workflow.Context, certification.Input) error { return nil }, workflow.RegisterOptions{Name: certification.Type})
		env.OnWorkflow(certification.Type, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in certification.Input) error {
			begun[certification.WorkflowID(in.Vendor, in.Artefact)]++
			return nil
		})
		env.ExecuteWorkflow(certification.TrackArtefacts, in)
		runs++
		if err := env.GetWorkflowError(); err != nil {
			in = trackContinuedAs(t, err)
			require.Less(t, runs, 10)
			continue
		}
		require.NoError(t, env.GetWorkflowResult(&result))
		break
	}
	require.Equal(t, certification.TrackResult{Named: 951, Begun: 949}, result)
	require.Len(t, begun, 949)
	for id, n := range begun {
		require.Equal(t, 1, n, id)
		require.NotContains(t, there.ids, id)
	}
	require.Equal(t, 3, runs, "400 a run")
}
