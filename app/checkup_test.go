package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/policy"
)

func looked(t *testing.T, look func(context.Context) []checkup.Check) checkup.Check {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	checks := look(ctx)
	require.NotEmpty(t, checks)
	return checks[0]
}

func TestTheGatewayIsLookedAtWhereTheWorldReachesIt(t *testing.T) {
	answers := func(status int, kind, body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, "/readyz", r.URL.Path)
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	for name, c := range map[string]struct {
		address string
		reason  checkup.Reason
	}{
		"ready":      {answers(http.StatusOK, "text/plain", "ready\n"), ""},
		"not ready":  {answers(http.StatusServiceUnavailable, "text/plain", "process engine not reachable\n"), checkup.Broken},
		"lacking":    {answers(http.StatusOK, "text/plain", "ready, without a connection to Slack\n"), checkup.Broken},
		"a page":     {answers(http.StatusOK, "text/html", "<html>sign in</html>"), checkup.ElsewhereAPI},
		"a redirect": {answers(http.StatusFound, "text/html", ""), checkup.ElsewhereAPI},
		"away":       {"http://127.0.0.1:1", checkup.Unreachable},
		"not set":    {"", checkup.Unseen},
	} {
		t.Run(name, func(t *testing.T) {
			a := &App{cfg: Config{PublicURL: c.address}, log: slog.New(slog.DiscardHandler), measured: newMeasured()}
			got := looked(t, a.lookAtGateway)
			require.Equal(t, c.reason, got.Reason, "%+v", got)
		})
	}
}

func TestAnEditThatIsNotInForceIsFound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, policy.WriteExample(dir))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: time.Nanosecond})
	require.NoError(t, err)
	a := &App{source: source, log: slog.New(slog.DiscardHandler)}
	a.rules, err = source.Rules(t.Context())
	require.NoError(t, err)
	require.Equal(t, checkup.OK, looked(t, a.lookAtPolicy).Result)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "organisation.yaml"), []byte("kind: nothing\n"), 0o600))
	require.Eventually(t, func() bool { return looked(t, a.lookAtPolicy).Reason == checkup.Broken }, 10*time.Second, 20*time.Millisecond)
}

func TestTargetsWithoutAnAddressAreFound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, policy.WriteExample(dir))
	rules, _, err := policy.Load(dir)
	require.NoError(t, err)
	all := unset(rules, nil)
	require.Contains(t, all, "YARD_GATE")
	require.NotContains(t, unset(rules, map[string]PlatformAddress{"YARD_GATE": {URL: "https://flows.example"}}), "YARD_GATE")
}
