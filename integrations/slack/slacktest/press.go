package slacktest

import (
	"context"
	"fmt"
	"slices"
)

// Press presses a button of a message as a user: action is the button's
// action id or its label. It returns the form that the app opened. ErrNoForm
// with the private note's text, if there was one, says that none was opened;
// ErrTimeout and ErrTrouble are what Slack shows when the app fails.
func (s *Server) Press(user, channel, ts, action string) (View, error) {
	s.mu.Lock()
	payload, id, err := s.pressPayload(user, channel, ts, action)
	notes := len(s.state.Ephemerals)
	s.mu.Unlock()
	if err != nil {
		return View{}, err
	}
	if _, err := s.deliver("block_actions", user, payload); err != nil {
		return View{}, err
	}
	return s.opened(id, user, notes)
}

// opened waits, as long as the trigger lives, for what the app does with it.
func (s *Server) opened(trigger, user string, notes int) (View, error) {
	ctx, cancel := context.WithTimeout(context.Background(), triggerLife)
	defer cancel()
	var view *View
	note := ""
	_ = s.WaitFor(ctx, func(snap Snapshot) bool { // running out of time is told below
		s.mu.Lock()
		id := ""
		if t := s.triggers[trigger]; t != nil {
			id = t.view
		}
		s.mu.Unlock()
		for _, v := range snap.Views {
			if id != "" && v.ID == id {
				view = &v
				return true
			}
		}
		for _, e := range snap.Ephemerals[min(notes, len(snap.Ephemerals)):] {
			if e.User == user {
				note = e.Text
			}
		}
		return note != ""
	})
	switch {
	case view != nil:
		return *view, nil
	case note != "":
		return View{}, fmt.Errorf("%w: %s", ErrNoForm, note)
	default:
		return View{}, ErrNoForm
	}
}

// pressPayload builds the interaction of a press. The caller holds the lock.
func (s *Server) pressPayload(user, channel, ts, action string) (map[string]any, string, error) {
	u, c, m := s.user(user), s.channel(channel), s.message(channel, ts)
	switch {
	case u == nil || u.Deleted:
		return nil, "", fmt.Errorf("slack stand-in: no active user %s", user)
	case c == nil || !c.has(user):
		return nil, "", fmt.Errorf("slack stand-in: %s does not see channel %s", user, channel)
	case c.Archived:
		return nil, "", fmt.Errorf("slack stand-in: channel %s is archived", channel)
	case m == nil:
		return nil, "", fmt.Errorf("slack stand-in: no message %s in %s", ts, channel)
	}
	buttons := m.Buttons()
	i := slices.IndexFunc(buttons, func(b Button) bool { return b.ActionID == action })
	if i < 0 {
		i = slices.IndexFunc(buttons, func(b Button) bool { return b.Text == action })
	}
	if i < 0 {
		return nil, "", fmt.Errorf("slack stand-in: message %s has no button %q, only %v", ts, action, buttonNames(buttons))
	}
	b := buttons[i]
	id := s.newTrigger(user)
	p := s.envelope("block_actions", *u)
	p["trigger_id"] = id
	p["container"] = map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false}
	p["channel"] = map[string]any{"id": channel, "name": c.Name}
	p["message"] = s.messageJSON(*m, true)
	p["state"] = map[string]any{"values": map[string]any{}}
	a := map[string]any{
		"type": "button", "action_id": b.ActionID, "block_id": b.BlockID, "value": b.Value, "action_ts": s.nextTS(),
		"text": map[string]any{"type": "plain_text", "text": b.Text, "emoji": false},
	}
	if b.Style != "" {
		a["style"] = b.Style
	}
	p["actions"] = []any{a}
	return p, id, nil
}

func buttonNames(buttons []Button) []string {
	var out []string
	for _, b := range buttons {
		out = append(out, b.ActionID)
	}
	return out
}

// envelope is what every interaction has.
func (s *Server) envelope(kind string, u User) map[string]any {
	p := map[string]any{
		"type": kind, "api_app_id": s.o.AppID, "token": "verification-token-is-deprecated", "is_enterprise_install": false,
		"team":       map[string]any{"id": s.o.TeamID, "domain": s.o.TeamName},
		"user":       map[string]any{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": s.home(u)},
		"enterprise": nil,
	}
	if e := s.o.EnterpriseID; e != "" {
		p["enterprise"] = map[string]any{"id": e, "name": s.o.TeamName}
		p["team"] = map[string]any{"id": s.o.TeamID, "domain": s.o.TeamName, "enterprise_id": e}
	}
	return p
}
