package slacktest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

const (
	ops   = "C01OPS"
	alice = "U01ALICE"
)

func start(t testing.TB, o slacktest.Options) *slacktest.Server {
	t.Helper()
	s, err := slacktest.New(o)
	require.NoError(t, err)
	_, err = s.Listen("")
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.AddUser(slacktest.User{ID: alice, Name: "alice", Email: "alice@example.com", TZ: "Europe/Berlin"})
	s.AddChannel(slacktest.Channel{ID: ops, Name: "ops", Members: []string{alice}})
	return s
}

type reply struct {
	OK       bool   `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	TS       string `json:"ts"`
	Text     string `json:"text"`
	Warning  string `json:"warning"`
	Metadata struct {
		Messages   []string `json:"messages"`
		NextCursor string   `json:"next_cursor"`
	} `json:"response_metadata"`
	Messages []map[string]any `json:"messages"`
	View     map[string]any   `json:"view"`
	User     map[string]any   `json:"user"`
	Channel  map[string]any   `json:"-"`
	HTTP     int              `json:"-"`
	Header   http.Header      `json:"-"`
}

// call sends a form with the token, unless the form brings its own.
func call(t testing.TB, s *slacktest.Server, method string, form map[string]string) reply {
	t.Helper()
	values := url.Values{"token": {s.Token()}}
	for k, v := range form {
		values.Set(k, v)
	}
	resp, err := http.PostForm(s.APIURL()+method, values)
	require.NoError(t, err)
	return read(t, resp)
}

func callJSON(t testing.TB, s *slacktest.Server, method string, body any) reply {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+s.Token())
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	return read(t, resp)
}

func read(t testing.TB, resp *http.Response) reply {
	t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var r reply
	require.NoError(t, json.Unmarshal(raw, &r))
	var opened struct {
		Channel map[string]any `json:"channel"` // an object here, an id elsewhere
	}
	if json.Unmarshal(raw, &opened) == nil {
		r.Channel = opened.Channel
	}
	r.HTTP, r.Header = resp.StatusCode, resp.Header
	return r
}

func TestCallsAreCheckedAgainstTheDescriptions(t *testing.T) {
	s := start(t, slacktest.Options{Scopes: []string{"chat:write", "channels:history"}})
	for name, c := range map[string]struct {
		method string
		form   map[string]string
		err    string
		says   string
	}{
		"unknown method":       {"chat.frobnicate", nil, "unknown_method", ""},
		"no token":             {"auth.test", map[string]string{"token": ""}, "not_authed", ""},
		"wrong token":          {"auth.test", map[string]string{"token": "xoxb-wrong"}, "invalid_auth", ""},
		"missing scope":        {"users.info", map[string]string{"user": alice}, "missing_scope", ""},
		"missing argument":     {"chat.postMessage", map[string]string{"text": "x"}, "invalid_arguments", "missing required field: channel"},
		"unknown argument":     {"chat.postMessage", map[string]string{"channel": ops, "text": "x", "client_msg_id": "1"}, "invalid_arguments", "unknown argument: client_msg_id"},
		"wrong type":           {"conversations.history", map[string]string{"channel": ops, "limit": "many"}, "invalid_arguments", "limit"},
		"too many at once":     {"conversations.replies", map[string]string{"channel": ops, "ts": "1.2", "limit": "2000"}, "invalid_arguments", "limit"},
		"unknown channel":      {"chat.postMessage", map[string]string{"channel": "C404", "text": "x"}, "channel_not_found", ""},
		"no text":              {"chat.postMessage", map[string]string{"channel": ops, "text": " "}, "no_text", ""},
		"blocks are not JSON":  {"chat.postMessage", map[string]string{"channel": ops, "blocks": "["}, "invalid_blocks_format", ""},
		"metadata not JSON":    {"chat.postMessage", map[string]string{"channel": ops, "text": "x", "metadata": "x"}, "invalid_metadata_format", ""},
		"metadata without":     {"chat.postMessage", map[string]string{"channel": ops, "text": "x", "metadata": `{"event_type":"a"}`}, "invalid_metadata_schema", ""},
		"stranger's note":      {"chat.postEphemeral", map[string]string{"channel": ops, "text": "x", "user": "U404"}, "user_not_in_channel", ""},
		"update of nothing":    {"chat.update", map[string]string{"channel": ops, "ts": "1.000000", "text": "x"}, "message_not_found", ""},
		"no such thread":       {"conversations.replies", map[string]string{"channel": ops, "ts": "1.000000"}, "thread_not_found", ""},
		"made-up cursor":       {"conversations.history", map[string]string{"channel": ops, "cursor": "zzz"}, "invalid_cursor", ""},
		"link of no message":   {"chat.getPermalink", map[string]string{"channel": ops, "message_ts": "1.000000"}, "message_not_found", ""},
		"made-up trigger":      {"views.open", map[string]string{"trigger_id": "1.2.3", "view": "{}"}, "invalid_trigger_id", ""},
		"update of no view":    {"views.update", map[string]string{"view_id": "V404", "view": "{}"}, "not_found", ""},
		"text beyond 4,000":    {"chat.update", map[string]string{"channel": ops, "ts": "first", "text": strings.Repeat("x", 4001)}, "msg_too_long", ""},
		"somebody's message":   {"chat.update", map[string]string{"channel": ops, "ts": "alice's", "text": "x"}, "cant_update_message", ""},
		"update with nothing":  {"chat.update", map[string]string{"channel": ops, "ts": "first"}, "no_text", ""},
		"opening without":      {"conversations.open", map[string]string{"users": alice}, "missing_scope", ""},
		"metadata is too much": {"chat.postMessage", map[string]string{"channel": ops, "text": "x", "metadata": `{"event_type":"a","event_payload":{"x":"` + strings.Repeat("y", 20000) + `"}}`}, "metadata_too_large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			switch c.form["ts"] {
			case "first":
				c.form["ts"] = call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "first"}).TS
			case "alice's":
				ts, err := s.Say(alice, ops, "hello")
				require.NoError(t, err)
				c.form["ts"] = ts
			}
			r := call(t, s, c.method, c.form)
			require.False(t, r.OK)
			require.Equal(t, c.err, r.Error, "%v", r.Metadata.Messages)
			require.Contains(t, strings.Join(r.Metadata.Messages, "\n"), c.says)
		})
	}
}

func TestChannelsDecideWhoMayPost(t *testing.T) {
	s := start(t, slacktest.Options{})
	say := map[string]string{"channel": ops, "text": "x"}
	ts := call(t, s, "chat.postMessage", say).TS
	require.NoError(t, s.Archive(ops, true))
	require.Equal(t, "is_archived", call(t, s, "chat.postMessage", say).Error)
	require.Equal(t, "is_inactive", call(t, s, "chat.update", map[string]string{"channel": ops, "ts": ts, "text": "y"}).Error)
	require.NoError(t, s.Archive(ops, false))
	require.NoError(t, s.Leave(ops, "U01COUNTERSIGN"))
	require.Equal(t, "not_in_channel", call(t, s, "chat.postMessage", say).Error)
	s.AddChannel(slacktest.Channel{ID: "C02SECRET", Private: true, WithoutApp: true})
	require.Equal(t, "channel_not_found", call(t, s, "chat.postMessage", map[string]string{"channel": "C02SECRET", "text": "x"}).Error)
}

// An update without blocks keeps the old ones, buttons and all; an empty list
// removes them; metadata stays unless it is sent.
func TestUpdateKeepsWhatIsNotSent(t *testing.T) {
	s := start(t, slacktest.Options{})
	blocks := `[{"type":"actions","elements":[{"type":"button","action_id":"a","value":"v","text":{"type":"plain_text","text":"Press"}}]}]`
	ts := call(t, s, "chat.postMessage", map[string]string{
		"channel": ops, "text": "one", "blocks": blocks, "metadata": `{"event_type":"card","event_payload":{"k":"1"}}`,
	}).TS
	require.True(t, call(t, s, "chat.update", map[string]string{"channel": ops, "ts": ts, "text": "two"}).OK)
	m := s.Messages(ops)[0]
	require.Len(t, m.Buttons(), 1)
	require.Equal(t, "card", m.EventType())
	require.Equal(t, "two", m.Text)
	require.Len(t, m.Edits, 1)
	require.Equal(t, "one", m.Edits[0].Text)
	require.True(t, call(t, s, "chat.update", map[string]string{"channel": ops, "ts": ts, "text": "three", "blocks": "[]", "metadata": "{}"}).OK)
	m = s.Messages(ops)[0]
	require.Empty(t, m.Buttons())
	require.Empty(t, m.EventType())
}

func TestLongTextIsTruncatedWithAWarning(t *testing.T) {
	s := start(t, slacktest.Options{})
	r := call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": strings.Repeat("ä", 40_001)})
	require.True(t, r.OK)
	require.Equal(t, "message_truncated", r.Warning)
	require.Len(t, []rune(s.Messages(ops)[0].Text), 40_000)
}

func TestBlockKitLimits(t *testing.T) {
	s := start(t, slacktest.Options{})
	text := func(n int) string {
		return fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, strings.Repeat("x", n))
	}
	plain := func(n int) string { return strings.Replace(text(n), "mrkdwn", "plain_text", 1) }
	button := func(more string) string { return `{"type":"button","text":` + plain(5) + more + `}` }
	repeat := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	for name, c := range map[string]struct{ blocks, says string }{
		"section":              {`[{"type":"section","text":` + text(3000) + `}]`, ""},
		"long section":         {`[{"type":"section","text":` + text(3001) + `}]`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		"empty section":        {`[{"type":"section"}]`, "missing required field"},
		"empty text":           {`[{"type":"section","text":` + text(0) + `}]`, "must be more than 0 characters"},
		"eleven fields":        {`[{"type":"section","fields":[` + repeat(text(1), 11) + `]}]`, "must have 1 to 10 items"},
		"long field":           {`[{"type":"section","fields":[` + text(2001) + `]}]`, "must be less than 2001"},
		"header of mrkdwn":     {`[{"type":"header","text":` + text(3) + `}]`, "must be one of: plain_text"},
		"long header":          {`[{"type":"header","text":` + plain(151) + `}]`, "must be less than 151"},
		"51 blocks":            {`[` + repeat(`{"type":"divider"}`, 51) + `]`, "no more than 50 items allowed"},
		"26 buttons":           {`[{"type":"actions","elements":[` + repeat(button(""), 26) + `]}]`, "no more than 25 items"},
		"no buttons":           {`[{"type":"actions","elements":[]}]`, "no less than 1"},
		"long button value":    {`[{"type":"actions","elements":[` + button(`,"value":"`+strings.Repeat("v", 2001)+`"`) + `]}]`, "must be less than 2001"},
		"button style":         {`[{"type":"actions","elements":[` + button(`,"style":"green"`) + `]}]`, "must be one of: primary, danger"},
		"same action twice":    {`[{"type":"actions","elements":[` + repeat(button(`,"action_id":"a"`), 2) + `]}]`, "`action_id` already exists"},
		"same block twice":     {`[` + repeat(`{"type":"divider","block_id":"d"}`, 2) + `]`, "`block_id` already exists"},
		"unknown block":        {`[{"type":"hologram"}]`, "unsupported type: hologram"},
		"unknown property":     {`[{"type":"divider","colour":"red"}]`, "invalid additional property: colour"},
		"emoji in mrkdwn":      {`[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "invalid additional property: emoji"},
		"not a list":           {`{"type":"divider"}`, "must be an array"},
		"not blocks":           {`["x"]`, "must be an object"},
		"eleven context texts": {`[{"type":"context","elements":[` + repeat(text(1), 11) + `]}]`, "no more than 10 items"},
	} {
		t.Run(name, func(t *testing.T) {
			r := call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "x", "blocks": c.blocks})
			if c.says == "" {
				require.True(t, r.OK, "%v", r.Metadata.Messages)
				return
			}
			require.Equal(t, "invalid_blocks", r.Error)
			require.Contains(t, strings.Join(r.Metadata.Messages, "\n"), c.says)
		})
	}
	r := call(t, s, "chat.postMessage", map[string]string{
		"channel": ops, "text": "x", "blocks": `[` + repeat(`{"type":"section","text":`+text(2500)+`}`, 4) + `]`,
	})
	require.Equal(t, "msg_blocks_too_long", r.Error, "blocks that are each short enough can be too long together")
}

