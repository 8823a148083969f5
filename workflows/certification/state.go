package certification

import (
	"time"

	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// State is all that a tracker knows, and what one run hands to the next when it
// continues as new (A15). JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	Tracker rules.Tracker `json:"tracker"`
	Setup   rules.Setup   `json:"setup"`
	// Wake is when something is due by itself; zero: never, unless Look is set.
	Wake time.Time `json:"wake,omitzero"`
	// Look is set when the tracker must look at what is due before it waits.
	Look bool `json:"look,omitempty"`
	// Told is the last reminder that went out, with whom it told.
	Told *steps.Telling `json:"told,omitempty"`
	// Gap is the finding that the version in force began with, until the next (A4).
	Gap *rules.Gap `json:"gap,omitempty"`
	// Task counts the renewals' tickets; 0 before the first. TaskDone is set once
	// the renewal that the last one is about is over.
	Task     int  `json:"task,omitempty"`
	TaskDone bool `json:"task_done,omitempty"`
	// Shown is the version that the card is about.
	Shown int `json:"shown,omitempty"`
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	return &s
}

// openTask reports whether the ticket of the renewal under way exists or is owed.
func (s State) openTask() bool { return s.Task != 0 && !s.TaskDone }
