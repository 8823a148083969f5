package slack_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// postTo posts a request to a handler.
func postTo(t *testing.T, h http.Handler, r slacktest.SignedRequest) (int, []byte) {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, slack.PathInteractions, bytes.NewReader(r.Body))
	req.Header = r.Header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code, w.Body.Bytes()
}

// signedHandler is the handler of a gateway that has the secret, too.
func signedHandler(t *testing.T, s *socketStand) http.Handler {
	t.Helper()
	cfg := s.cfg
	cfg.SigningSecret = s.SigningSecret()
	h, err := slack.NewHandler(cfg, s.client, s.desk)
	require.NoError(t, err)
	return h
}

// What cannot be read is left once, so that Slack tells the person, and then
// acknowledged, so that it does not come for ever. What is not ours is acknowledged.
func TestSocket_WhatCannotBeReadComesOnceMore(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	_, err := s.Envelope(slacktest.SignedRequest{Body: []byte(`payload=%7B%22type%22%3A3%7D`)})
	require.ErrorIs(t, err, slacktest.ErrTimeout)
	eventually(t, "acknowledged at last", func() bool { return s.count("interactive acknowledged") == 1 })
	require.Equal(t, 1, s.count("interactive left"))
	require.Equal(t, []string{"malformed", "malformed"}, s.reasons())
	_, err = s.Envelope(slacktest.SignedRequest{Body: []byte(`payload=%7B%22type%22%3A%22view_closed%22%7D`)})
	require.NoError(t, err)
}

// raw is a Slack of its own: it opens connections as told and keeps what it gets.
func raw(t *testing.T, say ...string) (address string, got chan string, conns chan *websocket.Conn) {
	t.Helper()
	got, conns = make(chan string, 100), make(chan *websocket.Conn, 100)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/api/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true,"url":"ws` + server.URL[4:] + `/link/?ticket=secret-ticket"}`))
	})
	mux.HandleFunc("/link/", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		for _, text := range say {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(text))
		}
		conns <- ws
		for {
			_, text, err := ws.ReadMessage()
			if err != nil {
				return
			}
			got <- string(text)
		}
	})
	return server.URL + "/api/", got, conns
}

// Messages that are no envelopes are skipped and counted; envelopes of events, and
// of kinds that nobody knows, are acknowledged, because they hold nothing of ours.
func TestSocket_ForeignMessages(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	s.stop()
	cfg := s.cfg
	var got chan string
	cfg.APIURL, got, _ = raw(t, `{"type":"hello","connection_info":{"app_id":"A1"}}`, `nonsense`, `[]`, `{}`, `{"type":"interactive"}`,
		`{"type":"new","envelope_id":"`+string(bytes.Repeat([]byte("x"), 1<<20))+`"}`,
		`{"type":"events_api","envelope_id":"E1","payload":{"event":{}}}`, `{"type":"new","envelope_id":"E2"}`)
	s.run(t, cfg)
	acked := []string{<-got, <-got}
	require.ElementsMatch(t, []string{`{"envelope_id":"E1"}`, `{"envelope_id":"E2"}`}, acked)
	require.Equal(t, []string{"malformed", "malformed", "malformed", "malformed", "too-large"}, s.reasons())
	eventually(t, "both are counted", func() bool { return s.count("other acknowledged") == 2 })
}

// A connection on which nothing is heard, not even a ping, is replaced.
func TestSocket_ASilentConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	s.stop()
	cfg := s.cfg
	var conns chan *websocket.Conn
	cfg.APIURL, _, conns = raw(t, `{"type":"hello"}`)
	client, err := slack.New(cfg)
	require.NoError(t, err)
	socket, err := slack.NewSocket(cfg, client, s.mux)
	require.NoError(t, err)
	socket.SetQuiet(50 * time.Millisecond)
	go func() { _ = socket.Run(t.Context()) }()
	<-conns
	select {
	case <-conns:
	case <-time.After(10 * time.Second):
		require.Fail(t, "no second connection")
	}
	require.True(t, socket.Standing().Ever)
}
