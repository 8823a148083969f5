package alertmanager_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/alertmanager"
)

func TestRequestsThatAreRefused(t *testing.T) {
	good := `{"version":"4","groupKey":"g","alerts":[{"status":"firing","labels":{"alertname":"x"}}]}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		cfg    func(*alertmanager.Config)
		status int
		reason string
	}{
		"the token before": {body: good, change: header("Authorization", "bearer old-token-0123456789"), status: 200, reason: alertmanager.RequestAccepted},
		"nothing in it":    {body: `{"alerts":[]}`, status: 200, reason: alertmanager.RequestAccepted},
		"not a POST":       {body: good, change: func(r *http.Request) { r.Method = http.MethodPut }, status: 405, reason: alertmanager.RequestMethod},
		"not JSON's type":  {body: good, change: header("Content-Type", "text/plain"), status: 415, reason: alertmanager.RequestContentType},
		"no token":         {body: good, change: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, reason: alertmanager.RequestUnauthorised},
		"basic":            {body: good, change: header("Authorization", "Basic "+token), status: 401, reason: alertmanager.RequestUnauthorised},
		"a signature only": {body: good, change: func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set(alertmanager.SignatureHeader, "sha256=00")
		}, status: 401, reason: alertmanager.RequestUnauthorised},
		"wrong token":         {body: good, change: header("Authorization", "Bearer "+token+"x"), status: 401, reason: alertmanager.RequestBadToken},
		"empty token":         {body: good, change: header("Authorization", "Bearer "), status: 401, reason: alertmanager.RequestBadToken},
		"none configured":     {body: good, cfg: func(c *alertmanager.Config) { c.Tokens = nil }, status: 503, reason: alertmanager.RequestUnconfigured},
		"too large":           {body: strings.Repeat(" ", 1<<20+1), status: 413, reason: alertmanager.RequestTooLarge},
		"broken off":          {change: func(r *http.Request) { r.Body = io.NopCloser(brokenOff{}) }, status: 503, reason: alertmanager.RequestUnreadable},
		"not JSON":            {body: `{"alerts":[`, status: 400, reason: alertmanager.RequestMalformed},
		"no alerts":           {body: `{"version":"3"}`, status: 400, reason: alertmanager.RequestMalformed},
		"too many at once":    {body: `{"alerts":[` + strings.Repeat(`{},`, 2000) + `{}]}`, status: 400, reason: alertmanager.RequestMalformed},
		"an unknown receiver": {body: strings.Replace(good, `"version"`, `"receiver":"somebody-else","version"`, 1), status: 200, reason: alertmanager.RequestAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			i, cfg := newInbox()
			if c.cfg != nil {
				c.cfg(&cfg)
			}
			h, err := alertmanager.NewHandler(cfg, i)
			require.NoError(t, err)
			if c.change == nil {
				c.change = func(*http.Request) {}
			}
			w := post(h, c.body, c.change)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Equal(t, map[string]int{c.reason: 1}, i.counts)
			require.Equal(t, 1, strings.Count(w.Body.String(), "\n"), "one line says why")
			require.NotContains(t, w.Body.String()+i.log.String(), token)
			require.Equal(t, c.status == 200 && strings.Contains(c.body, "alertname"), len(i.all()) == 1)
			// What the source will not repeat becomes an alert of its own; what
			// comes without a valid token does not.
			lost := c.reason == alertmanager.RequestMalformed || c.reason == alertmanager.RequestTooLarge
			require.Equal(t, lost, len(i.raised()) == 1, "somebody is called")
			for _, ev := range i.raised() {
				require.True(t, ev.Firing)
				require.Equal(t, "Alerts of alertmanager cannot be taken", ev.Title)
				require.Contains(t, ev.Text, strings.TrimSpace(w.Body.String()), "and told why")
			}
		})
	}
}

// brokenOff is a body that breaks off.
type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestConfigurationIsChecked(t *testing.T) {
	i, _ := newInbox()
	for want, cfg := range map[string]alertmanager.Config{
		"ALERTS_TOKEN":     {Tokens: []string{"short"}},
		"name of a source": {Source: "Not One"},
	} {
		_, err := alertmanager.NewHandler(cfg, i)
		require.ErrorContains(t, err, want)
		_, err = alertmanager.NewGenericHandler(cfg, i)
		require.ErrorContains(t, err, want)
	}
	_, err := alertmanager.NewHandler(alertmanager.Config{}, nil)
	require.ErrorContains(t, err, "dispatcher")
	grafana, err := alertmanager.NewHandler(alertmanager.Config{Source: "grafana", Tokens: []string{token}}, i)
	require.NoError(t, err)
	require.Equal(t, 200, post(grafana, `{"orgId":1,"state":"alerting","alerts":[{"status":"firing","labels":{"alertname":"x"},"values":{"A":1},"panelURL":""}]}`).Code)
	require.Equal(t, "grafana", i.all()[0].Source)
}

// A time that cannot be keeps no alert from paging, and none of the others.
func TestImpossibleTimesCountAsNotGiven(t *testing.T) {
	for _, when := range []string{`"tomorrow"`, `"2026-02-30T00:00:00Z"`, `"10000-01-01T00:00:00Z"`, `17`, `null`} {
		i, h := alertmanagerHandler(t)
		w := post(h, `{"alerts":[{"status":"firing","labels":{"alertname":"x"},"startsAt":`+when+`},{"status":"firing","labels":{"alertname":"y"},"startsAt":"2026-11-20T10:00:00Z"}]}`)
		require.Equal(t, 200, w.Code, when)
		require.Len(t, i.all(), 2, when)
		require.Empty(t, i.raised())
		began := map[string]bool{}
		for _, ev := range i.all() {
			began[ev.Title] = !ev.StartsAt.IsZero()
		}
		require.Equal(t, map[string]bool{"x": false, "y": true}, began, when)
	}
}

// What cannot be taken, and cannot be put into an alert of its own either, is
// asked for again; the same fault again is the same alert.
func TestWhatCannotBeTakenIsNeverLost(t *testing.T) {
	i, h := alertmanagerHandler(t)
	down := true
	i.fail = func(compliance.AlertEvent) error {
		if down {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "take an alert"}
		}
		return nil
	}
	w := post(h, `{"alerts":[`)
	require.Equal(t, 503, w.Code, "the source sends it again")
	down = false
	require.Equal(t, 400, post(h, `{"alerts":[`).Code)
	require.Equal(t, 400, post(h, `{"alerts":{}}`).Code)
	raised := i.raised()
	require.Len(t, raised, 2)
	require.Equal(t, raised[0].Key, raised[1].Key, "one alert, counted twice")
}

// The gateway reads no body that is too large: the handler is told, and calls
// somebody where the sender has a token.
func TestABodyThatWasNotRead(t *testing.T) {
	i, h := alertmanagerHandler(t)
	for _, with := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodPost, "/alerts/x", http.NoBody)
		if with {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		h.(interface {
			ServeOversized(http.ResponseWriter, *http.Request)
		}).ServeOversized(w, r)
		require.Equal(t, 413, w.Code)
		require.Equal(t, with, len(i.raised()) == 1)
	}
}

// A path below /alerts/ that is no source's is answered 404 and, where the
// sender has a token, somebody is called: a receiver is misspelt somewhere.
func TestAPathOfNoSource(t *testing.T) {
	i, cfg := newInbox()
	h, err := alertmanager.NewElsewhere(cfg, i)
	require.NoError(t, err)
	require.Equal(t, 404, post(h, `{}`, func(r *http.Request) { r.Header.Del("Authorization") }).Code)
	require.Empty(t, i.raised())
	require.Equal(t, 404, post(h, `{}`).Code)
	require.Len(t, i.raised(), 1)
	require.Equal(t, map[string]int{alertmanager.RequestElsewhere: 2}, i.counts)
	_, err = alertmanager.NewElsewhere(alertmanager.Config{}, nil)
	require.ErrorContains(t, err, "dispatcher")
}
