package slacktest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// User is a member of the workspace.
type User struct {
	ID       string `json:"id"`   // U…
	Name     string `json:"name"` // handle
	RealName string `json:"real_name,omitempty"`
	Email    string `json:"email,omitempty"`
	TZ       string `json:"tz,omitempty"` // IANA zone
	// TeamID is the user's home workspace; default the stand-in's own. A guest
	// of a shared channel has another one.
	TeamID  string `json:"team_id,omitempty"`
	Deleted bool   `json:"deleted,omitempty"` // deactivated
	Bot     bool   `json:"bot,omitempty"`
}

// Channel is a conversation: C… public or private, D… direct.
type Channel struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Members  []string `json:"members,omitempty"` // user ids
	Private  bool     `json:"private,omitempty"`
	Archived bool     `json:"archived,omitempty"`
	Purpose  string   `json:"purpose,omitempty"`
	// WithoutApp leaves the app's bot out; otherwise AddChannel invites it.
	WithoutApp bool `json:"-"`
}

// Message is a message as it stands, with what it was before.
type Message struct {
	Channel  string          `json:"channel"`
	TS       string          `json:"ts"`
	ThreadTS string          `json:"thread_ts,omitempty"` // of the message it replies to
	User     string          `json:"user"`
	BotID    string          `json:"bot_id,omitempty"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Edits    []Edit          `json:"edits,omitempty"` // earlier states, oldest first
	Deleted  bool            `json:"deleted,omitempty"`
	PostedAt time.Time       `json:"posted_at"`
}

// Edit is an earlier state of a message and when it was replaced.
type Edit struct {
	At     time.Time       `json:"at"`
	Text   string          `json:"text"`
	Blocks json.RawMessage `json:"blocks,omitempty"`
}

// Button is a button of a message.
type Button struct {
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Text     string `json:"text"`
	Value    string `json:"value"`
	Style    string `json:"style,omitempty"`
}

// Ephemeral is a note that only one user sees.
type Ephemeral struct {
	Channel string          `json:"channel"`
	User    string          `json:"user"`
	TS      string          `json:"ts"`
	Text    string          `json:"text"`
	Blocks  json.RawMessage `json:"blocks,omitempty"`
}

// Snapshot is the whole workspace at one moment, oldest first everywhere.
type Snapshot struct {
	Users      []User      `json:"users"`
	Channels   []Channel   `json:"channels"`
	Messages   []Message   `json:"messages"`
	Views      []View      `json:"views"` // open and closed ones
	Ephemerals []Ephemeral `json:"ephemerals"`
}

// In returns the messages of a channel that are not deleted, replies included.
func (s Snapshot) In(channel string) []Message {
	var out []Message
	for _, m := range s.Messages {
		if m.Channel == channel && !m.Deleted {
			out = append(out, m)
		}
	}
	return out
}

// Key is the event key in a message's metadata, by which its sender finds it again;
// empty when it carries none.
func (m Message) Key() string {
	var meta struct {
		Payload struct {
			Key string `json:"key"`
		} `json:"event_payload"`
	}
	_ = json.Unmarshal(m.Metadata, &meta) // a message without one has no key
	return meta.Payload.Key
}

// Buttons lists the buttons of a message, in order.
func (m Message) Buttons() []Button {
	var out []Button
	for _, b := range decodeBlocks(m.Blocks) {
		for _, e := range list(b["elements"]) {
			if e["type"] != "button" {
				continue
			}
			out = append(out, Button{
				ActionID: str(e["action_id"]), BlockID: str(b["block_id"]), Text: str(object(e["text"])["text"]),
				Value: str(e["value"]), Style: str(e["style"]),
			})
		}
	}
	return out
}

// Shown is the text of all blocks, one per line, as Slack got it; the plain
// text when there are no blocks.
func (m Message) Shown() string {
	if lines := blockTexts(decodeBlocks(m.Blocks)); len(lines) > 0 {
		return strings.Join(lines, "\n")
	}
	return m.Text
}

// EventType is the type of the message's metadata, empty when it has none.
func (m Message) EventType() string {
	var meta struct {
		Type string `json:"event_type"`
	}
	_ = json.Unmarshal(m.Metadata, &meta) // absent metadata has no type
	return meta.Type
}

// blockTexts collects every text that a person sees, in order.
func blockTexts(blocks []map[string]any) []string {
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if t := str(v["type"]); (t == "plain_text" || t == "mrkdwn") && str(v["text"]) != "" {
				out = append(out, str(v["text"]))
				return
			}
			for _, key := range []string{"text", "fields", "label", "hint", "element", "elements", "options", "accessory"} {
				if inner, ok := v[key]; ok {
					walk(inner)
				}
			}
		}
	}
	for _, b := range blocks {
		walk(b)
	}
	return out
}

func decodeBlocks(raw json.RawMessage) []map[string]any {
	var v []any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return list(v)
}

func str(v any) string { s, _ := v.(string); return s }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func list(v any) []map[string]any {
	items, _ := v.([]any)
	var out []map[string]any
	for _, i := range items {
		if m := object(i); m != nil {
			out = append(out, m)
		}
	}
	return out
}

func (c Channel) has(user string) bool { return slices.Contains(c.Members, user) }
