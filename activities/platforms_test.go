package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

const token = "sesame-0123456789"

// world is the platforms capability before one target and a scratch target.
type world struct {
	t       *testing.T
	env     *testsuite.TestActivityEnvironment
	p       *activities.Platforms
	blobs   *evidence.Blobs
	target  compliance.Target
	scratch compliance.Target
	// With stand-ins:
	stand  *noderedtest.Server
	faults *faults.Injector
}

func newWorld(t *testing.T, url, scratchURL string) *world {
	t.Helper()
	client, err := nodered.New(nodered.Config{
		Addresses: map[string]nodered.Address{"ORDERS": {URL: url, Token: token}, "SCRATCH": {URL: scratchURL, Token: token}},
		Settle:    2 * time.Second, Pause: 10 * time.Millisecond,
	})
	require.NoError(t, err)
	blobs, err := evidence.OpenBlobs(t.TempDir())
	require.NoError(t, err)
	w := &world{
		t: t, blobs: blobs,
		target:  compliance.Target{ID: "orders", Platform: nodered.Kind, Address: "ORDERS"},
		scratch: compliance.Target{ID: "scratch", Platform: nodered.Kind, Address: "SCRATCH"},
		p: &activities.Platforms{
			Kinds: map[string]activities.Platform{nodered.Kind: client}, Blobs: blobs, Now: time.Now,
			Settle: 2 * time.Second, Pause: 10 * time.Millisecond,
		},
	}
	var s testsuite.WorkflowTestSuite
	w.env = s.NewTestActivityEnvironment()
	w.env.RegisterActivity(w.p)
	return w
}

// onStandin is a world of stand-ins, with faults before the target.
func onStandin(t *testing.T) *world {
	t.Helper()
	stand, err := noderedtest.New(noderedtest.Options{Token: token})
	require.NoError(t, err)
	injector := faults.New(stand, nil)
	server := httptest.NewServer(injector)
	t.Cleanup(func() {
		injector.Close()
		server.Close()
	})
	other, err := noderedtest.New(noderedtest.Options{Token: token})
	require.NoError(t, err)
	scratch := httptest.NewServer(other)
	t.Cleanup(scratch.Close)
	w := newWorld(t, server.URL, scratch.URL)
	w.stand, w.faults = stand, injector
	return w
}

// everywhere runs a story on stand-ins and on real instances.
func everywhere(t *testing.T, story func(w *world)) {
	t.Run("stand-in", func(t *testing.T) { story(onStandin(t)) })
	t.Run("real", func(t *testing.T) {
		install := noderedtest.Need(t)
		urls := make([]string, 2)
		for i := range urls {
			p, err := noderedtest.Launch(t.Context(), noderedtest.LaunchOptions{Install: install, Dir: t.TempDir(), Token: token})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, p.Stop()) })
			urls[i] = p.URL
		}
		story(newWorld(t, urls[0], urls[1]))
	})
}

// act runs one activity as a worker does, its input and result through JSON.
func act[R any](w *world, method, in any) (R, error) {
	w.t.Helper()
	var out R
	value, err := w.env.ExecuteActivity(method, in)
	if err == nil {
		require.NoError(w.t, value.Get(&out))
	}
	return out, err
}

func must[R any](w *world, method, in any) R {
	w.t.Helper()
	out, err := act[R](w, method, in)
	require.NoError(w.t, err)
	return out
}

func flow(path, word string) string {
	return fmt.Sprintf(`[{"id":"a","type":"tab","label":"a"},
		{"id":"a-in","type":"http in","z":"a","url":%q,"method":"get","x":1,"y":1,"wires":[["a-set"]]},
		{"id":"a-set","type":"change","z":"a","rules":[{"t":"set","p":"payload","pt":"msg","to":"{\"word\":\"%s\"}","tot":"json"}],"x":2,"y":1,"wires":[["a-out"]]},
		{"id":"a-out","type":"http response","z":"a","x":3,"y":1,"wires":[]}]`, path, word)
}

// artifact stores flows and has their content named by the platform.
func (w *world) artifact(flows string) compliance.Artifact {
	w.t.Helper()
	blob, err := w.blobs.Put(w.t.Context(), []byte(flows))
	require.NoError(w.t, err)
	report := must[compliance.ArtifactReport](w, w.p.ValidateArtifact, activities.ValidateArtifactInput{Target: w.target, Blob: blob})
	require.Empty(w.t, report.Problems)
	return compliance.Artifact{Blob: blob, Content: report.Content}
}

func (w *world) snapshot() activities.TargetSnapshot {
	w.t.Helper()
	return must[activities.TargetSnapshot](w, w.p.SnapshotTarget, activities.SnapshotTargetInput{Target: w.target})
}

