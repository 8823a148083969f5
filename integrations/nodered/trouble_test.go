package nodered_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

// bench is a stand-in with faults before it.
type bench struct {
	stand  *noderedtest.Server
	faults *faults.Injector
	server *httptest.Server
	client *nodered.Client
}

func newBench(t *testing.T) bench {
	t.Helper()
	stand, err := noderedtest.New(noderedtest.Options{Token: token})
	require.NoError(t, err)
	b := bench{stand: stand, faults: faults.New(stand, nil)}
	b.server = httptest.NewServer(b.faults)
	t.Cleanup(func() {
		b.faults.Close()
		b.server.Close()
	})
	b.client = connect(t, b.server.URL, b.server.URL, 500*time.Millisecond, nil)
	return b
}

func save(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/flows" }

// Status 200 with a page, as platforms answer while they start, is no success.
func TestPageWithStatus200IsUnavailable(t *testing.T) {
	b := newBench(t)
	p := known(t, "["+flow("a", "/orders", "one")+"]")
	_, seen, err := b.client.Snapshot(t.Context(), target())
	require.NoError(t, err)
	b.stand.Set(noderedtest.Trouble{Starting: true})
	_, err = b.client.Live(t.Context(), target())
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	_, err = b.client.Find(t.Context(), target(), p, "k")
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	_, err = b.client.Deploy(t.Context(), target(), p, "k", seen)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	require.Zero(t, b.stand.Deployments())
}

// JSON that is not the API's is no success either.
func TestForeignJSONIsUnavailable(t *testing.T) {
	for name, body := range map[string]string{
		"another thing": `{"ok":true}`, "a list": `[]`, "no revision": `{"flows":[]}`, "no flows": `{"rev":"abc"}`,
		"flows are none": `{"flows":{"a":1},"rev":"abc"}`, "null": `null`, "no nodes": `{"flows":[1,2],"rev":"abc"}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprint(w, body)
			}))
			t.Cleanup(server.Close)
			_, err := connect(t, server.URL, server.URL, time.Second, nil).Live(t.Context(), target())
			require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
		})
	}
}

// Accepted and kept, and never started: polling does not call that served.
func TestAcceptedIsNotServed(t *testing.T) {
	b := newBench(t)
	b.stand.Set(noderedtest.Trouble{State: "stop"})
	p := known(t, "["+flow("a", "/orders", "one")+"]")
	_, seen, err := b.client.Snapshot(t.Context(), target())
	require.NoError(t, err)
	op, err := b.client.Deploy(t.Context(), target(), p, "k", seen)
	require.NoError(t, err)
	op, err = b.client.Poll(t.Context(), target(), op)
	require.NoError(t, err)
	require.Equal(t, compliance.OpRunning, op.State)
	require.Contains(t, op.Detail, "stop")
	b.stand.Set(noderedtest.Trouble{})
	op, err = b.client.Poll(t.Context(), target(), op)
	require.NoError(t, err)
	require.Equal(t, compliance.OpSucceeded, op.State)
	require.Empty(t, op.Detail)
}

// A route that appears late is waited for; the flow is called once.
func TestSuiteWaitsForRoutes(t *testing.T) {
	stand, err := noderedtest.New(noderedtest.Options{Token: token, Lag: 600 * time.Millisecond})
	require.NoError(t, err)
	server := httptest.NewServer(stand)
	t.Cleanup(server.Close)
	c := connect(t, server.URL, server.URL, 0, nil)
	require.NoError(t, stand.Save("["+flow("a", "/orders", "one")+"]"))
	o, why := outcome(t, c, suite("/orders", "one"))
	require.Equal(t, compliance.CheckPass, o, why)
}

// What is tested never sees the platform's token, nor does an error show it.
func TestTokenGoesToTheAdminAPIOnly(t *testing.T) {
	b := newBench(t)
	var seen atomic.Bool
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), token) {
				seen.Store(true)
			}
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(outside.Close)
	c, err := nodered.New(nodered.Config{Addresses: map[string]nodered.Address{"ORDERS": {URL: b.server.URL, CallURL: outside.URL + "/", Token: token}}})
	require.NoError(t, err)
	s := suite("/orders", "one")
	s.Cases[0].Expect = compliance.Expectation{Status: http.StatusTeapot}
	o, why := outcome(t, c, s)
	require.Equal(t, compliance.CheckPass, o, why)
	require.False(t, seen.Load())
}

// P3: a platform on which saving is broken fails the probe, while it serves well.
func TestP3_BrokenSavingFailsTheProbe(t *testing.T) {
	for _, status := range []int{400, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			b := newBench(t)
			require.NoError(t, b.stand.Save("["+flow("a", "/orders", "one")+"]"))
			o, why := outcome(t, b.client, suite("/orders", "one"))
			require.Equal(t, compliance.CheckPass, o, why)
			b.stand.Set(noderedtest.Trouble{Saving: status})
			run, err := b.client.Probe(t.Context(), target(), "k", func() {})
			require.NoError(t, err)
			o, why = compliance.JudgeCases(run.Wanted, run.Steps, true)
			require.Equal(t, compliance.CheckFail, o, why)
			require.Contains(t, why, "save: ")
			require.Equal(t, run.Before, run.After)
		})
	}
}

// P3: saved and never published is a failure, not a pass.
func TestP3_StuckPublishingFailsTheProbe(t *testing.T) {
	b := newBench(t)
	b.stand.Set(noderedtest.Trouble{Stuck: true})
	run, err := b.client.Probe(t.Context(), target(), "k", func() {})
	require.NoError(t, err)
	o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
	require.Equal(t, compliance.CheckFail, o)
	require.Equal(t, "call: what was saved and published is not served", why)
	require.False(t, run.Left)
	require.Equal(t, "[]", b.stand.Flows())
}

// P3: a save whose answer was lost is looked for, and the canary never stays.
func TestP3_LostAnswersOfTheProbe(t *testing.T) {
	for _, f := range []faults.Fault{
		{Kind: faults.Reset, After: true}, {Kind: faults.Reset}, {Kind: faults.Hang, After: true}, {Kind: faults.HTML, After: true},
		{Kind: faults.CutJSON}, {Kind: faults.Status, Status: 502, After: true}, {Kind: faults.Status, Status: 409},
	} {
		t.Run(fmt.Sprintf("%s %d after=%v", f.Kind, f.Status, f.After), func(t *testing.T) {
			b := newBench(t)
			require.NoError(t, b.stand.Save("["+flow("a", "/orders", "one")+"]"))
			before := b.stand.Flows()
			f.Match, f.Times = save, 1
			b.faults.Add(f)
			run, err := b.client.Probe(t.Context(), target(), "k", func() {})
			require.NoError(t, err)
			o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
			if f.After || f.Kind == faults.CutJSON || f.Status == 409 {
				require.Equal(t, compliance.CheckPass, o, why)
			} else {
				require.Equal(t, compliance.CheckError, o, why)
			}
			require.False(t, run.Left)
			require.Equal(t, before, b.stand.Flows())
		})
	}
}

// P3: a canary that cannot be taken away is said so, loudly.
func TestP3_CanaryThatStaysIsReported(t *testing.T) {
	b := newBench(t)
	b.faults.Add(faults.Fault{Kind: faults.Status, Status: 500, Times: -1, Match: func(r *http.Request) bool {
		return save(r) && b.stand.Deployments() >= 2 // what takes it away
	}})
	run, err := b.client.Probe(t.Context(), target(), "k", func() {})
	require.NoError(t, err)
	require.True(t, run.Left)
	last := run.Steps[len(run.Steps)-1]
	require.Equal(t, "take away", last.Name)
	require.Equal(t, compliance.CheckError, last.Outcome)
}

// A target whose reference is not configured waits for a person; nobody is called.
func TestUnknownReferenceIsBlocked(t *testing.T) {
	b := newBench(t)
	_, err := b.client.Live(t.Context(), compliance.Target{ID: "billing", Platform: nodered.Kind, Address: "BILLING"})
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err))
	require.ErrorContains(t, err, `"BILLING"`)
	require.ErrorContains(t, err, `"billing"`)
}

func TestConfigIsChecked(t *testing.T) {
	for name, a := range map[string]nodered.Address{
		"no URL": {}, "no scheme": {URL: "flows.example.com"}, "credentials": {URL: "https://bot:pass@flows.example.com"},
		"query": {URL: "https://flows.example.com?x=1"}, "ftp": {URL: "ftp://flows.example.com"},
		"call URL": {URL: "https://flows.example.com", CallURL: "flows"}, "token": {URL: "https://flows.example.com", Token: "a b"},
	} {
		_, err := nodered.New(nodered.Config{Addresses: map[string]nodered.Address{"ORDERS": a}})
		require.ErrorContains(t, err, "ORDERS", name)
		require.NotContains(t, err.Error(), "pass", name)
	}
	_, err := nodered.New(nodered.Config{Addresses: map[string]nodered.Address{"orders-1": {URL: "https://flows.example.com"}}})
	require.ErrorContains(t, err, "capital letters")
}

// Altered bytes are not deployed under the artifact's name, nor are secrets.
func TestArtifactsAreRefused(t *testing.T) {
	b := newBench(t)
	good := known(t, "["+flow("a", "/orders", "one")+"]")
	_, seen, err := b.client.Snapshot(t.Context(), target())
	require.NoError(t, err)
	for name, p := range map[string]compliance.Package{
		"altered":     {Artifact: good.Artifact, Data: []byte("[" + flow("a", "/orders", "evil") + "]")},
		"no JSON":     {Artifact: good.Artifact, Data: []byte("[")},
		"empty":       {Artifact: good.Artifact},
		"credentials": known(t, `[{"id":"b","type":"mqtt-broker","credentials":{"password":"p"}}]`),
		"no id":       known(t, `[{"type":"tab"}]`),
		"twice":       known(t, `[{"id":"t","type":"tab"},{"id":"t","type":"tab"}]`),
	} {
		_, err := b.client.Deploy(t.Context(), target(), p, "k", seen)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "%s: %v", name, err)
		_, err = b.client.Rollback(t.Context(), target(), p, "k")
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "%s: %v", name, err)
	}
	require.Zero(t, b.stand.Deployments())
}

// The time that a restore outlives its caller, or a probe, is bounded.
func TestDeadlinesEndCalls(t *testing.T) {
	b := newBench(t)
	b.faults.Add(faults.Fault{Kind: faults.Hang, Times: -1})
	began := time.Now()
	_, err := b.client.Live(deadline(t, 100*time.Millisecond), target())
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	_, err = b.client.RunSuite(deadline(t, 100*time.Millisecond), target(), suite("/orders", "one"), func() {})
	require.Error(t, err)
	require.Less(t, time.Since(began), 2*time.Second)
}

// P3: where flows want a credential of their callers, the probe could not be run: that is no failure.
func TestP3_ProtectedFlowsAreAnError(t *testing.T) {
	b := newBench(t)
	b.faults.Add(faults.Fault{Kind: faults.Status, Status: 401, Times: -1, Match: func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, nodered.CanaryPath)
	}})
	run, err := b.client.Probe(t.Context(), target(), "k", func() {})
	require.NoError(t, err)
	o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
	require.Equal(t, compliance.CheckError, o)
	require.Contains(t, why, "want a credential")
	require.False(t, run.Left)
}

// Somebody who edits all the time keeps the probe from saving, and loses nothing by it.
func TestP3_BusyEditorIsAnError(t *testing.T) {
	b := newBench(t)
	b.faults.Add(faults.Fault{Kind: faults.Status, Status: 409, Times: 5, Match: save})
	run, err := b.client.Probe(t.Context(), target(), "k", func() {})
	require.NoError(t, err)
	o, why := compliance.JudgeCases(run.Wanted, run.Steps, true)
	require.Equal(t, compliance.CheckError, o)
	require.Contains(t, why, "somebody else saved at every attempt")
	require.False(t, run.Left)
}
