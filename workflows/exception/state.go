package exception

import (
	"time"

	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// State is all that a run knows, and what one run hands to the next when it
// continues as new. JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	Exception rules.Exception      `json:"exception"`
	Setup     steps.ExceptionSetup `json:"setup"`
	// Request is what was written; it is shown and never stands in a record.
	Request rules.Request `json:"request"`
	// Refused says why the request was not taken, with the form field it is about.
	Refused      rules.Reason `json:"refused,omitempty"`
	RefusedField string       `json:"refused_field,omitempty"`
	// At is the instant that the exception was last looked at for; Wake is when
	// something is due by itself, zero for never.
	At   time.Time `json:"at"`
	Wake time.Time `json:"wake,omitzero"`
	// OverdueDays are the days without cover when it was last told.
	OverdueDays int `json:"overdue_days,omitempty"`
	// Task counts its tickets; more than 1 after one was deleted.
	Task int `json:"task,omitempty"`
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	return &s
}
