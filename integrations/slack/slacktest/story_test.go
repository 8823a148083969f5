package slacktest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

const cardBlocks = `[{"type":"actions","block_id":"row","elements":[{"type":"button","action_id":"ask","value":"v1","text":{"type":"plain_text","text":"Ask"}}]}]`

func formView(more string) map[string]any {
	var v map[string]any
	raw := `{"type":"modal","title":{"type":"plain_text","text":"Form"},"submit":{"type":"plain_text","text":"Send"},"private_metadata":"pm","blocks":[
		{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why?"},"element":{"type":"plain_text_input","action_id":"x","max_length":10}},
		{"type":"input","block_id":"how","optional":true,"label":{"type":"plain_text","text":"How?"},"element":{"type":"checkboxes","action_id":"y","options":[
			{"text":{"type":"plain_text","text":"Fast"},"value":"fast"},{"text":{"type":"plain_text","text":"Well"},"value":"well"}]}}]` + more + `}`
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		panic(err)
	}
	return v
}

// app is the other side: it verifies, keeps the payloads and answers as told.
type app struct {
	mu      sync.Mutex
	got     []map[string]any
	onPress func(trigger string)
	answer  func(w http.ResponseWriter)
}

func (a *app) serve(t testing.TB, s *slacktest.Server) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := slackgo.NewSecretsVerifier(r.Header, s.SigningSecret())
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = v.Write(body)
		if err := v.Ensure(); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		form, _ := url.ParseQuery(string(body))
		var payload map[string]any
		if err := json.Unmarshal([]byte(form.Get("payload")), &payload); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.mu.Lock()
		a.got = append(a.got, payload)
		a.mu.Unlock()
		if payload["type"] == "block_actions" && a.onPress != nil {
			a.onPress(payload["trigger_id"].(string))
		}
		if a.answer != nil {
			a.answer(w)
		}
	}))
	t.Cleanup(srv.Close)
	s.SetInteractionURL(srv.URL)
}

func card(t testing.TB, s *slacktest.Server) string {
	t.Helper()
	r := call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "card", "blocks": cardBlocks})
	require.True(t, r.OK, "%v", r.Metadata.Messages)
	return r.TS
}

