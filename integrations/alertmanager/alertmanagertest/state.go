package alertmanagertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// state is what survives a restart: Alertmanager knows then what it has told.
type state struct {
	Alerts []*Alert          `json:"alerts"`
	Groups map[string]*group `json:"groups"`
}

// Open makes a Sender that goes on from where the one before it ended.
func Open(o Options) (*Sender, error) {
	s := New(o)
	if o.SaveTo == "" {
		return s, nil
	}
	raw, err := os.ReadFile(o.SaveTo)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("alertmanagertest: state: %w", err)
	}
	var st state
	if err := json.Unmarshal(raw, &st); err != nil {
		return nil, fmt.Errorf("alertmanagertest: state in %s is damaged; remove the file to start afresh: %w", o.SaveTo, err)
	}
	s.alerts = st.Alerts
	maps.Copy(s.groups, st.Groups)
	return s, nil
}

// save stores the state after a flush, replaced in one step. The lock is held.
func (s *Sender) save() error {
	if s.o.SaveTo == "" {
		return nil
	}
	raw, err := json.Marshal(state{s.alerts, s.groups})
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.o.SaveTo), ".alerts-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), s.o.SaveTo)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it says what is wrong already
	}
	return err
}

// SetURL sets where notifications go.
func (s *Sender) SetURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.URL = url
}

// Alerts lists the alerts, in the order in which they first fired.
func (s *Sender) Alerts() []Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Alert, 0, len(s.alerts))
	for _, a := range s.alerts {
		c := *a
		c.Labels, c.Annotations = maps.Clone(a.Labels), maps.Clone(a.Annotations)
		out = append(out, c)
	}
	return out
}
