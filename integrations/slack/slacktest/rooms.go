package slacktest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxChannelName is the length of a channel's name.
// https://docs.slack.dev/reference/methods/conversations.create
const maxChannelName = 80

var channelName = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]+$`)

// createChannel makes a channel, of which the app is the first member. Names
// are unique in a workspace, archived channels included.
func (s *Server) createChannel(a args) (answer, *apiError) {
	if s.noRooms != "" {
		return answer{}, failed(s.noRooms)
	}
	name := a.str("name")
	switch {
	case name == "":
		return answer{}, failed("invalid_name_required")
	case utf8.RuneCountInString(name) > maxChannelName:
		return answer{}, failed("invalid_name_maxlength")
	case !channelName.MatchString(name):
		return answer{}, failed("invalid_name_specials")
	}
	if slices.ContainsFunc(s.state.Channels, func(c Channel) bool { return c.Name == name }) {
		return answer{}, failed("name_taken")
	}
	c := Channel{ID: s.nextID("C"), Name: name, Private: a.flag("is_private"), Members: []string{s.o.BotUserID}}
	s.state.Channels = append(s.state.Channels, c)
	return answer{effect: true, body: map[string]any{"channel": s.channelJSON(c)}}, nil
}

// ForbidChannels lets the workspace refuse new channels with this code, such as
// restricted_action; an empty one allows them again.
func (s *Server) ForbidChannels(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noRooms = code
}

// listChannels lists the public channels, in the order of their making. A
// cursor names the last channel of the page before.
func (s *Server) listChannels(a args) (answer, *apiError) {
	limit := a.number("limit", 100)
	if limit < 1 || limit > 1000 {
		return answer{}, failed("invalid_limit")
	}
	kinds := strings.Split(a.str("types"), ",")
	for kind, scope := range map[string]string{"public_channel": "channels:read", "private_channel": "groups:read"} {
		if slices.Contains(kinds, kind) && !slices.Contains(s.o.Scopes, scope) {
			return answer{}, &apiError{code: "missing_scope", needed: scope}
		}
	}
	var found []Channel
	for _, c := range s.state.Channels {
		public := c.ID[0] == 'C' && !c.Private
		wanted := a.str("types") == "" && public || public && slices.Contains(kinds, "public_channel") ||
			c.Private && c.has(s.o.BotUserID) && slices.Contains(kinds, "private_channel")
		if wanted && !(a.flag("exclude_archived") && c.Archived) {
			found = append(found, c)
		}
	}
	start := 0
	if cursor := a.str("cursor"); cursor != "" {
		at := slices.IndexFunc(found, func(c Channel) bool { return c.ID == cursor })
		if at < 0 {
			return answer{}, failed("invalid_cursor")
		}
		start = at + 1
	}
	end, next := min(start+limit, len(found)), ""
	if end < len(found) {
		next = found[end-1].ID
	}
	out := make([]map[string]any, 0, end-start)
	for _, c := range found[start:end] {
		out = append(out, s.channelJSON(c))
	}
	return answer{body: map[string]any{"channels": out, "response_metadata": map[string]any{"next_cursor": next}}}, nil
}

// invite adds members to a channel that the app is in; nobody, when one of them
// cannot be added.
func (s *Server) invite(a args) (answer, *apiError) {
	c := s.channel(a.str("channel"))
	switch {
	case c == nil || c.Private && !c.has(s.o.BotUserID):
		return answer{}, failed("channel_not_found")
	case c.Archived:
		return answer{}, failed("is_archived")
	case !c.has(s.o.BotUserID):
		return answer{}, failed("not_in_channel")
	}
	ids := strings.Split(a.str("users"), ",")
	for _, id := range ids {
		u := s.user(id)
		switch {
		case id == s.o.BotUserID:
			return answer{}, failed("cant_invite_self")
		case u == nil || u.Deleted:
			return answer{}, failed("user_not_found")
		case c.has(id):
			return answer{}, failed("already_in_channel")
		}
	}
	c.Members = append(slices.Clone(c.Members), ids...)
	return answer{effect: true, body: map[string]any{"channel": s.channelJSON(*c)}}, nil
}

// setPurpose describes a channel that the app is in.
func (s *Server) setPurpose(a args) (answer, *apiError) {
	c := s.channel(a.str("channel"))
	switch {
	case c == nil:
		return answer{}, failed("channel_not_found")
	case !c.has(s.o.BotUserID):
		return answer{}, failed("not_in_channel")
	case utf8.RuneCountInString(a.str("purpose")) > 250:
		return answer{}, failed("too_long")
	}
	c.Purpose = a.str("purpose")
	info := s.channelJSON(*c)
	info["purpose"] = map[string]any{"value": c.Purpose, "creator": s.o.BotUserID}
	return answer{effect: true, body: map[string]any{"channel": info, "purpose": c.Purpose}}, nil
}
