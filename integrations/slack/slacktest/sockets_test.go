package slacktest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// opened asks for a connection with a bearer token.
func opened(t *testing.T, s *slacktest.Server, method, token string) (code, address string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.APIURL()+"apps.connections.open", nil)
	require.NoError(t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Error, URL string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer.Error, answer.URL
}

// connect dials an address and gives the first message.
func connect(t *testing.T, address string) (*websocket.Conn, map[string]any) {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	t.Cleanup(func() { _ = ws.Close() })
	return ws, message(t, ws)
}

func message(t *testing.T, ws *websocket.Conn) map[string]any {
	t.Helper()
	require.NoError(t, ws.SetReadDeadline(time.Now().Add(10*time.Second)))
	var m map[string]any
	require.NoError(t, ws.ReadJSON(&m))
	return m
}

// Only an app-level token with the scope opens connections, in the header of a
// POST, and opens nothing else; an address is good once.
func TestSocketsWhoMayConnect(t *testing.T) {
	s := start(t, slacktest.Options{SocketMode: true})
	for want, try := range map[string][2]string{
		"not_authed":             {http.MethodPost, ""},
		"not_allowed_token_type": {http.MethodPost, s.Token()},
		"invalid_auth":           {http.MethodPost, "xapp-1-other"},
		"insecure_request":       {http.MethodGet, s.AppToken()},
	} {
		code, _ := opened(t, s, try[0], try[1])
		require.Equal(t, want, code)
	}
	require.Equal(t, "not_authed", call(t, s, "apps.connections.open", map[string]string{"token": s.AppToken()}).Error, "never as an argument")
	require.Equal(t, "not_allowed_token_type", call(t, s, "auth.test", map[string]string{"token": s.AppToken()}).Error)
	less := start(t, slacktest.Options{SocketMode: true, AppScopes: []string{"authorizations:read"}})
	code, _ := opened(t, less, http.MethodPost, less.AppToken())
	require.Equal(t, "missing_scope", code)

	_, address := opened(t, s, http.MethodPost, s.AppToken())
	_, hello := connect(t, address)
	require.Equal(t, "hello", hello["type"])
	require.InDelta(t, 1, hello["num_connections"], 0)
	_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	require.Error(t, err, "the ticket was used")
	require.NoError(t, resp.Body.Close())
	for range 9 {
		_, address = opened(t, s, http.MethodPost, s.AppToken())
		connect(t, address)
	}
	_, address = opened(t, s, http.MethodPost, s.AppToken())
	_, refused := connect(t, address)
	require.Equal(t, "too_many_websockets", refused["reason"])
	s.SetSocketMode(false)
	_, address = opened(t, s, http.MethodPost, s.AppToken())
	_, refused = connect(t, address)
	require.Equal(t, "link_disabled", refused["reason"])
}

// Acknowledgements that Slack could do nothing with are told.
func TestSocketsTellMisdeeds(t *testing.T) {
	s := start(t, slacktest.Options{SocketMode: true})
	_, address := opened(t, s, http.MethodPost, s.AppToken())
	ws, _ := connect(t, address)
	answered := make(chan []byte, 1)
	go func() {
		body, _ := s.Envelope(slacktest.SignedRequest{Body: []byte("payload=%7B%22a%22%3A1%7D")}) // the answer says it
		answered <- body
	}()
	e := message(t, ws)
	require.Equal(t, "interactive", e["type"])
	require.Equal(t, map[string]any{"a": 1.0}, e["payload"])
	require.NotContains(t, e, "retry_attempt")
	ack := func(payload string) string {
		return `{"envelope_id":"` + e["envelope_id"].(string) + `"` + payload + `}`
	}
	for _, text := range []string{ack(`,"payload":"` + strings.Repeat("x", 20<<10) + `"`), `[]`, `{"envelope_id":"other"}`, ack(`,"payload":{"b":2}`), ack("")} {
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(text)))
	}
	require.JSONEq(t, `{"b":2}`, string(<-answered))
	require.Eventually(t, func() bool { return len(s.Misdeeds()) == 4 }, 10*time.Second, time.Millisecond)
	require.Contains(t, s.Misdeeds()[0], "dropped")
}
