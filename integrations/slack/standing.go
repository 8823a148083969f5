package slack

import (
	"time"
)

// Standing is how a Socket stands.
type Standing struct {
	// Connected says that Slack sends on at least one connection; Since is when
	// that last changed.
	Connected bool
	Since     time.Time
	// Ever says that there has been a connection since the start.
	Ever bool
	// Failure is why the last try failed, a *compliance.Failure; nil while connected.
	Failure error
}

// Standing returns how the socket stands now.
func (s *Socket) Standing() Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stand
}

// joined counts a connection on which Slack has said hello.
func (s *Socket) joined(app string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	s.stand.Ever, s.stand.Failure = true, nil
	if !s.stand.Connected {
		s.stand.Connected, s.stand.Since = true, s.cfg.Now()
		s.cfg.Logger.Info("connected to Slack", "app", app)
	}
}

// left counts one that is read no more.
func (s *Socket) left() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open--; s.open == 0 {
		s.stand.Connected, s.stand.Since = false, s.cfg.Now()
	}
}
