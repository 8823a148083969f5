package slack_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// signed is a submitted form, ready to be sent or spoiled.
func signed(t testing.TB, s *stand) slacktest.SignedRequest {
	t.Helper()
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	_, err = s.Submit(alice, view, attested())
	require.NoError(t, err)
	return s.Last()
}

// What Slack did not send in this form and within five minutes is not looked at.
func TestForgedAndBrokenRequestsAreRefused(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	good := signed(t, s)
	acts := len(s.desk.submitted())
	resign := func(body string, secret string, at time.Time) slacktest.SignedRequest {
		return slacktest.SignedRequest{Header: slacktest.Sign(secret, at, []byte(body)), Body: []byte(body)}
	}
	secret, now := s.SigningSecret(), time.Now()
	without := func(header string) slacktest.SignedRequest {
		r := slacktest.SignedRequest{Header: good.Header.Clone(), Body: good.Body}
		r.Header.Del(header)
		return r
	}
	for name, c := range map[string]struct {
		request slacktest.SignedRequest
		status  int
		reason  string
	}{
		"no signature":    {without("X-Slack-Signature"), 401, "unsigned"},
		"no timestamp":    {without("X-Slack-Request-Timestamp"), 401, "unsigned"},
		"wrong secret":    {resign(string(good.Body), "another", now), 401, "bad-signature"},
		"replayed later":  {resign(string(good.Body), secret, now.Add(-6*time.Minute)), 401, "stale"},
		"from the future": {resign(string(good.Body), secret, now.Add(6*time.Minute)), 401, "stale"},
		"changed body":    {slacktest.SignedRequest{Header: good.Header, Body: append(bytes.Clone(good.Body), '1')}, 401, "bad-signature"},
		"not a form": {func() slacktest.SignedRequest {
			r := without("X")
			r.Header.Set("Content-Type", "application/json")
			return r
		}(), 415, "content-type"},
		"too large":           {resign("payload="+strings.Repeat("x", 1<<20), secret, now), 413, "too-large"},
		"no payload":          {resign("a=b", secret, now), 400, "malformed"},
		"payload is not JSON": {resign("payload=%7B", secret, now), 400, "malformed"},
		"form names no subject": {
			resign(url.Values{"payload": {`{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","type":"modal","callback_id":"countersign_form","private_metadata":"{}"}}`}}.Encode(), secret, now),
			400, "malformed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.reasons())
			status, body, err := s.Send(c.request)
			require.NoError(t, err)
			require.Equal(t, c.status, status, "%s", body)
			require.Equal(t, 1, strings.Count(strings.TrimSpace(string(body)), "\n")+1, "one line")
			require.NotContains(t, string(body), secret)
			require.Equal(t, []string{c.reason}, s.reasons()[before:])
		})
	}
	require.Len(t, s.desk.submitted(), acts, "nothing refused was acted on")
}

func TestOnlyPOST(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/slack/interactions", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, http.MethodPost, w.Header().Get("Allow"))
}

// A signed body must not carry a payload past its signature in the query.
func TestPayloadInTheQueryIsIgnored(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	good := signed(t, s)
	acts := len(s.desk.submitted())
	form, err := url.ParseQuery(string(good.Body))
	require.NoError(t, err)
	body := []byte("harmless=1")
	r := httptest.NewRequest(http.MethodPost, "/slack/interactions?payload="+url.QueryEscape(form.Get("payload")), bytes.NewReader(body))
	r.Header = slacktest.Sign(s.SigningSecret(), time.Now(), body)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Len(t, s.desk.submitted(), acts)
}

// What is not ours is acknowledged and does nothing.
func TestForeignInteractionsAreAcknowledged(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	for _, name := range payloads(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			require.NoError(t, err)
			status, body, err := s.Send(formOf(s, raw))
			require.NoError(t, err)
			require.Contains(t, []int{200, 400}, status, "%s", body)
		})
	}
	require.Empty(t, s.desk.submitted())
}

func payloads(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/payloads/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

func formOf(s *stand, payload []byte) slacktest.SignedRequest {
	body := []byte(url.Values{"payload": {string(payload)}}.Encode())
	return slacktest.SignedRequest{Header: slacktest.Sign(s.SigningSecret(), time.Now(), body), Body: body}
}

// FuzzInteraction: no signed payload makes the handler panic or answer with
// anything but 200 or 400, and every act that it makes of one names its
// subject, action, actor and delivery.
func FuzzInteraction(f *testing.F) {
	for _, name := range payloads(f) {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(raw)
	}
	s := newStand(f, slacktest.Options{})
	good, err := url.ParseQuery(string(signed(f, s).Body))
	require.NoError(f, err)
	f.Add([]byte(good.Get("payload")))
	// Its calls go nowhere: a fuzzed trigger is never valid.
	require.NoError(f, s.Close())
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := len(s.desk.submitted())
		req := formOf(s, payload)
		r := httptest.NewRequest(http.MethodPost, "/slack/interactions", bytes.NewReader(req.Body))
		r.Header = req.Header
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400}, w.Code)
		for _, in := range s.desk.submitted()[before:] {
			require.NotEmpty(t, in.Subject)
			require.NotEmpty(t, in.Action)
			require.NotEmpty(t, in.Actor.ID)
			require.Regexp(t, `^slack/.+/[0-9a-f]{64}$`, in.Delivery)
		}
	})
}

func TestConfigurationFaultsAreNamed(t *testing.T) {
	_, err := slack.New(slack.Config{APIURL: "slack.com", Channels: map[string]string{"changes": ""}})
	require.ErrorContains(t, err, "SLACK_BOT_TOKEN")
	require.ErrorContains(t, err, "SLACK_API_URL")
	require.ErrorContains(t, err, `channel "changes"`)
	_, err = slack.NewHandler(slack.Config{}, nil, nil)
	require.ErrorContains(t, err, "SLACK_SIGNING_SECRET")
	_, err = slack.NewHandler(slack.Config{SigningSecret: "s"}, nil, nil)
	require.ErrorContains(t, err, "needs a client and a dispatcher")
}
