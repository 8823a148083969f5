package observation

import (
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/workflows/desk"
)

// State is all that the run of a finding knows, and what one run hands to the next
// when it continues as new. JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	State rules.State         `json:"state,omitempty"`
	By    string              `json:"by,omitempty"`  // what explains it
	Who   compliance.PersonID `json:"who,omitempty"` // who explained it
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	return &s
}

// standing answers QueryStanding. It reads only.
func (c *process) standing() Standing {
	out := Standing{
		Number: c.s.Number, Subject: c.Self, State: c.s.State, Found: c.in.Found, Title: c.in.Setup.Title, Owner: c.in.Setup.Owner,
		By: c.s.By, Who: c.s.Who, Awaiting: c.awaiting(), Trouble: c.s.Troubles(), LastIndex: c.s.Index,
	}
	if c.s.Number != "" {
		out.Ref = c.s.Number
	}
	for _, a := range c.actions() {
		out.Actions = append(out.Actions, a.Name)
	}
	if c.s.Posted != nil {
		out.Cards = append(out.Cards, *c.s.Posted)
	}
	return out
}