func TestRateLimits(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := start(t, slacktest.Options{RateLimits: true, Now: func() time.Time { return now }})
	say := map[string]string{"channel": ops, "text": "x"}
	for range 5 {
		require.True(t, call(t, s, "chat.postMessage", say).OK)
	}
	r := call(t, s, "chat.postMessage", say)
	require.Equal(t, http.StatusTooManyRequests, r.HTTP)
	require.Equal(t, "ratelimited", r.Error)
	require.Equal(t, "1", r.Header.Get("Retry-After"))
	require.Len(t, s.Messages(ops), 5)
	now = now.Add(time.Second)
	require.True(t, call(t, s, "chat.postMessage", say).OK)
}

func TestHistoryPagesAndThreads(t *testing.T) {
	s := start(t, slacktest.Options{})
	first := call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "0", "metadata": `{"event_type":"card","event_payload":{}}`}).TS
	require.True(t, call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "reply", "thread_ts": first}).OK)
	for i := 1; i < 5; i++ {
		call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": fmt.Sprint(i)})
	}
	var seen []string
	cursor := ""
	for range 4 {
		r := call(t, s, "conversations.history", map[string]string{"channel": ops, "limit": "2", "cursor": cursor, "include_all_metadata": "1"})
		require.True(t, r.OK)
		for _, m := range r.Messages {
			seen = append(seen, m["text"].(string))
			require.Equal(t, m["text"] == "0", m["metadata"] != nil)
		}
		if cursor = r.Metadata.NextCursor; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"4", "3", "2", "1", "0"}, seen, "newest first, without replies")
	r := call(t, s, "conversations.replies", map[string]string{"channel": ops, "ts": first})
	require.Len(t, r.Messages, 2)
	require.Nil(t, r.Messages[0]["metadata"], "metadata is given only when asked for")

	require.NoError(t, s.Delete(ops, first))
	r = call(t, s, "chat.postMessage", map[string]string{"channel": ops, "text": "late", "thread_ts": first})
	require.True(t, r.OK, "a reply to a deleted message stands alone")
	require.Empty(t, s.Messages(ops)[len(s.Messages(ops))-1].ThreadTS)
}