func (w *world) deployment(flows, key string) activities.DeployToTargetInput {
	w.t.Helper()
	return activities.DeployToTargetInput{Target: w.target, Artifact: w.artifact(flows), Key: key, Expect: w.snapshot().Version}
}

// suite stores a suite that expects the word.
func (w *world) suite(word string) activities.RunSuiteInput {
	w.t.Helper()
	def, err := json.Marshal(compliance.Suite{Name: "smoke", Cases: []compliance.SuiteCase{{
		Name: "orders", Method: "GET", Path: "/orders", WithinMS: 500,
		Expect: compliance.Expectation{Status: 200, JSON: json.RawMessage(`{"word":"` + word + `"}`)},
	}}})
	require.NoError(w.t, err)
	digest, err := w.blobs.Put(w.t.Context(), def)
	require.NoError(w.t, err)
	return activities.RunSuiteInput{Target: w.target, Suite: "smoke", Definition: digest}
}

// The whole way on Node-RED: save, deploy, verify, test, probe, restore, prove the backup.
func TestRequirement6_PlatformStory(t *testing.T) {
	everywhere(t, func(w *world) {
		t := w.t
		one := must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "PAT-1/ring1/deploy/1"))
		require.Equal(t, activities.DeployAccepted, one.Result)
		require.Equal(t, compliance.OpSucceeded, one.Op.State)
		require.True(t, one.Served.Ready)

		saved := w.snapshot()
		require.Equal(t, one.Served.PlatformVersion, saved.Version)
		require.True(t, saved.Caps.CompareAndSwap)
		data, err := w.blobs.Get(t.Context(), saved.Artifact.Blob)
		require.NoError(t, err)
		require.Contains(t, string(data), "a-in")

		in := w.deployment(flow("/orders", "two"), "PAT-1/ring1/deploy/2")
		two := must[activities.Deployed](w, w.p.DeployToTarget, in)
		require.Equal(t, activities.DeployAccepted, two.Result)
		verified := must[activities.VerifiedTarget](w, w.p.VerifyTarget, activities.VerifyTargetInput{Target: w.target, Content: in.Artifact.Content})
		require.True(t, verified.Matches)
		require.False(t, must[activities.VerifiedTarget](w, w.p.VerifyTarget, activities.VerifyTargetInput{Target: w.target, Content: saved.Artifact.Content}).Matches)

		run := w.suite("two")
		run.Content = in.Artifact.Content
		check := must[compliance.CheckReport](w, w.p.RunSuite, run)
		require.Equal(t, compliance.CheckPass, check.Outcome, check.Detail)
		require.Equal(t, in.Artifact.Content, check.Content)
		require.Equal(t, 1, check.Cases)
		report, err := w.blobs.Get(t.Context(), check.Report)
		require.NoError(t, err)
		require.Contains(t, string(report), `"name":"orders"`)

		probe := must[compliance.CheckReport](w, w.p.ProbeWrite, activities.ProbeWriteInput{Target: w.target, Probe: "edit and save", Key: "PAT-1/ring1/probe/1", Content: in.Artifact.Content})
		require.Equal(t, compliance.CheckPass, probe.Outcome, probe.Detail)
		require.Equal(t, in.Artifact.Content, probe.Content)
		require.Equal(t, two.Served.PlatformVersion, w.snapshot().Version, "the probe left nothing")

		failed := must[compliance.CheckReport](w, w.p.RunSuite, w.suite("three"))
		require.Equal(t, compliance.CheckFail, failed.Outcome)
		require.Equal(t, `orders: the body differs at "$.word"`, failed.Detail)

		back := activities.RestoreTargetInput{Target: w.target, Artifact: saved.Artifact, Key: "PAT-1/ring1/restore/1", Suite: "smoke", Definition: w.suite("one").Definition}
		restored := must[activities.RestoredTarget](w, w.p.RestoreTarget, back)
		require.True(t, restored.Verified, restored.Detail)
		require.Equal(t, saved.Version, restored.Served.PlatformVersion)
		require.Equal(t, compliance.CheckPass, restored.Check.Outcome)

		proved := must[activities.ProvedBackup](w, w.p.ProveBackup, activities.ProveBackupInput{Of: saved.Artifact, From: w.target.ID, Scratch: w.scratch, Key: "PAT-1/backup/1"})
		require.NotNil(t, proved.Probe, proved.Detail)
		ruling := patch.JudgeBackup(patch.Backup{Target: w.target.ID, Taken: saved.At, Digest: saved.Artifact.Content, Probe: proved.Probe}, true, time.Hour, nil, time.Now())
		require.False(t, ruling.Blocks, ruling.Reason)
	})
}

