package slacktest

import (
	"context"
	"fmt"
	"slices"
)

// AddUser adds a member, or replaces the one with the same id.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.TeamID == "" {
		u.TeamID = s.o.TeamID
	}
	if old := s.user(u.ID); old != nil {
		*old = u
	} else {
		s.state.Users = append(s.state.Users, u)
	}
	s.touch()
}

// AddChannel adds a channel, or replaces the one with the same id, and invites
// the app unless WithoutApp is set.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Members = slices.Clone(c.Members)
	if !c.WithoutApp && !c.has(s.o.BotUserID) {
		c.Members = append(c.Members, s.o.BotUserID)
	}
	if old := s.channel(c.ID); old != nil {
		*old = c
	} else {
		s.state.Channels = append(s.state.Channels, c)
	}
	s.touch()
}

// Join adds a user to a channel.
func (s *Server) Join(channel, user string) error {
	return s.change(channel, func(c *Channel) {
		if !c.has(user) {
			c.Members = append(c.Members, user)
		}
	})
}

// Leave removes a user, or the app's bot, from a channel.
func (s *Server) Leave(channel, user string) error {
	return s.change(channel, func(c *Channel) {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m string) bool { return m == user })
	})
}

// Archive archives a channel or takes it back.
func (s *Server) Archive(channel string, archived bool) error {
	return s.change(channel, func(c *Channel) { c.Archived = archived })
}

func (s *Server) change(channel string, how func(*Channel)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	if c == nil {
		return fmt.Errorf("slack stand-in: no channel %s", channel)
	}
	how(c)
	s.touch()
	return nil
}

// Say posts a message of a user and returns its timestamp.
func (s *Server) Say(user, channel, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	if c == nil || !c.has(user) || c.Archived {
		return "", fmt.Errorf("slack stand-in: %s cannot write in %s", user, channel)
	}
	m := Message{Channel: channel, TS: s.nextTS(), User: user, Text: text, PostedAt: s.o.Now().UTC()}
	s.state.Messages = append(s.state.Messages, m)
	s.touch()
	return m.TS, nil
}

// SayAsApp posts a plain message of the app itself and returns its timestamp.
func (s *Server) SayAsApp(channel, text string) (string, error) {
	ts, err := s.Say(s.o.BotUserID, channel, text)
	if err != nil {
		return "", err
	}
	return ts, s.alter(channel, ts, func(m *Message) { m.BotID = s.o.BotID })
}

// Delete deletes a message, as an administrator can.
func (s *Server) Delete(channel, ts string) error {
	return s.alter(channel, ts, func(m *Message) { m.Deleted = true })
}

// Disown makes a message another app's, so that it cannot be updated.
func (s *Server) Disown(channel, ts string) error {
	return s.alter(channel, ts, func(m *Message) { m.BotID, m.User = "B01SOMEBODYELSE", "U01SOMEBODYELSE" })
}

func (s *Server) alter(channel, ts string, how func(*Message)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.message(channel, ts)
	if m == nil {
		return fmt.Errorf("slack stand-in: no message %s in %s", ts, channel)
	}
	how(m)
	s.touch()
	return nil
}

// Users lists the members.
func (s *Server) Users() []User { return s.Snapshot().Users }

// Channels lists the conversations.
func (s *Server) Channels() []Channel { return s.Snapshot().Channels }

// Messages lists a channel's messages, oldest first, replies included, without
// deleted ones.
func (s *Server) Messages(channel string) []Message { return s.Snapshot().In(channel) }

// Views lists the modals a user has open.
func (s *Server) Views(user string) []View {
	return slices.DeleteFunc(s.Snapshot().Views, func(v View) bool { return v.User != user || !v.Open })
}

// Ephemerals lists the private notes a user got.
func (s *Server) Ephemerals(user string) []Ephemeral {
	return slices.DeleteFunc(s.Snapshot().Ephemerals, func(e Ephemeral) bool { return e.User != user })
}

// Snapshot copies the whole workspace.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

// WaitFor returns as soon as done is true of the workspace; it looks again
// after every change. The error is that of ctx.
func (s *Server) WaitFor(ctx context.Context, done func(Snapshot) bool) error {
	for {
		s.mu.Lock()
		snap, changed := s.snapshot(), s.changed
		s.mu.Unlock()
		if done(snap) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("slack stand-in: what was waited for did not happen: %w", ctx.Err())
		}
	}
}
