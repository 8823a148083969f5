package slacktest

import (
	"encoding/base64"
	"slices"
	"strings"
)

// readable returns the channel when the app may read it.
func (s *Server) readable(id string) (*Channel, *apiError) {
	c := s.channel(id)
	switch {
	case c == nil, c.Private && !c.has(s.o.BotUserID):
		return nil, failed("channel_not_found")
	case !c.has(s.o.BotUserID):
		return nil, failed("not_in_channel")
	case !s.may(historyScope(*c)):
		return nil, &apiError{code: "missing_scope", needed: historyScope(*c)}
	}
	return c, nil
}

func (s *Server) history(a args) (answer, *apiError) {
	ch, fail := s.readable(a.str("channel"))
	if fail != nil {
		return answer{}, fail
	}
	var found []Message
	for _, m := range s.state.Messages {
		if m.Channel == ch.ID && !m.Deleted && m.ThreadTS == "" && a.within(m.TS) {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(x, y Message) int { return strings.Compare(y.TS, x.TS) }) // newest first
	page, next, fail := paginate(found, a, 100, 999)
	if fail != nil {
		return answer{}, fail
	}
	return answer{body: map[string]any{
		"messages": s.messagesJSON(page, a), "has_more": next != "", "pin_count": 0,
		"channel_actions_ts": nil, "channel_actions_count": 0, "response_metadata": map[string]any{"next_cursor": next},
	}}, nil
}

func (s *Server) replies(a args) (answer, *apiError) {
	ch, fail := s.readable(a.str("channel"))
	if fail != nil {
		if fail.code == "not_in_channel" {
			fail = failed("channel_not_found")
		}
		return answer{}, fail
	}
	parent := s.message(ch.ID, a.str("ts"))
	if parent == nil {
		return answer{}, failed("thread_not_found")
	}
	found := []Message{*parent}
	for _, m := range s.state.Messages {
		if m.Channel == ch.ID && !m.Deleted && m.ThreadTS == parent.TS && a.within(m.TS) {
			found = append(found, m)
		}
	}
	page, next, fail := paginate(found, a, 1000, 1000)
	if fail != nil {
		return answer{}, fail
	}
	return answer{body: map[string]any{
		"messages": s.messagesJSON(page, a), "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next},
	}}, nil
}

// within applies oldest, latest and inclusive.
func (a args) within(ts string) bool {
	oldest, latest, inclusive := a.str("oldest"), a.str("latest"), a.flag("inclusive")
	if oldest != "" && oldest != "0" && (ts < oldest || (ts == oldest && !inclusive)) {
		return false
	}
	return latest == "" || latest == "now" || ts < latest || (ts == latest && inclusive)
}

func (s *Server) messagesJSON(found []Message, a args) []map[string]any {
	out := make([]map[string]any, 0, len(found))
	for _, m := range found {
		out = append(out, s.messageJSON(m, a.flag("include_all_metadata")))
	}
	return out
}

// paginate cuts a list at the cursor; a cursor names the last message of the
// page before.
func paginate(all []Message, a args, limit, most int) ([]Message, string, *apiError) {
	start := 0
	if cursor := a.str("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		at := slices.IndexFunc(all, func(m Message) bool { return m.TS == string(raw) })
		if err != nil || at < 0 {
			return nil, "", failed("invalid_cursor")
		}
		start = at + 1
	}
	end := min(start+min(max(a.number("limit", limit), 1), most), len(all))
	if end == len(all) {
		return all[start:end], "", nil
	}
	return all[start:end], base64.StdEncoding.EncodeToString([]byte(all[end-1].TS)), nil
}

func (s *Server) channelInfo(a args) (answer, *apiError) {
	c := s.channel(a.str("channel"))
	if c == nil || (c.Private && !c.has(s.o.BotUserID)) {
		return answer{}, failed("channel_not_found")
	}
	scope := "channels:read"
	if c.Private {
		scope = "groups:read"
	}
	if c.ID[0] != 'D' && !slices.Contains(s.o.Scopes, scope) {
		return answer{}, &apiError{code: "missing_scope", needed: scope}
	}
	info := s.channelJSON(*c)
	if a.flag("include_num_members") {
		info["num_members"] = len(c.Members)
	}
	return answer{body: map[string]any{"channel": info}}, nil
}

func (s *Server) channelJSON(c Channel) map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "is_channel": !c.Private && c.ID[0] == 'C', "is_private": c.Private,
		"is_im": c.ID[0] == 'D', "is_archived": c.Archived, "is_member": c.has(s.o.BotUserID),
	}
}

func (s *Server) members(a args) (answer, *apiError) {
	c := s.channel(a.str("channel"))
	if c == nil || (c.Private && !c.has(s.o.BotUserID)) {
		return answer{}, failed("channel_not_found")
	}
	return answer{body: map[string]any{
		"members": slices.Clone(c.Members), "response_metadata": map[string]any{"next_cursor": ""},
	}}, nil
}

// openDirect opens the direct conversation with one user, or names one that is
// open already.
func (s *Server) openDirect(a args) (answer, *apiError) {
	if !s.may("im:write") {
		return answer{}, &apiError{code: "missing_scope", needed: "im:write"}
	}
	id := a.str("users")
	switch {
	case id == "" && a.str("channel") != "":
		c := s.channel(a.str("channel"))
		if c == nil || c.ID[0] != 'D' || !c.has(s.o.BotUserID) {
			return answer{}, failed("channel_not_found")
		}
		return answer{body: map[string]any{"channel": s.directJSON(*c, a), "already_open": true, "no_op": true}}, nil
	case id == "":
		return answer{}, failed("users_list_not_supplied")
	case strings.Contains(id, ","):
		return answer{}, failed("too_many_users", "[ERROR] the stand-in opens conversations with one user only")
	}
	u := s.user(id)
	switch {
	case u == nil:
		return answer{}, failed("user_not_found")
	case u.Deleted:
		return answer{}, failed("user_disabled")
	}
	for _, c := range s.state.Channels {
		if c.ID[0] == 'D' && c.has(id) {
			return answer{body: map[string]any{"channel": s.directJSON(c, a), "already_open": true, "no_op": true}}, nil
		}
	}
	if a.flag("prevent_creation") {
		return answer{}, failed("channel_not_found")
	}
	c := Channel{ID: s.nextID("D"), Members: []string{id, s.o.BotUserID}}
	s.state.Channels = append(s.state.Channels, c)
	return answer{effect: true, body: map[string]any{"channel": s.directJSON(c, a)}}, nil
}

// directJSON is a direct conversation: its id, and the rest when it is asked for.
func (s *Server) directJSON(c Channel, a args) map[string]any {
	if !a.flag("return_im") {
		return map[string]any{"id": c.ID}
	}
	info := s.channelJSON(c)
	for _, m := range c.Members {
		if m != s.o.BotUserID {
			info["user"] = m
		}
	}
	return info
}

// may reports whether the bot token has a scope.
func (s *Server) may(scope string) bool { return slices.Contains(s.o.Scopes, scope) }

// historyScope is the scope without which Slack shows no history of this kind
// of conversation, whatever other scopes the token has.
// https://docs.slack.dev/reference/methods/conversations.history
func historyScope(c Channel) string {
	switch {
	case c.ID[0] == 'D':
		return "im:history"
	case c.Private:
		return "groups:history"
	default:
		return "channels:history"
	}
}
