package steps_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/workflows/steps"
)

const flows = `[{"id":"a","type":"tab"},{"id":"i","type":"http in","z":"a","url":"/orders","method":"get","x":1,"y":1,"wires":[["s"]]},
	{"id":"s","type":"change","z":"a","rules":[{"t":"set","p":"payload","pt":"msg","to":"hello","tot":"str"}],"x":2,"y":1,"wires":[["o"]]},
	{"id":"o","type":"http response","z":"a","x":3,"y":1,"wires":[]}]`

// trip is what a process could do with one target, every platform step in turn.
type trip struct {
	Target, Scratch compliance.Target
	Blob, Suite     string
	Feed            compliance.Feed
}

type seen struct {
	Deployed steps.Deployed
	Followed steps.Deployed
	Verified steps.VerifiedTarget
	Suite    compliance.CheckReport
	Probe    compliance.CheckReport
	Restored steps.RestoredTarget
	Proved   steps.ProvedBackup
	Feed     steps.FeedReading
}

func travel(ctx workflow.Context, in trip) (seen, error) {
	var out seen
	report, err := steps.ValidateArtifact(ctx, steps.ValidateArtifactInput{Target: in.Target, Blob: in.Blob})
	if err != nil {
		return out, err
	}
	before, err := steps.SnapshotTarget(ctx, steps.SnapshotTargetInput{Target: in.Target})
	if err != nil {
		return out, err
	}
	artifact := compliance.Artifact{Blob: in.Blob, Content: report.Content}
	if out.Deployed, err = steps.DeployToTarget(ctx, steps.DeployToTargetInput{Target: in.Target, Artifact: artifact, Key: "k1", Expect: before.Version}); err != nil {
		return out, err
	}
	if out.Followed, err = steps.FollowDeployment(ctx, steps.FollowDeploymentInput{Target: in.Target, Op: out.Deployed.Op}); err != nil {
		return out, err
	}
	if out.Verified, err = steps.VerifyTarget(ctx, steps.VerifyTargetInput{Target: in.Target, Content: report.Content}); err != nil {
		return out, err
	}
	if out.Suite, err = steps.RunSuite(ctx, steps.RunSuiteInput{Target: in.Target, Suite: "smoke", Definition: in.Suite, Content: report.Content}); err != nil {
		return out, err
	}
	if out.Probe, err = steps.ProbeWrite(ctx, steps.ProbeWriteInput{Target: in.Target, Probe: "write", Key: "k2"}); err != nil {
		return out, err
	}
	if out.Proved, err = steps.ProveBackup(ctx, steps.ProveBackupInput{Of: artifact, From: in.Target.ID, Scratch: in.Scratch, Key: "k3"}); err != nil {
		return out, err
	}
	if out.Restored, err = steps.RestoreTarget(ctx, steps.RestoreTargetInput{Target: in.Target, Artifact: before.Artifact, Key: "k4"}); err != nil {
		return out, err
	}
	out.Feed, err = steps.ReadFeed(ctx, time.Minute, steps.ReadFeedInput{Feed: in.Feed})
	return out, err
}

// Every step of the platforms and feeds reaches its activity and brings back its
// result, as a process sees them.
func TestPlatformStepsReachTheirActivities(t *testing.T) {
	stand := func() string {
		s, err := noderedtest.New(noderedtest.Options{})
		require.NoError(t, err)
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		return server.URL
	}
	red, err := nodered.New(nodered.Config{Addresses: map[string]nodered.Address{"ORDERS": {URL: stand()}, "SCRATCH": {URL: stand()}}})
	require.NoError(t, err)
	publisher, err := advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(publisher)
	t.Cleanup(server.Close)
	blobs, err := evidence.OpenBlobs(t.TempDir())
	require.NoError(t, err)
	in := trip{
		Target:  compliance.Target{ID: "orders", Platform: nodered.Kind, Address: "ORDERS"},
		Scratch: compliance.Target{ID: "scratch", Platform: nodered.Kind, Address: "SCRATCH"},
		Feed:    compliance.Feed{ID: "kev", Kind: compliance.FeedKEV, Address: server.URL + advisoriestest.KEVPath},
	}
	in.Blob, err = blobs.Put(t.Context(), []byte(flows))
	require.NoError(t, err)
	suite, err := json.Marshal(compliance.Suite{Name: "smoke", Cases: []compliance.SuiteCase{
		{Name: "orders", Method: "GET", Path: "/orders", Expect: compliance.Expectation{Status: 200, Contains: "hello"}},
	}})
	require.NoError(t, err)
	in.Suite, err = blobs.Put(t.Context(), suite)
	require.NoError(t, err)

	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	env.RegisterWorkflow(travel)
	env.RegisterActivity(&activities.Platforms{Kinds: map[string]activities.Platform{nodered.Kind: red}, Blobs: blobs, Now: time.Now})
	env.RegisterActivity(&activities.Feeds{Source: advisories.New(advisories.Config{}), Blobs: blobs, Now: time.Now})
	env.ExecuteWorkflow(travel, in)
	require.NoError(t, env.GetWorkflowError())
	var got seen
	require.NoError(t, env.GetWorkflowResult(&got))
	require.Equal(t, steps.DeployAccepted, got.Deployed.Result)
	require.Equal(t, compliance.OpSucceeded, got.Followed.Op.State)
	require.True(t, got.Verified.Matches)
	require.Equal(t, compliance.CheckPass, got.Suite.Outcome, got.Suite.Detail)
	require.Equal(t, compliance.CheckPass, got.Probe.Outcome, got.Probe.Detail)
	require.Equal(t, got.Verified.Served.Content, got.Proved.Probe.Read)
	require.True(t, got.Restored.Verified, got.Restored.Detail)
	require.Len(t, got.Feed.Quarantined, 15)
}
