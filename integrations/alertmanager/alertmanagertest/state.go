package alertmanagertest

import (
	"fmt"
	"maps"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// state is what survives a restart: Alertmanager knows then what it has told.
type state struct {
	Alerts []*Alert          `json:"alerts"`
	Groups map[string]*group `json:"groups"`
}

// Open makes a Sender that goes on from where the one before it ended.
func Open(o Options) (*Sender, error) {
	s := New(o)
	var st state
	if err := kept.Load(o.SaveTo, &st); err != nil {
		return nil, fmt.Errorf("alertmanagertest: %w", err)
	}
	s.alerts = st.Alerts
	maps.Copy(s.groups, st.Groups)
	return s, nil
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
