package pagerdutytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is everything that survives a restart.
type state struct {
	Seq        int         `json:"seq"`
	Incidents  []*Incident `json:"incidents"`
	Deliveries []*Delivery `json:"deliveries"`
}

// changed stores the state and wakes everybody who waits. It is called with the
// lock held, before an effect is answered.
func (s *Server) changed() {
	if err := s.save(); err != nil {
		s.o.Logger.Error("pagerdutytest: cannot save", "error", err)
	}
	close(s.wake)
	s.wake = make(chan struct{})
}

func (s *Server) save() error {
	if s.o.SaveTo == "" {
		return nil
	}
	raw, err := json.Marshal(s.st)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.o.SaveTo), ".pagerduty-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), s.o.SaveTo)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

func (s *Server) load() error {
	if s.o.SaveTo == "" {
		return nil
	}
	raw, err := os.ReadFile(s.o.SaveTo)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pagerdutytest: state: %w", err)
	}
	if err := json.Unmarshal(raw, &s.st); err != nil {
		return fmt.Errorf("pagerdutytest: state in %s is damaged; remove the file to start afresh: %w", s.o.SaveTo, err)
	}
	return nil
}