// A repeated deployment finds its effect and does nothing more.
func TestDeployLooksBeforeItRepeats(t *testing.T) {
	w := onStandin(t)
	in := w.deployment(flow("/orders", "one"), "k1")
	require.Equal(t, activities.DeployAccepted, must[activities.Deployed](w, w.p.DeployToTarget, in).Result)
	in.Repeat = true
	require.Equal(t, activities.DeployAccepted, must[activities.Deployed](w, w.p.DeployToTarget, in).Result)
	in.Repeat = false
	require.Equal(t, activities.DeployAlready, must[activities.Deployed](w, w.p.DeployToTarget, in).Result)
	require.Equal(t, 1, w.stand.Deployments())
}

func saving(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/flows" }

// A lost answer is looked for: the effect is found, or it stays unknown. It is
// never taken for a failure, and never made twice.
func TestDeployAfterALostAnswer(t *testing.T) {
	for _, f := range []faults.Fault{
		{Kind: faults.Reset, After: true}, {Kind: faults.HTML, After: true}, {Kind: faults.CutJSON}, {Kind: faults.Status, Status: 502, After: true},
		{Kind: faults.Reset}, {Kind: faults.Status, Status: 503},
	} {
		t.Run(fmt.Sprintf("%s after=%v", f.Kind, f.After), func(t *testing.T) {
			w := onStandin(t)
			w.p.Settle = 200 * time.Millisecond
			in := w.deployment(flow("/orders", "one"), "k1")
			f.Match = saving
			w.faults.Add(f)
			got := must[activities.Deployed](w, w.p.DeployToTarget, in)
			if f.After || f.Kind == faults.CutJSON {
				require.Equal(t, activities.DeployAccepted, got.Result)
			} else {
				require.Equal(t, activities.DeployUnknown, got.Result)
				require.Equal(t, in.Expect, got.Served.PlatformVersion, "nothing is to be seen of it")
				in.Repeat = true
				got = must[activities.Deployed](w, w.p.DeployToTarget, in)
				require.Equal(t, activities.DeployAccepted, got.Result)
			}
			require.Equal(t, compliance.OpSucceeded, got.Op.State)
			require.Equal(t, 1, w.stand.Deployments())
		})
	}
}

// Somebody else's change is a result with what is there now, not a lost error.
func TestDeployConflictIsAResult(t *testing.T) {
	w := onStandin(t)
	in := w.deployment(flow("/orders", "ours"), "k1")
	require.NoError(t, w.stand.Save(flow("/orders", "theirs")))
	got := must[activities.Deployed](w, w.p.DeployToTarget, in)
	require.Equal(t, activities.DeployConflict, got.Result)
	require.Equal(t, w.snapshot().Version, got.Served.PlatformVersion)
	require.Contains(t, w.stand.Flows(), "theirs")
}

func TestDeployRefusedIsAResult(t *testing.T) {
	w := onStandin(t)
	in := w.deployment(flow("/orders", "one"), "k1")
	in.Artifact.Content = "sha256:" + strings.Repeat("0", 64)
	got := must[activities.Deployed](w, w.p.DeployToTarget, in)
	require.Equal(t, activities.DeployRefused, got.Result)
	require.Contains(t, got.Detail, "altered or mixed up")
	require.Zero(t, w.stand.Deployments())
}

// A deployment that is not served in time is returned as running, and followed.
func TestFollowDeployment(t *testing.T) {
	w := onStandin(t)
	w.p.Settle = 100 * time.Millisecond
	in := w.deployment(flow("/orders", "one"), "k1")
	w.stand.Set(noderedtest.Trouble{State: "stop"})
	got := must[activities.Deployed](w, w.p.DeployToTarget, in)
	require.Equal(t, activities.DeployAccepted, got.Result)
	require.Equal(t, compliance.OpRunning, got.Op.State)
	w.stand.Set(noderedtest.Trouble{})
	got = must[activities.Deployed](w, w.p.FollowDeployment, activities.FollowDeploymentInput{Target: w.target, Op: got.Op})
	require.Equal(t, compliance.OpSucceeded, got.Op.State)
}

// P4: a target that is down, or changes meanwhile, is an error of the check and never a pass.
func TestP4_SuiteOnATargetThatIsNotWell(t *testing.T) {
	w := onStandin(t)
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "k1"))
	in := w.suite("one")
	require.Equal(t, compliance.CheckPass, must[compliance.CheckReport](w, w.p.RunSuite, in).Outcome)

	w.stand.Set(noderedtest.Trouble{Starting: true})
	got := must[compliance.CheckReport](w, w.p.RunSuite, in)
	require.Equal(t, compliance.CheckError, got.Outcome)
	require.Empty(t, got.Content)
	require.NotEmpty(t, got.Report)

	w.stand.Set(noderedtest.Trouble{State: "safe"})
	got = must[compliance.CheckReport](w, w.p.RunSuite, in)
	require.Equal(t, compliance.CheckError, got.Outcome)
	require.Contains(t, got.Detail, "not ready")
	w.stand.Set(noderedtest.Trouble{})

	in.Content = "sha256:" + strings.Repeat("0", 64)
	got = must[compliance.CheckReport](w, w.p.RunSuite, in)
	require.Equal(t, compliance.CheckError, got.Outcome)
	require.Contains(t, got.Detail, "something else than what is to be tested")
	in.Content = ""

	// It changes while it is tested: the case passes, and means nothing.
	w.faults.Add(faults.Fault{Kind: faults.Status, Status: 404, Times: 1, Match: func(r *http.Request) bool {
		if r.URL.Path == "/orders" {
			_ = w.stand.Save(flow("/orders", "one") + " ")
			_ = w.stand.Save(flow("/orders-2", "one"))
		}
		return false
	}})
	got = must[compliance.CheckReport](w, w.p.RunSuite, in)
	require.NotEqual(t, compliance.CheckPass, got.Outcome)
	require.Empty(t, got.Content)
	require.Contains(t, got.Detail, "something else")
}

