package pagerdutytest

import (
	"fmt"
	"slices"
	"time"
)

// The statuses of an incident.
const (
	Triggered    = "triggered"
	Acknowledged = "acknowledged"
	Resolved     = "resolved"
)

// Incident is an incident of the service.
type Incident struct {
	ID       string            `json:"id"`
	Number   int               `json:"number"`
	Key      string            `json:"key"` // the event's deduplication key
	Status   string            `json:"status"`
	Title    string            `json:"title"`
	Severity string            `json:"severity"`
	Details  map[string]any    `json:"details,omitempty"`
	Links    []string          `json:"links,omitempty"`
	Assigned string            `json:"assigned"` // user id
	Triggers int               `json:"triggers"` // events folded into it, the first included
	Paged    []Paged           `json:"paged"`    // who was called, oldest first
	By       map[string]string `json:"by"`       // status → id of the user who set it, empty for an integration
	Created  time.Time         `json:"created"`
}

// Paged is one call to one person.
type Paged struct {
	User string    `json:"user"`
	At   time.Time `json:"at"`
}

// Snapshot is the state at one moment, oldest first.
type Snapshot struct {
	Incidents  []Incident
	Deliveries []Delivery
}

// Snapshot copies the state.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out Snapshot
	for _, i := range s.st.Incidents {
		c := *i
		c.Paged = slices.Clone(i.Paged)
		c.By = map[string]string{}
		for status, who := range i.By {
			c.By[status] = who
		}
		out.Incidents = append(out.Incidents, c)
	}
	for _, d := range s.st.Deliveries {
		out.Deliveries = append(out.Deliveries, *d)
	}
	return out
}

// Incidents lists the incidents, oldest first.
func (s *Server) Incidents() []Incident { return s.Snapshot().Incidents }

// Deliveries lists the webhooks, oldest first.
func (s *Server) Deliveries() []Delivery { return s.Snapshot().Deliveries }

// Acknowledge acknowledges an incident as a user does in the app.
func (s *Server) Acknowledge(user, incident string) error {
	return s.act(user, incident, Acknowledged)
}

// Resolve resolves an incident as a user does in the app.
func (s *Server) Resolve(user, incident string) error { return s.act(user, incident, Resolved) }

func (s *Server) act(user, incident, status string) error {
	u, err := s.user(user)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.incident(incident)
	switch {
	case i == nil:
		return fmt.Errorf("pagerdutytest: no incident %q", incident)
	case i.Status == Resolved:
		return fmt.Errorf("pagerdutytest: incident %s is resolved: nothing follows", incident)
	}
	s.move(i, status, &u)
	return nil
}

// Reassign gives an incident to somebody else, as a user does in the app; the
// newcomer is called.
func (s *Server) Reassign(user, incident, to string) error {
	u, err := s.user(user)
	if err != nil {
		return err
	}
	if _, err := s.user(to); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.incident(incident)
	if i == nil || i.Status == Resolved {
		return fmt.Errorf("pagerdutytest: no open incident %q", incident)
	}
	i.Assigned = to
	i.Paged = append(i.Paged, Paged{User: to, At: s.o.Now().UTC()})
	s.announce(i, "incident.reassigned", &u)
	s.changed()
	return nil
}

// trigger opens an incident and calls whoever is on call. The lock is held.
func (s *Server) trigger(e incoming) {
	now := s.o.Now().UTC()
	s.st.Seq++
	i := &Incident{
		ID: s.nextID("Q"), Number: s.st.Seq, Key: e.Key, Status: Triggered, Title: e.Payload.Summary, Severity: e.Payload.Severity,
		Details: e.Payload.Details, Assigned: s.o.OnCall, Triggers: 1, Paged: []Paged{{User: s.o.OnCall, At: now}},
		By: map[string]string{}, Created: now,
	}
	for _, l := range e.Links {
		i.Links = append(i.Links, l.Href)
	}
	s.st.Incidents = append(s.st.Incidents, i)
	s.announce(i, "incident.triggered", nil)
	s.changed()
}

// move changes the status; by is nil for an integration. The lock is held.
func (s *Server) move(i *Incident, status string, by *User) {
	i.Status = status
	i.By[status] = ""
	if by != nil {
		i.By[status] = by.ID
	}
	s.announce(i, "incident."+status, by)
	s.changed()
}

func (s *Server) open(key string) *Incident {
	at := slices.IndexFunc(s.st.Incidents, func(i *Incident) bool { return i.Key == key && i.Status != Resolved })
	if at < 0 {
		return nil
	}
	return s.st.Incidents[at]
}

func (s *Server) incident(id string) *Incident {
	at := slices.IndexFunc(s.st.Incidents, func(i *Incident) bool { return i.ID == id })
	if at < 0 {
		return nil
	}
	return s.st.Incidents[at]
}

func (s *Server) nextID(prefix string) string {
	s.st.Seq++
	return fmt.Sprintf("%s%07X", prefix, s.st.Seq)
}
