package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// state is everything that survives a restart. Triggers do not: they live 3 s.
type state struct {
	Snapshot
	LastTS int64 `json:"last_ts"` // microseconds of the newest timestamp given
	Seq    int64 `json:"seq"`     // for ids
}

func load(path string) (state, error) {
	var st state
	if path == "" {
		return st, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return st, fmt.Errorf("slack stand-in: %w", err)
	}
	if err := json.Unmarshal(raw, &st); err != nil {
		return st, fmt.Errorf("slack stand-in: state file %s is damaged: remove it to start afresh: %w", path, err)
	}
	return st, nil
}

// touch stores the state and wakes everybody who waits. The caller holds the lock.
func (s *Server) touch() {
	if err := kept.Save(s.o.StateFile, s.state); err != nil {
		s.o.Logger.Error("slack stand-in: cannot save", "error", err.Error())
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// snapshot copies the state. Raw JSON is shared: it is replaced, never changed.
func (s *Server) snapshot() Snapshot {
	out := Snapshot{
		Users: slices.Clone(s.state.Users), Channels: slices.Clone(s.state.Channels),
		Messages: slices.Clone(s.state.Messages), Views: slices.Clone(s.state.Views),
		Ephemerals: slices.Clone(s.state.Ephemerals),
	}
	for i := range out.Messages {
		out.Messages[i].Edits = slices.Clone(out.Messages[i].Edits)
	}
	for i := range out.Channels {
		out.Channels[i].Members = slices.Clone(out.Channels[i].Members)
	}
	return out
}

// nextTS gives a timestamp that no message has had. The caller holds the lock.
func (s *Server) nextTS() string {
	s.state.LastTS = max(s.o.Now().UnixMicro(), s.state.LastTS+1)
	return fmt.Sprintf("%d.%06d", s.state.LastTS/1e6, s.state.LastTS%1e6)
}

func (s *Server) nextID(prefix string) string {
	s.state.Seq++
	return fmt.Sprintf("%s%08X", prefix, s.state.Seq+0x1000000)
}

func (s *Server) user(id string) *User {
	i := slices.IndexFunc(s.state.Users, func(u User) bool { return u.ID == id })
	if i < 0 {
		return nil
	}
	return &s.state.Users[i]
}

func (s *Server) channel(id string) *Channel {
	i := slices.IndexFunc(s.state.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &s.state.Channels[i]
}

func (s *Server) message(channel, ts string) *Message {
	i := slices.IndexFunc(s.state.Messages, func(m Message) bool { return m.Channel == channel && m.TS == ts && !m.Deleted })
	if i < 0 {
		return nil
	}
	return &s.state.Messages[i]
}

func (s *Server) view(id string) *View {
	i := slices.IndexFunc(s.state.Views, func(v View) bool { return v.ID == id && v.Open })
	if i < 0 {
		return nil
	}
	return &s.state.Views[i]
}