func TestPeopleAreFoundByEmailUntilTheyLeave(t *testing.T) {
	s := start(t, slacktest.Options{Scopes: []string{"users:read", "users:read.email"}})
	require.Equal(t, alice, call(t, s, "users.lookupByEmail", map[string]string{"email": "Alice@example.com"}).User["id"])
	require.Equal(t, "Europe/Berlin", call(t, s, "users.info", map[string]string{"user": alice}).User["tz"])
	s.AddUser(slacktest.User{ID: alice, Email: "alice@example.com", Deleted: true})
	require.Equal(t, "users_not_found", call(t, s, "users.lookupByEmail", map[string]string{"email": "alice@example.com"}).Error)
}

// Direct conversations: one for each person, told apart from channels, and
// readable with their own scope only.
func TestDirectConversations(t *testing.T) {
	s := start(t, slacktest.Options{})
	s.AddUser(slacktest.User{ID: "U09GONE", Name: "gone", Deleted: true})
	for name, c := range map[string]struct {
		form map[string]string
		err  string
	}{
		"nobody":         {nil, "users_list_not_supplied"},
		"unknown member": {map[string]string{"users": "U404"}, "user_not_found"},
		"deactivated":    {map[string]string{"users": "U09GONE"}, "user_disabled"},
		"only look":      {map[string]string{"users": alice, "prevent_creation": "true"}, "channel_not_found"},
		"a channel":      {map[string]string{"channel": ops}, "channel_not_found"},
	} {
		require.Equal(t, c.err, call(t, s, "conversations.open", c.form).Error, name)
	}
	first := call(t, s, "conversations.open", map[string]string{"users": alice})
	require.True(t, first.OK)
	again := call(t, s, "conversations.open", map[string]string{"users": alice, "return_im": "true", "prevent_creation": "true"})
	require.Equal(t, first.Channel["id"], again.Channel["id"])
	require.Equal(t, alice, again.Channel["user"])
	id, _ := first.Channel["id"].(string)
	require.True(t, call(t, s, "conversations.open", map[string]string{"channel": id}).OK)
	require.True(t, call(t, s, "conversations.history", map[string]string{"channel": id}).OK)

	s = start(t, slacktest.Options{Scopes: []string{"chat:write", "channels:history", "im:write"}})
	id, _ = call(t, s, "conversations.open", map[string]string{"users": alice}).Channel["id"].(string)
	require.True(t, call(t, s, "chat.postMessage", map[string]string{"channel": id, "text": "x"}).OK)
	refused := call(t, s, "conversations.history", map[string]string{"channel": id})
	require.Equal(t, []string{"missing_scope", "im:history"}, []string{refused.Error, refused.Needed})
}
