package tests

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// Requests that are unsigned, stale, replayed, oversized, malformed or
// unexpected get their status and one line, change nothing, and are counted.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Target"}))
	w.Card("Target", harness.Offers("approve"))
	w.Status(issue.Key, "in_review")
	before := w.Records(issue)

	form := "application/x-www-form-urlencoded"
	payload := func(s string) []byte { return []byte("payload=" + url.QueryEscape(s)) }
	jira := func(body []byte) http.Header {
		mac := hmac.New(sha256.New, []byte(standin.JiraWebhookSecret))
		mac.Write(body)
		return http.Header{"X-Hub-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}, "X-Atlassian-Webhook-Identifier": {"w-1"}}
	}
	signed := func(at time.Time, body []byte) http.Header {
		return slacktest.Sign(standin.SlackSigningSecret, at, body)
	}
	big := []byte(strings.Repeat("x", 2<<20))
	for _, c := range []struct {
		name, method, path, kind string
		body                     []byte
		head                     func([]byte) http.Header
		want                     int
	}{
		{"unsigned interaction", "POST", "/slack/interactions", form, payload(`{}`), nil, 401},
		{"stale interaction", "POST", "/slack/interactions", form, payload(`{}`), func(b []byte) http.Header { return signed(time.Now().Add(-6*time.Minute), b) }, 401},
		{"interaction signed for another body", "POST", "/slack/interactions", form, payload(`{}`), func([]byte) http.Header { return signed(time.Now(), []byte("other")) }, 401},
		{"malformed interaction", "POST", "/slack/interactions", form, payload(`{"type":`), func(b []byte) http.Header { return signed(time.Now(), b) }, 400},
		{"oversized interaction", "POST", "/slack/interactions", form, big, nil, 413},
		{"wrong method", "GET", "/slack/interactions", form, nil, nil, 405},
		{"wrong type", "POST", "/jira/webhook", "text/plain", []byte("{}"), nil, 415},
		{"unsigned webhook", "POST", "/jira/webhook", "application/json", []byte(`{}`), nil, 401},
		{"malformed webhook", "POST", "/jira/webhook", "application/json", []byte(`{"webhookEvent":`), jira, 400},
		{"oversized webhook", "POST", "/jira/webhook", "application/json", big, nil, 413},
		{"unknown path", "POST", "/nowhere", "application/json", []byte(`{}`), nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, w.Gateway+c.path, strings.NewReader(string(c.body)))
			require.NoError(t, err)
			if c.head != nil {
				req.Header = c.head(c.body)
			}
			req.Header.Set("Content-Type", c.kind)
			status, text := send(t, req)
			require.Equal(t, c.want, status, text)
			require.LessOrEqual(t, strings.Count(strings.TrimSpace(text), "\n"), 0, "one line: %q", text)
			require.NotContains(t, text, standin.SlackSigningSecret)
		})
	}

	// A replayed webhook and a webhook about a ticket that never was a change
	// are taken and change nothing.
	require.NoError(t, w.Site.Jira.Comment(w.Jira("alice"), issue.Key, "Looks fine to me: APPROVED"))
	other, err := w.Site.Jira.CreateIssue(w.Jira("alice"), harness.Ticket(map[string]string{"title": "No change"}))
	require.NoError(t, err)
	require.NoError(t, w.Site.Jira.EditIssue(w.Jira("alice"), other.Key, map[string]string{"risk": "low"}))
	require.Equal(t, before, w.Records(issue))

	req, err := http.NewRequest("GET", w.Gateway+"/metrics", nil)
	require.NoError(t, err)
	_, metrics := send(t, req)
	for _, want := range []string{`reason="unsigned"`, `reason="stale"`, `reason="too-large"`, `reason="malformed"`} {
		require.Contains(t, metrics, want)
	}
}

func send(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

// A broken policy and a broken configuration stop the start with every problem
// at once, where it is and how to mend it.
func TestBadConfigurationStopsTheStart(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	path := filepath.Join(w.Policy, "rules", "chains.yaml")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	broken := strings.Replace(strings.Replace(string(b), "quorum: 2", "quorum: 9", 1), "groups: [security]", "groups: [secruity]", 1)
	require.NoError(t, os.WriteFile(path, []byte(broken), 0o600))
	cfg, err := app.FromEnvironment(w.Env(), []string{app.RoleAll})
	require.NoError(t, err)
	_, err = app.New(context.Background(), cfg, app.Options{Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "chains.yaml:")
	require.ErrorContains(t, err, "secruity")
	require.ErrorContains(t, err, "9")

	_, err = app.FromEnvironment(harness.Env{"SLACK_BOT_TOKEN": "xoxb-1"}, []string{app.RoleAll, "evidnce"})
	for _, want := range []string{"COUNTERSIGN_POLICY", "COUNTERSIGN_EVIDENCE", "JIRA_URL", "SLACK_SIGNING_SECRET", `"evidnce"`} {
		require.ErrorContains(t, err, want)
	}
}
