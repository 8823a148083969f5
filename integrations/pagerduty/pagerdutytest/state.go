package pagerdutytest

import "github.com/lowcodex/countersign/integrations/integrationtest/kept"

// state is everything that survives a restart.
type state struct {
	Seq        int         `json:"seq"`
	Incidents  []*Incident `json:"incidents"`
	Deliveries []*Delivery `json:"deliveries"`
}

// changed stores the state and wakes everybody who waits. It is called with the
// lock held, before an effect is answered.
func (s *Server) changed() {
	if err := kept.Save(s.o.SaveTo, s.st); err != nil {
		s.o.Logger.Error("pagerdutytest: cannot save", "error", err)
	}
	close(s.wake)
	s.wake = make(chan struct{})
}