func TestPressAndSubmit(t *testing.T) {
	s := start(t, slacktest.Options{})
	a := &app{}
	a.serve(t, s)
	a.onPress = func(trigger string) {
		require.True(t, callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": formView("")}).OK)
		r := callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": formView("")})
		require.Equal(t, "exchanged_trigger_id", r.Error, "a trigger opens one view")
	}
	ts := card(t, s)
	for _, action := range []string{"ask", "Ask"} {
		v, err := s.Press(alice, ops, ts, action)
		require.NoError(t, err)
		require.Equal(t, "Form", v.Title())
		require.Equal(t, "pm", v.Metadata())
	}
	_, err := s.Press("U404", ops, ts, "ask")
	require.ErrorContains(t, err, "no active user")
	_, err = s.Press(alice, ops, ts, "dance")
	require.ErrorContains(t, err, `no button "dance", only [ask]`)

	v := s.Views(alice)[0]
	for name, c := range map[string]struct {
		values map[string]string
		says   string
	}{
		"required": {map[string]string{}, `"why" is required`},
		"too long": {map[string]string{"why": "12345678901"}, "at most 10 characters"},
		"option":   {map[string]string{"why": "x", "how": "fast,never"}, `no option "never"`},
		"input":    {map[string]string{"why": "x", "when": "now"}, `no input "when"`},
	} {
		_, err := s.Submit(alice, v, c.values)
		require.ErrorIs(t, err, slacktest.ErrForm, name)
		require.ErrorContains(t, err, c.says)
	}
	before := len(a.got)
	res, err := s.Submit(alice, v, map[string]string{"why": "because", "how": "fast,well"})
	require.NoError(t, err)
	require.True(t, res.Cleared, "an empty answer closes the form")
	require.Len(t, a.got, before+1, "what the client refuses is not sent")
	require.Len(t, s.Views(alice), 1)
	_, err = s.Submit(alice, v, map[string]string{"why": "x"})
	require.ErrorContains(t, err, "has no form")
	require.Len(t, s.Deliveries(), 3)
}

// What the app answers wrongly is an error for the person, as with Slack.
func TestWrongAnswersAreErrors(t *testing.T) {
	s := start(t, slacktest.Options{})
	a := &app{}
	a.serve(t, s)
	a.onPress = func(trigger string) {
		callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": formView("")})
	}
	ts := card(t, s)
	v, err := s.Press(alice, ops, ts, "ask")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		answer string
		status int
		err    error
	}{
		"server error":       {"", 500, slacktest.ErrTrouble},
		"not JSON":           {"<html>", 200, slacktest.ErrTrouble},
		"error for no input": {`{"response_action":"errors","errors":{"title":"no"}}`, 200, slacktest.ErrTrouble},
		"no errors":          {`{"response_action":"errors"}`, 200, slacktest.ErrTrouble},
		"bad view":           {`{"response_action":"update","view":{"type":"modal"}}`, 200, slacktest.ErrTrouble},
		"unknown action":     {`{"response_action":"explode"}`, 200, slacktest.ErrTrouble},
	} {
		t.Run(name, func(t *testing.T) {
			a.answer = func(w http.ResponseWriter) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			}
			_, err := s.Submit(alice, v, map[string]string{"why": "x"})
			require.ErrorIs(t, err, c.err)
		})
	}
	a.answer = func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"response_action":"errors","errors":{"why":"Not so."}}`))
	}
	res, err := s.Submit(alice, v, map[string]string{"why": "x"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"why": "Not so."}, res.Errors)
}

func TestLateAnswerIsATimeout(t *testing.T) {
	s := start(t, slacktest.Options{})
	release := make(chan struct{})
	a := &app{answer: func(http.ResponseWriter) { <-release }}
	a.serve(t, s)
	ts := card(t, s)
	_, err := s.Press(alice, ops, ts, "ask")
	close(release)
	require.ErrorIs(t, err, slacktest.ErrTimeout)
	require.GreaterOrEqual(t, s.Deliveries()[0].Took, 3*time.Second)
}

func TestTriggersExpire(t *testing.T) {
	var mu sync.Mutex
	late := time.Duration(0)
	s := start(t, slacktest.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(late) }})
	a := &app{}
	a.serve(t, s)
	var answered reply
	a.onPress = func(trigger string) {
		mu.Lock()
		late = 4 * time.Second
		mu.Unlock()
		answered = callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": formView("")})
		call(t, s, "chat.postEphemeral", map[string]string{"channel": ops, "user": alice, "text": "too late"})
	}
	_, err := s.Press(alice, ops, card(t, s), "ask")
	require.ErrorIs(t, err, slacktest.ErrNoForm)
	require.ErrorContains(t, err, "too late")
	require.Equal(t, "expired_trigger_id", answered.Error)
}

func TestModalRules(t *testing.T) {
	s := start(t, slacktest.Options{})
	a := &app{}
	a.serve(t, s)
	var trigger string
	a.onPress = func(id string) {
		trigger = id
		call(t, s, "chat.postEphemeral", map[string]string{"channel": ops, "user": alice, "text": "wait"})
	}
	_, err := s.Press(alice, ops, card(t, s), "ask")
	require.ErrorIs(t, err, slacktest.ErrNoForm)
	spoiled := func(how func(v map[string]any)) map[string]any {
		v := formView("")
		how(v)
		return v
	}
	for name, view := range map[string]map[string]any{
		"input without submit": spoiled(func(v map[string]any) { delete(v, "submit") }),
		"long title": spoiled(func(v map[string]any) {
			v["title"] = map[string]any{"type": "plain_text", "text": "1234567890123456789012345"}
		}),
		"home tab":         spoiled(func(v map[string]any) { v["type"] = "home" }),
		"unknown property": spoiled(func(v map[string]any) { v["colour"] = "red" }),
		"no blocks":        spoiled(func(v map[string]any) { delete(v, "blocks") }),
		"long metadata":    spoiled(func(v map[string]any) { v["private_metadata"] = string(make([]byte, 3001)) }),
	} {
		r := callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": view})
		require.Equal(t, "invalid_arguments", r.Error, name)
		require.NotEmpty(t, r.Metadata.Messages, name)
	}
	opened := callJSON(t, s, "views.open", map[string]any{"trigger_id": trigger, "view": formView("")})
	require.True(t, opened.OK, "a refused view does not use up the trigger")
	id, hash := opened.View["id"], opened.View["hash"]
	require.True(t, callJSON(t, s, "views.update", map[string]any{"view_id": id, "hash": hash, "view": formView("")}).OK)
	require.Equal(t, "hash_conflict", callJSON(t, s, "views.update", map[string]any{"view_id": id, "hash": hash, "view": formView("")}).Error)
	require.NoError(t, s.CloseView(alice, id.(string)))
	require.Equal(t, "not_found", callJSON(t, s, "views.update", map[string]any{"view_id": id, "view": formView("")}).Error)
}

// The hook runs when the effect is stored and the answer is not yet sent.
func TestOnEffectComesBeforeTheAnswer(t *testing.T) {
	s := start(t, slacktest.Options{})
	var ops1 []string
	s.SetOnEffect(func(op string) {
		require.Len(t, s.Messages(ops), 1)
		ops1 = append(ops1, op)
	})
	require.True(t, call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "x"}).OK)
	require.Equal(t, []string{"chat.postMessage"}, ops1)
	require.True(t, call(t, s, "conversations.history", map[string]string{"channel": ops}).OK)
	require.Len(t, ops1, 1, "a read has no effect")
}

func TestStateSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "slack.json")
	s := start(t, slacktest.Options{StateFile: file})
	ts := card(t, s)
	want := s.Snapshot()
	require.NoError(t, s.Close())
	again, err := slacktest.New(slacktest.Options{StateFile: file})
	require.NoError(t, err)
	got := again.Snapshot()
	wantJSON, _ := json.Marshal(want)
	gotJSON, _ := json.Marshal(got)
	require.JSONEq(t, string(wantJSON), string(gotJSON))
	newer, err := again.Say(alice, ops, "after")
	require.NoError(t, err)
	require.Greater(t, newer, ts)

	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err = slacktest.New(slacktest.Options{StateFile: file})
	require.ErrorContains(t, err, "remove it to start afresh")
}

func TestWaitForWakesOnChange(t *testing.T) {
	s := start(t, slacktest.Options{})
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() {
		done <- s.WaitFor(ctx, func(snap slacktest.Snapshot) bool { return len(snap.In(ops)) == 2 })
	}()
	for range 2 {
		_, err := s.Say(alice, ops, "x")
		require.NoError(t, err)
	}
	require.NoError(t, <-done)
	gone, cancelled := context.WithCancel(t.Context())
	cancelled()
	require.ErrorIs(t, s.WaitFor(gone, func(slacktest.Snapshot) bool { return false }), context.Canceled)
}
