package nodered_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
)

const (
	token   = "sesame-0123456789"
	another = "countersign-0987654321"
)

func target() compliance.Target {
	return compliance.Target{ID: "orders", Platform: nodered.Kind, Address: "ORDERS"}
}

func scratch() compliance.Target {
	return compliance.Target{ID: "scratch", Platform: nodered.Kind, Address: "SCRATCH"}
}

// connect makes a client of a target and a scratch target.
func connect(t *testing.T, url, scratchURL string, timeout time.Duration, log *slog.Logger) *nodered.Client {
	t.Helper()
	c, err := nodered.New(nodered.Config{
		Addresses: map[string]nodered.Address{"ORDERS": {URL: url, Token: token}, "SCRATCH": {URL: scratchURL, Token: another}},
		Settle:    2 * time.Second, Pause: 10 * time.Millisecond,
		HTTP: httpcall.Config{Timeout: timeout}, Logger: log,
	})
	require.NoError(t, err)
	return c
}

// both runs a story on a real instance and on a stand-in, each fresh.
func both(t *testing.T, story func(t *testing.T, c *nodered.Client)) {
	instances(t, false, story)
}

// bothWithScratch is both with a second instance as scratch target.
func bothWithScratch(t *testing.T, story func(t *testing.T, c *nodered.Client)) {
	instances(t, true, story)
}

func instances(t *testing.T, scratch bool, story func(t *testing.T, c *nodered.Client)) {
	run := func(start func(t *testing.T, token string) string) func(*testing.T) {
		return func(t *testing.T) {
			first, second := start(t, token), "http://127.0.0.1:1"
			if scratch {
				second = start(t, another)
			}
			story(t, connect(t, first, second, 0, nil))
		}
	}
	t.Run("stand-in", run(func(t *testing.T, token string) string { return serve(t, token).URL }))
	t.Run("real", run(func(t *testing.T, token string) string { return launch(t, noderedtest.Need(t), token) }))
}

func serve(t *testing.T, token string) *httptest.Server {
	t.Helper()
	s, err := noderedtest.New(noderedtest.Options{Token: token})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server
}

func launch(t *testing.T, install, token string) string {
	t.Helper()
	p, err := noderedtest.Launch(t.Context(), noderedtest.LaunchOptions{Install: install, Dir: t.TempDir(), Token: token})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop()) })
	return p.URL
}

// flow is a tab that answers GET on a path with a JSON word.
func flow(id, path, word string) string {
	return fmt.Sprintf(`{"id":%[1]q,"type":"tab","label":%[1]q},
		{"id":"%[1]s-in","type":"http in","z":%[1]q,"url":%[2]q,"method":"get","x":1,"y":1,"wires":[["%[1]s-set"]]},
		{"id":"%[1]s-set","type":"change","z":%[1]q,"rules":[{"t":"set","p":"payload","pt":"msg","to":"{\"word\":\"%[3]s\",\"n\":1}","tot":"json"}],"x":2,"y":1,"wires":[["%[1]s-out"]]},
		{"id":"%[1]s-out","type":"http response","z":%[1]q,"x":3,"y":1,"wires":[]}`, id, path, word)
}

// pack makes a package of flows, with the digest that the client gives them.
func pack(t *testing.T, c *nodered.Client, flows ...string) compliance.Package {
	t.Helper()
	data := []byte("[" + strings.Join(flows, ",") + "]")
	report, err := c.Validate(t.Context(), target(), data)
	require.NoError(t, err)
	if len(flows) == 0 {
		require.Contains(t, report.Problems[0].Text, "It holds no node", "nobody rolls out nothing by mistake")
		report.Problems = nil
	}
	require.Empty(t, report.Problems)
	require.Regexp(t, "^sha256:[0-9a-f]{64}$", report.Content)
	return compliance.Package{Artifact: compliance.Artifact{Content: report.Content}, Data: data}
}

// deploy puts a package on the target and waits until it is served.
func deploy(t *testing.T, c *nodered.Client, p compliance.Package, key string) compliance.Op {
	t.Helper()
	before, err := c.Live(t.Context(), target())
	require.NoError(t, err)
	op, err := c.Deploy(t.Context(), target(), p, key, before.PlatformVersion)
	require.NoError(t, err)
	require.Equal(t, compliance.OpRunning, op.State, "accepted is not served")
	return settled(t, c, op)
}

func settled(t *testing.T, c *nodered.Client, op compliance.Op) compliance.Op {
	t.Helper()
	require.Eventually(t, func() bool {
		next, err := c.Poll(t.Context(), target(), op)
		require.NoError(t, err)
		op = next
		return op.State.Over()
	}, 10*time.Second, 10*time.Millisecond)
	return op
}

func suite(path, word string) compliance.Suite {
	return compliance.Suite{Name: "smoke", Cases: []compliance.SuiteCase{{
		Name: "word of " + path, Method: "GET", Path: path, WithinMS: 2000,
		Expect: compliance.Expectation{Status: 200, ContentType: "application/json", JSON: []byte(`{"word":"` + word + `"}`)},
	}}}
}

// outcome runs a suite and judges it as on a target that is well.
func outcome(t *testing.T, c *nodered.Client, s compliance.Suite) (compliance.CheckOutcome, string) {
	t.Helper()
	results, err := c.RunSuite(t.Context(), target(), s, func() {})
	require.NoError(t, err)
	return compliance.JudgeCases(len(s.Cases), results, true)
}

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