// P4: a suite with no cases has no data; a definition that is none is our own fault and final.
func TestP4_SuiteDefinitions(t *testing.T) {
	w := onStandin(t)
	put := func(text string) string {
		d, err := w.blobs.Put(t.Context(), []byte(text))
		require.NoError(t, err)
		return d
	}
	got := must[compliance.CheckReport](w, w.p.RunSuite, activities.RunSuiteInput{Target: w.target, Suite: "s", Definition: put(`{"name":"s","cases":[]}`)})
	require.Equal(t, compliance.CheckNoData, got.Outcome)
	for _, text := range []string{`{`, `{"name":"another","cases":[]}`, `{"name":"s","cases":[{"name":"c"}]}`} {
		_, err := act[compliance.CheckReport](w, w.p.RunSuite, activities.RunSuiteInput{Target: w.target, Suite: "s", Definition: put(text)})
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app, text)
		require.Equal(t, string(compliance.Invalid), app.Type())
		require.True(t, app.NonRetryable())
	}
	_, err := act[compliance.CheckReport](w, w.p.RunSuite, activities.RunSuiteInput{Target: w.target, Suite: "s", Definition: "sha256:" + strings.Repeat("0", 64)})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.False(t, app.NonRetryable(), "the store may come back")
}

// P3: a canary that stays, or content that moved, is no pass.
func TestP3_ProbeThatLeavesSomethingIsNoPass(t *testing.T) {
	w := onStandin(t)
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "k1"))
	in := activities.ProbeWriteInput{Target: w.target, Probe: "write", Key: "k2"}
	start := w.stand.Deployments()
	w.faults.Add(faults.Fault{Kind: faults.Status, Status: 500, Times: -1, Match: func(r *http.Request) bool {
		return saving(r) && w.stand.Deployments() >= start+2
	}})
	got := must[compliance.CheckReport](w, w.p.ProbeWrite, in)
	require.Equal(t, compliance.CheckError, got.Outcome)
	require.Contains(t, got.Detail, "could not be taken away")
	require.Empty(t, got.Content)
	w.faults.Clear()
	got = must[compliance.CheckReport](w, w.p.ProbeWrite, in)
	require.Equal(t, compliance.CheckPass, got.Outcome, got.Detail)
	in.Content = "sha256:" + strings.Repeat("0", 64)
	require.Equal(t, compliance.CheckError, must[compliance.CheckReport](w, w.p.ProbeWrite, in).Outcome)
	w.stand.Set(noderedtest.Trouble{Saving: 500})
	in.Content = ""
	require.Equal(t, compliance.CheckFail, must[compliance.CheckReport](w, w.p.ProbeWrite, in).Outcome)
}

