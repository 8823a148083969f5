package nodered_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/nodered"
)

// A deployment, what it serves, and the way back, on Node-RED itself.
func TestDeployServeAndRestore(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		v1, v2 := pack(t, c, flow("a", "/orders", "one")), pack(t, c, flow("a", "/orders", "two"))
		require.Equal(t, compliance.OpSucceeded, deploy(t, c, v1, "k1").State)
		saved, version, err := c.Snapshot(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, v1.Artifact.Content, saved.Artifact.Content)
		require.Equal(t, version.Content, saved.Artifact.Content)

		require.Equal(t, compliance.OpSucceeded, deploy(t, c, v2, "k2").State)
		o, why := outcome(t, c, suite("/orders", "two"))
		require.Equal(t, compliance.CheckPass, o, why)
		o, why = outcome(t, c, suite("/orders", "one"))
		require.Equal(t, compliance.CheckFail, o)
		require.Equal(t, `word of /orders: the body differs at "$.word"`, why)

		op, err := c.Rollback(t.Context(), target(), saved, "k3")
		require.NoError(t, err)
		require.Equal(t, compliance.OpSucceeded, settled(t, c, op).State)
		back, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, version, back.PlatformVersion, "put back byte for byte it is the same revision again")
		require.True(t, back.Ready)
		o, why = outcome(t, c, suite("/orders", "one"))
		require.Equal(t, compliance.CheckPass, o, why)
	})
}

// Whoever prepared a deployment for a state that is gone does not overwrite what came since.
func TestDeployComparesAndSwaps(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		deploy(t, c, pack(t, c, flow("a", "/orders", "one")), "k1")
		_, seen, err := c.Snapshot(t.Context(), target())
		require.NoError(t, err)
		theirs := pack(t, c, flow("a", "/orders", "theirs"))
		deploy(t, c, theirs, "k2")
		ours := pack(t, c, flow("a", "/orders", "ours"))
		_, err = c.Deploy(t.Context(), target(), ours, "k3", seen)
		require.Equal(t, compliance.Conflict, compliance.ClassOf(err), "%v", err)
		_, err = c.Deploy(t.Context(), target(), ours, "k3", compliance.PlatformVersion{Content: seen.Content})
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "no revision, no deployment: %v", err)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, theirs.Artifact.Content, live.Content)
		// The way back outranks it, and still names what it has just read.
		op, err := c.Rollback(t.Context(), target(), ours, "k4")
		require.NoError(t, err)
		require.Equal(t, compliance.OpSucceeded, settled(t, c, op).State)
	})
}

// After a lost answer a deployment is found by its content, and only by that.
func TestFindByContent(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		p := pack(t, c, flow("a", "/orders", "one"), flow("b", "/other", "x"))
		op, err := c.Find(t.Context(), target(), p, "k1")
		require.NoError(t, err)
		require.Nil(t, op)
		deploy(t, c, p, "k1")
		op, err = c.Find(t.Context(), target(), p, "k1")
		require.NoError(t, err)
		require.Equal(t, p.Artifact.Content, op.Content)
		op, err = c.Find(t.Context(), target(), pack(t, c, flow("a", "/orders", "two")), "k1")
		require.NoError(t, err)
		require.Nil(t, op)
	})
}

// A platform that changes by itself is detected: the digest differs from what was deployed.
func TestForeignChangeIsSeen(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		p := pack(t, c, flow("a", "/orders", "one"))
		op := deploy(t, c, p, "k1")
		deploy(t, c, pack(t, c, flow("a", "/orders", "somebody")), "k2")
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.NotEqual(t, p.Artifact.Content, live.Content)
		op, err = c.Poll(t.Context(), target(), op)
		require.NoError(t, err)
		require.Equal(t, compliance.OpAborted, op.State)
		require.Contains(t, op.Detail, "somebody deployed over it")
	})
}

