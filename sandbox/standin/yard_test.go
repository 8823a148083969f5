package standin_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

func start(t *testing.T, dir string, o standin.Options) *standin.Site {
	t.Helper()
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	o.Rules, o.Directory, o.Dir, o.Logger, o.Platforms = rules, directory, dir, slog.New(slog.DiscardHandler), true
	s, err := standin.Start(o)
	require.NoError(t, err)
	return s
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// The installations of the policy run, each with the first version, and keep what
// they hold and what is wrong with them over a restart.
func TestYardKeepsItsState(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, standin.Options{})
	require.Len(t, s.Yard, 6)
	env := s.Environment()
	for _, ref := range []string{"YARD_STAGING", "YARD_CANARY", "YARD_CHICAGO", "YARD_GATE", "YARD_DEV", "YARD_SCRATCH"} {
		require.NotEmpty(t, env["PLATFORM_"+ref+"_URL"])
		require.Equal(t, standin.NodeREDToken, env["PLATFORM_"+ref+"_TOKEN"])
	}
	gate, ok := s.Yard.Platform("yard-gate")
	require.True(t, ok)
	require.Contains(t, gate.Standin.Flows(), standin.FirstVersion)
	scratch, _ := s.Yard.Platform("yard-scratch")
	require.Equal(t, "[]", scratch.Standin.Flows())
	require.NoError(t, gate.Save(context.Background(), standin.Flows("2.0", standin.Works)))
	require.NoError(t, gate.Break(noderedtest.Trouble{Failing: true}))
	require.NoError(t, s.Close())

	s = start(t, dir, standin.Options{Elsewhere: func(ref string) bool { return ref == "YARD_STAGING" }})
	defer func() { require.NoError(t, s.Close()) }()
	_, ok = s.Yard.Platform("yard-staging")
	require.False(t, ok, "its address is given, so it does not run here")
	gate, _ = s.Yard.Platform("yard-gate")
	require.Equal(t, noderedtest.Trouble{Failing: true}, gate.Standin.Trouble())
	status, _ := get(t, gate.URL+"/yard/status")
	require.Equal(t, http.StatusInternalServerError, status)
	require.NoError(t, gate.Break(noderedtest.Trouble{}))
	_, body := get(t, gate.URL+"/yard/status")
	require.Contains(t, body, `"version":"2.0"`)
}

// Each way in which a version can behave is what the policy's tests tell apart.
func TestVersionsBehaveAsTheySay(t *testing.T) {
	s := start(t, t.TempDir(), standin.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	for health, want := range map[standin.Health]struct {
		status int
		says   []string
	}{
		standin.Works: {200, []string{`"ok":true`, "gate"}}, standin.Sick: {200, []string{`"ok":false`}},
		standin.Wrong: {200, []string{`"ok":true`}}, standin.Mute: {404, nil},
	} {
		stand, err := noderedtest.New(noderedtest.Options{})
		require.NoError(t, err)
		require.NoError(t, stand.Save(standin.Flows("3.0", health)))
		stand.Set(noderedtest.Trouble{}) // what was saved runs at once
		server := httptest.NewServer(stand)
		status, body := get(t, server.URL+"/yard/status")
		server.Close()
		require.Equal(t, want.status, status, "%s", health)
		for _, text := range want.says {
			require.Contains(t, body, text, "%s", health)
		}
		if health == standin.Wrong {
			require.NotContains(t, body, "gate")
		}
	}
}

// What monitoring noticed is there after a restart, so that an
// alert of before can still be taken back.
func TestAlertsAreKept(t *testing.T) {
	taken := 0
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/alerts/alertmanager" && r.Header.Get("Authorization") == "Bearer "+standin.AlertsToken {
			taken++
		}
	}))
	defer gateway.Close()
	dir := t.TempDir()
	alert := standin.Alert{Name: "Orders hang", System: "order-portal", Severity: "critical"}
	s := start(t, dir, standin.Options{Gateway: gateway.URL})
	require.NoError(t, s.Monitoring.Fire(t.Context(), alert))
	require.NoError(t, s.Close())
	s = start(t, dir, standin.Options{Gateway: gateway.URL})
	require.Len(t, s.Monitoring.Alerts(), 1)
	require.NoError(t, s.Monitoring.Resolve(t.Context(), alert))
	require.False(t, s.Monitoring.Alerts()[0].Over.IsZero())
	require.Equal(t, 2, taken, "the first notification, and that it is over")
	require.NoError(t, s.Close())
}