// P7: a restore is verified by reading and by calling, and says when it is not.
func TestP7_RestoreIsVerified(t *testing.T) {
	w := onStandin(t)
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "k1"))
	saved := w.snapshot()
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "two"), "k2"))
	in := activities.RestoreTargetInput{Target: w.target, Artifact: saved.Artifact, Key: "k3", Suite: "smoke", Definition: w.suite("two").Definition}
	got := must[activities.RestoredTarget](w, w.p.RestoreTarget, in)
	require.False(t, got.Verified, "it serves the right bytes, and they do not pass")
	require.Equal(t, compliance.CheckFail, got.Check.Outcome)
	deployments := w.stand.Deployments()
	in.Suite, in.Definition = "", ""
	got = must[activities.RestoredTarget](w, w.p.RestoreTarget, in)
	require.True(t, got.Verified)
	require.Equal(t, deployments, w.stand.Deployments(), "it was back already")

	w.stand.Set(noderedtest.Trouble{State: "stop"})
	w.p.Settle = 50 * time.Millisecond
	got = must[activities.RestoredTarget](w, w.p.RestoreTarget, in)
	require.False(t, got.Verified)
	require.Contains(t, got.Detail, "not started")
	w.stand.Set(noderedtest.Trouble{})

	blob, err := w.blobs.Put(t.Context(), []byte(`[{"id":"b","type":"mqtt-broker","credentials":{}}]`))
	require.NoError(t, err)
	in.Artifact = compliance.Artifact{Blob: blob, Content: saved.Artifact.Content + "x"}
	got = must[activities.RestoredTarget](w, w.p.RestoreTarget, in)
	require.False(t, got.Verified)
	require.Contains(t, got.Detail, "credentials")
}

// full is a store whose disk takes nothing more.
type full struct{ *evidence.Blobs }

func (full) Put(context.Context, []byte) (string, error) {
	return "", errors.New("no space left on device")
}

// The way back waits for no disk: what cannot be kept is the report on its check.
func TestP7_TheWayBackIsVerifiedWithoutRoomForItsReport(t *testing.T) {
	w := onStandin(t)
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "k1"))
	saved, definition := w.snapshot(), w.suite("one").Definition
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "two"), "k2"))
	w.p.Blobs = full{w.blobs}
	in := activities.RestoreTargetInput{Target: w.target, Artifact: saved.Artifact, Key: "k3", Suite: "smoke", Definition: definition}
	got := must[activities.RestoredTarget](w, w.p.RestoreTarget, in)
	require.True(t, got.Verified)
	require.Equal(t, compliance.CheckPass, got.Check.Outcome)
	require.Empty(t, got.Check.Report)
}

// P23: what cannot be restored is unproved, with the reason; a target in use is never the scratch.
func TestP23_BackupThatCannotBeRestored(t *testing.T) {
	w := onStandin(t)
	must[activities.Deployed](w, w.p.DeployToTarget, w.deployment(flow("/orders", "one"), "k1"))
	saved := w.snapshot()
	_, err := act[activities.ProvedBackup](w, w.p.ProveBackup, activities.ProveBackupInput{Of: saved.Artifact, From: w.target.ID, Scratch: w.target, Key: "k"})
	require.ErrorContains(t, err, "name another one")
	in := activities.ProveBackupInput{Of: saved.Artifact, From: "another", Scratch: w.target, Key: "k"}
	got := must[activities.ProvedBackup](w, w.p.ProveBackup, in)
	require.Nil(t, got.Probe)
	require.Contains(t, got.Detail, "not empty")
	in.Scratch, in.Of.Content = w.scratch, "sha256:"+strings.Repeat("0", 64)
	got = must[activities.ProvedBackup](w, w.p.ProveBackup, in)
	require.Nil(t, got.Probe)
	require.Contains(t, got.Detail, "altered or mixed up")
}

// A target that is down is retried by the engine; its time-out classes and no
// secret reach the history.
func TestTargetThatIsDown(t *testing.T) {
	w := newWorld(t, "http://127.0.0.1:1", "http://127.0.0.1:1")
	for name, call := range map[string]func() error{
		"snapshot": func() error {
			_, err := act[activities.TargetSnapshot](w, w.p.SnapshotTarget, activities.SnapshotTargetInput{Target: w.target})
			return err
		},
		"verify": func() error {
			_, err := act[activities.VerifiedTarget](w, w.p.VerifyTarget, activities.VerifyTargetInput{Target: w.target})
			return err
		},
	} {
		var app *temporal.ApplicationError
		require.ErrorAs(t, call(), &app, name)
		require.Equal(t, string(compliance.Unavailable), app.Type())
		require.False(t, app.NonRetryable())
		require.NotContains(t, app.Error(), token)
	}
	_, err := act[activities.VerifiedTarget](w, w.p.VerifyTarget, activities.VerifyTargetInput{Target: compliance.Target{ID: "x", Platform: "unheard-of"}})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.True(t, app.NonRetryable())
	require.ErrorContains(t, err, "unheard-of")
}

var _ activities.BlobStore = (*evidence.Blobs)(nil)