// A flow set with a type that is not installed is refused before it stops everything.
func TestMissingTypesAreRefused(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		good := pack(t, c, flow("a", "/orders", "one"))
		deploy(t, c, good, "k1")
		_, seen, err := c.Snapshot(t.Context(), target())
		require.NoError(t, err)
		data := []byte("[" + flow("a", "/orders", "two") + `,{"id":"n","type":"nobody-has-this","z":"a","x":1,"y":1,"wires":[]}]`)
		report, err := c.Validate(t.Context(), target(), data)
		require.NoError(t, err)
		require.Len(t, report.Problems, 1)
		require.Equal(t, "type nobody-has-this", report.Problems[0].Where)
		bad := compliance.Package{Artifact: compliance.Artifact{Content: report.Content}, Data: data}
		_, err = c.Deploy(t.Context(), target(), bad, "k2", seen)
		require.Equal(t, compliance.Refused, compliance.ClassOf(err), "%v", err)
		require.ErrorContains(t, err, "nobody-has-this")

		// The way back does not ask; then the target keeps it and says that it is not ready.
		op, err := c.Rollback(t.Context(), target(), bad, "k3")
		require.NoError(t, err)
		op, err = c.Poll(t.Context(), target(), op)
		require.NoError(t, err)
		require.Equal(t, compliance.OpRunning, op.State)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.False(t, live.Ready)
		require.Equal(t, bad.Artifact.Content, live.Content)
		require.Contains(t, live.Detail, "nobody-has-this")
	})
}

// P3: the write probe really edits, saves, publishes and calls, and leaves nothing.
func TestP3_ProbeWritesAndLeavesNothing(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		p := pack(t, c, flow("a", "/orders", "one"))
		deploy(t, c, p, "k1")
		before, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		beats := 0
		run, err := c.Probe(t.Context(), target(), "PAT-1/probe/1", func() { beats++ })
		require.NoError(t, err)
		o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
		require.Equal(t, compliance.CheckPass, o, why)
		require.Equal(t, []string{"open", "save", "call", "edit", "call again", "take away"}, names(run.Steps))
		require.Equal(t, p.Artifact.Content, run.Before)
		require.Equal(t, run.Before, run.After)
		require.False(t, run.Left)
		require.Greater(t, beats, 4)
		after, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, before.PlatformVersion, after.PlatformVersion)
	})
}

// P3: a probe that was killed half-way is cleared away by the next one.
func TestP3_LeftCanaryIsTakenAway(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		p := pack(t, c, flow("a", "/orders", "one"))
		deploy(t, c, p, "k1")
		left := []byte("[" + flow("a", "/orders", "one") + `,{"id":"countersign-canary-00ff","type":"tab"},` +
			`{"id":"countersign-canary-00ff-in","type":"http in","z":"countersign-canary-00ff","url":"/countersign-canary-00ff","method":"get","x":1,"y":1,"wires":[[]]}]`)
		report, err := c.Validate(t.Context(), target(), left)
		require.NoError(t, err)
		require.NotEmpty(t, report.Problems, "no artifact may carry a canary")
		raw(t, c, left)
		run, err := c.Probe(t.Context(), target(), "PAT-1/probe/2", func() {})
		require.NoError(t, err)
		o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
		require.Equal(t, compliance.CheckPass, o, why)
		require.Equal(t, p.Artifact.Content, run.After)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, p.Artifact.Content, live.Content)
	})
}

// raw puts a flow set on the target past the client's checks.
func raw(t *testing.T, c *nodered.Client, flows []byte) {
	t.Helper()
	require.NoError(t, nodered.Overwrite(t.Context(), c, target(), flows))
}

// P3: the canary is taken away also when the probe is given up in the middle.
func TestP3_ProbeThatIsGivenUpLeavesNothing(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		p := pack(t, c, flow("a", "/orders", "one"))
		deploy(t, c, p, "k1")
		ctx, cancel := context.WithCancel(t.Context())
		beats := 0
		run, err := c.Probe(ctx, target(), "PAT-1/probe/3", func() {
			if beats++; beats == 2 { // saved, about to be called
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, run.Left)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, p.Artifact.Content, live.Content)
	})
}

// The way back of a target that had nothing is to take everything off it again.
func TestP7_TheWayBackMayBeToNothing(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		before := pack(t, c)
		deploy(t, c, pack(t, c, flow("a", "/orders", "one")), "k1")
		_, err := c.Rollback(t.Context(), target(), before, "k2")
		require.NoError(t, err)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, before.Artifact.Content, live.Content)
	})
}

