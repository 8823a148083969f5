package slacktest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxPostText   = 40_000 // longer ones are cut
	maxUpdateText = 4_000  // longer ones are refused
	maxMetadata   = 16_000 // bytes; Slack publishes no figure, this one is ours
)

// postable returns the channel when the app may post there.
func (s *Server) postable(id string) (*Channel, *apiError) {
	c := s.channel(id)
	switch {
	case c == nil, c.Private && !c.has(s.o.BotUserID):
		return nil, failed("channel_not_found")
	case c.Archived:
		return nil, failed("is_archived")
	case !c.has(s.o.BotUserID):
		return nil, failed("not_in_channel")
	}
	return c, nil
}

func (s *Server) postMessage(a args) (answer, *apiError) {
	ch, fail := s.postable(a.str("channel"))
	if fail != nil {
		return answer{}, fail
	}
	c, fail := s.readContent(a, "msg_blocks_too_long")
	if fail != nil {
		return answer{}, fail
	}
	thread := a.str("thread_ts")
	if thread != "" && s.message(ch.ID, thread) == nil {
		thread = "" // the parent was deleted: Slack posts the reply on its own
	}
	m := Message{
		Channel: ch.ID, TS: s.nextTS(), ThreadTS: thread, User: s.o.BotUserID, BotID: s.o.BotID,
		Text: c.text, Blocks: c.blocks, Metadata: c.metadata, PostedAt: s.o.Now().UTC(),
	}
	s.state.Messages = append(s.state.Messages, m)
	body := map[string]any{"channel": ch.ID, "ts": m.TS, "message": s.messageJSON(m, true)}
	if len(c.warnings) > 0 {
		body["warning"] = strings.Join(c.warnings, ",")
		body["response_metadata"] = map[string]any{"warnings": c.warnings}
	}
	return answer{body: body, effect: true}, nil
}

func (s *Server) updateMessage(a args) (answer, *apiError) {
	ch := s.channel(a.str("channel"))
	if ch == nil || !ch.has(s.o.BotUserID) {
		return answer{}, failed("channel_not_found")
	}
	if ch.Archived {
		return answer{}, failed("is_inactive")
	}
	m := s.message(ch.ID, a.str("ts"))
	if m == nil {
		return answer{}, failed("message_not_found")
	}
	if m.BotID != s.o.BotID {
		return answer{}, failed("cant_update_message")
	}
	if w := s.o.EditWindow; w > 0 && s.o.Now().Sub(m.PostedAt) > w {
		return answer{}, failed("edit_window_closed")
	}
	if utf8.RuneCountInString(a.str("text")) > maxUpdateText {
		return answer{}, failed("msg_too_long")
	}
	given := slices.Collect(func(yield func(string) bool) {
		for _, name := range []string{"text", "blocks", "attachments", "metadata"} {
			if a.given(name) && !yield(name) {
				return
			}
		}
	})
	if len(given) == 0 {
		return answer{}, failed("no_text")
	}
	c, fail := s.readContent(a, "msg_too_long")
	if fail != nil {
		return answer{}, fail
	}
	m.Edits = append(slices.Clone(m.Edits), Edit{At: s.o.Now().UTC(), Text: m.Text, Blocks: m.Blocks})
	m.Text = c.text
	if c.blocks != nil { // without blocks the old ones stay, buttons and all
		m.Blocks = c.blocks
	}
	if c.metadata != nil {
		m.Metadata = c.metadata
	}
	return answer{effect: true, body: map[string]any{
		"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": s.messageJSON(*m, true),
	}}, nil
}

func (s *Server) postEphemeral(a args) (answer, *apiError) {
	ch, fail := s.postable(a.str("channel"))
	if fail != nil {
		return answer{}, fail
	}
	if !ch.has(a.str("user")) {
		return answer{}, failed("user_not_in_channel")
	}
	c, fail := s.readContent(a, "msg_too_long")
	if fail != nil {
		return answer{}, fail
	}
	e := Ephemeral{Channel: ch.ID, User: a.str("user"), TS: s.nextTS(), Text: c.text, Blocks: c.blocks}
	s.state.Ephemerals = append(s.state.Ephemerals, e)
	return answer{effect: true, body: map[string]any{"message_ts": e.TS}}, nil
}

func (s *Server) getPermalink(a args) (answer, *apiError) {
	ch := s.channel(a.str("channel"))
	if ch == nil {
		return answer{}, failed("channel_not_found")
	}
	ts := a.str("message_ts")
	if s.message(ch.ID, ts) == nil {
		return answer{}, failed("message_not_found")
	}
	link := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", s.o.TeamName, ch.ID, strings.ReplaceAll(ts, ".", ""))
	return answer{body: map[string]any{"channel": ch.ID, "permalink": link}}, nil
}

// messageJSON is a message as the API gives it.
func (s *Server) messageJSON(m Message, metadata bool) map[string]any {
	out := map[string]any{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text, "team": s.o.TeamID}
	if m.BotID != "" {
		out["bot_id"], out["app_id"] = m.BotID, s.o.AppID
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if metadata && len(m.Metadata) > 0 {
		out["metadata"] = m.Metadata
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if n := len(m.Edits); n > 0 {
		out["edited"] = map[string]any{"user": m.User, "ts": fmt.Sprintf("%d.000000", m.Edits[n-1].At.Unix())}
	}
	return out
}

// fillIDs gives blocks without a block_id one, as Slack does.
func (s *Server) fillIDs(blocks any) {
	for _, b := range list(blocks) {
		if str(b["block_id"]) == "" {
			s.state.Seq++
			b["block_id"] = fmt.Sprintf("b%05x", s.state.Seq)
		}
		for i, e := range list(b["elements"]) {
			if e["type"] == "button" && str(e["action_id"]) == "" {
				e["action_id"] = fmt.Sprintf("a%d", i)
			}
		}
	}
}
