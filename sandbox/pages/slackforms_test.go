package pages

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/sandbox/standin"
)

// app stands behind the stand-in for Slack: it opens a form at every press of a button,
// answers a form as it is told, and knows no command.
func app(t *testing.T, p *Pages, answer func() (int, string)) {
	t.Helper()
	site := p.cfg.Site
	mux := http.NewServeMux()
	mux.HandleFunc("/interactions", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Type    string `json:"type"`
			Trigger string `json:"trigger_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(r.FormValue("payload")), &in))
		if in.Type == "view_submission" {
			status, body := answer()
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
		call(t, site, "views.open", url.Values{"trigger_id": {in.Trigger}, "view": {`{"type":"modal","title":{"type":"plain_text","text":"Approve"},
			"submit":{"type":"plain_text","text":"Go"},"blocks":[{"type":"input","block_id":"note","label":{"type":"plain_text","text":"Note"},
			"hint":{"type":"plain_text","text":"In a line."},"element":{"type":"plain_text_input","action_id":"prose","max_length":10}}]}`}})
	})
	mux.HandleFunc("/commands", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"response_type":"ephemeral","text":"This command is not known here."}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	site.Slack.SetInteractionURL(server.URL + "/interactions")
	site.Slack.SetCommandURL(server.URL + "/commands")
	call(t, site, "chat.postMessage", url.Values{"channel": {"C01CHANGES"}, "text": {"A card"}, "blocks": {
		`[{"type":"actions","elements":[{"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve…"}}]}]`}})
}

func call(t *testing.T, site *standin.Site, method string, form url.Values) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, site.SlackURL+method, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+standin.SlackToken)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var said struct {
		OK    bool
		Error string
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&said))
	require.True(t, said.OK, "%s: %s", method, said.Error)
}

const changes = "/slack/C01CHANGES"

// What is wrong with a form is told in the form, which lies over the page, and what
// was typed is kept.
func TestSlackForm_TroubleIsToldInIt(t *testing.T) {
	p, server := place(t)
	status, body := http.StatusInternalServerError, "no"
	app(t, p, func() (int, string) { return status, body })
	ts := p.cfg.Site.Slack.Messages("C01CHANGES")[0].TS
	press := url.Values{"do": {"press"}, "ts": {ts}, "action": {"approve"}}
	answer, _ := send(t, server, http.MethodPost, changes, press, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	views := p.cfg.Site.Slack.Views("U10JONAS")
	require.Len(t, views, 1)
	submit := func(note string) string {
		answer, page := send(t, server, http.MethodPost, changes, url.Values{"do": {"submit"}, "view": {views[0].ID}, "in.note": {note}}, nil)
		require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
		at := strings.Index(page, "<dialog")
		require.Positive(t, at)
		require.NotContains(t, page[:at], `role="alert"`)
		return page[at:]
	}
	require.Contains(t, submit("  "), `role="alert">Please complete this required field.`)
	require.Contains(t, submit("more than ten"), "Please use at most 10 characters; these are 13.")
	form := submit("as it was")
	require.Contains(t, form, `role="alert">We had some trouble connecting`)
	require.Contains(t, form, `value="as it was"`)
	status, body = http.StatusOK, `{"response_action":"errors","errors":{"note":"You requested this change."}}`
	require.Contains(t, submit("x"), `id="err-note" role="alert">You requested this change.`)
}

// A button pressed twice opens two forms, of which a person sees one; when it is put
// away none is left behind it.
func TestSlackForm_PressedTwice(t *testing.T) {
	p, server := place(t)
	app(t, p, nil)
	press := url.Values{"do": {"press"}, "ts": {p.cfg.Site.Slack.Messages("C01CHANGES")[0].TS}, "action": {"approve"}}
	send(t, server, http.MethodPost, changes, press, nil)
	send(t, server, http.MethodPost, changes, press, nil)
	views := p.cfg.Site.Slack.Views("U10JONAS")
	require.Len(t, views, 1)
	send(t, server, http.MethodPost, changes, url.Values{"do": {"close"}, "view": {views[0].ID}}, nil)
	_, page := send(t, server, http.MethodGet, changes, nil, nil)
	require.NotContains(t, page, "<dialog")
}

// What the app answers to a command is a note for that member among the messages.
func TestSlackCommand_IsAnsweredPrivately(t *testing.T) {
	p, server := place(t)
	app(t, p, nil)
	answer, _ := send(t, server, http.MethodPost, changes, url.Values{"do": {"say"}, "text": {"/foo bar"}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	_, err := p.cfg.Site.Slack.Say("U02BRUNO", "C01CHANGES", "Later words")
	require.NoError(t, err)
	_, page := send(t, server, http.MethodGet, changes, nil, nil)
	note, later := strings.Index(page, "This command is not known here."), strings.Index(page, "Later words")
	require.Positive(t, note)
	require.Less(t, note, later, "it stands where it was said")
	_, page = send(t, server, http.MethodGet, changes, nil, http.Header{"Cookie": {cookie + "=p-bruno"}})
	require.NotContains(t, page, "This command is not known here.")
}

// A message that was not taken stays in the line it was written in.
func TestSlackMessage_TooLongIsKept(t *testing.T) {
	_, server := place(t)
	answer, page := send(t, server, http.MethodPost, changes, url.Values{"do": {"say"}, "text": {strings.Repeat("ä", maxSaid+1)}}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, "A message may have 4000 characters; this one has 4001.")
	require.Contains(t, page, `value="ää`)
}

// What a member writes calls nobody and disguises no link.
func TestSlackMessage_IsWhatWasTyped(t *testing.T) {
	p, server := place(t)
	text := "<!channel> <https://evil.example|click> <script>alert(1)</script> *now*"
	answer, _ := send(t, server, http.MethodPost, changes, url.Values{"do": {"say"}, "text": {text}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Equal(t, "&lt;!channel&gt; &lt;https://evil.example|click&gt; &lt;script&gt;alert(1)&lt;/script&gt; *now*", p.cfg.Site.Slack.Messages("C01CHANGES")[0].Text)
	_, page := send(t, server, http.MethodGet, changes, nil, nil)
	require.Contains(t, page, "&lt;!channel&gt; &lt;https://evil.example|click&gt; &lt;script&gt;alert(1)&lt;/script&gt; <strong>now</strong>")
}