// P23: a backup is proved by restoring it elsewhere, where nothing of it runs.
func TestP23_BackupIsRestoredIntoScratch(t *testing.T) {
	bothWithScratch(t, func(t *testing.T, c *nodered.Client) {
		deploy(t, c, pack(t, c, flow("a", "/orders", "one"), `{"id":"m","type":"mqtt-broker","name":"shared"}`), "k1")
		backup, version, err := c.Snapshot(t.Context(), target())
		require.NoError(t, err)
		for range 2 { // at will
			read, err := c.TryRestore(t.Context(), scratch(), backup, "k2", func() {})
			require.NoError(t, err)
			require.Equal(t, version.Content, read)
		}
		after, err := c.Live(t.Context(), scratch())
		require.NoError(t, err)
		empty := pack(t, c)
		require.Equal(t, empty.Artifact.Content, after.Content, "cleared away")

		// A target in use is no scratch target.
		_, err = c.TryRestore(t.Context(), target(), backup, "k3", func() {})
		require.Equal(t, compliance.Refused, compliance.ClassOf(err), "%v", err)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, version, live.PlatformVersion)
	})
}

// P23: while it is tried out, nothing of the backup runs.
func TestP23_NothingRunsInScratch(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		backup := pack(t, c, flow("a", "/orders", "one"))
		quiet, err := nodered.SwitchedOff(backup.Data)
		require.NoError(t, err)
		raw(t, c, quiet)
		deployed, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.True(t, deployed.Ready)
		o, why := outcome(t, c, suite("/orders", "one"))
		require.Equal(t, compliance.CheckFail, o)
		require.Contains(t, why, "status 404 instead of 200")
	})
}

// What a suite finds wrong: a flow that never answers, a route that is not there.
func TestSuiteOutcomes(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		dead := `{"id":"d","type":"tab"},{"id":"d-in","type":"http in","z":"d","url":"/dead","method":"get","x":1,"y":1,"wires":[[]]}`
		deploy(t, c, pack(t, c, flow("a", "/orders", "one"), dead), "k1")
		s := suite("/orders", "one")
		s.Cases = append(s.Cases, compliance.SuiteCase{Name: "dead", Method: "GET", Path: "/dead", WithinMS: 300, Expect: compliance.Expectation{Status: 200}})
		results, err := c.RunSuite(t.Context(), target(), s, func() {})
		require.NoError(t, err)
		require.Equal(t, compliance.CheckPass, results[0].Outcome)
		require.Equal(t, compliance.CheckError, results[1].Outcome)
		require.True(t, results[1].Late)
		require.Equal(t, "no answer within 300ms", results[1].Detail)
		o, _ := compliance.JudgeCases(2, results, true)
		require.Equal(t, compliance.CheckFail, o, "the target is well, so the flow is at fault")
		o, _ = compliance.JudgeCases(2, results, false)
		require.Equal(t, compliance.CheckError, o)

		began := time.Now()
		o, why := outcome(t, c, suite("/nowhere", "one"))
		require.Equal(t, compliance.CheckFail, o)
		require.Contains(t, why, "status 404 instead of 200")
		require.GreaterOrEqual(t, time.Since(began), 2*time.Second, "a route may take a moment to appear")
	})
}

// Order: what Node-RED does not care about does not change the digest on Node-RED either.
func TestEquivalentOrdersAreOneContent(t *testing.T) {
	both(t, func(t *testing.T, c *nodered.Client) {
		a := pack(t, c, flow("a", "/a", "one"), flow("b", "/b", "two"))
		deploy(t, c, a, "k1")
		var list []json.RawMessage
		require.NoError(t, json.Unmarshal(a.Data, &list))
		mixed := []json.RawMessage{list[0], list[4], list[5], list[1], list[6], list[2], list[7], list[3]}
		data, err := json.Marshal(mixed)
		require.NoError(t, err)
		raw(t, c, data)
		live, err := c.Live(t.Context(), target())
		require.NoError(t, err)
		require.Equal(t, a.Artifact.Content, live.Content)
		o, why := outcome(t, c, suite("/b", "two"))
		require.Equal(t, compliance.CheckPass, o, why)
	})
}

func names(steps []compliance.CaseResult) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return out
}
