package policy

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// System is something that can be changed.
type System struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Platform string              `json:"platform"` // e.g. the low-code platform it runs on
	Owner    compliance.PersonID `json:"owner"`
	// Environments lists where it runs; a change names one of them.
	Environments []Environment `json:"environments"`
	// Limits is what is on paper about the runtime limits and the sandbox boundary of
	// its platform; optional.
	Limits *limitsEntry `json:"limits,omitempty"`
}

// Environment is one place where a system runs.
type Environment struct {
	Name string `json:"name"` // e.g. "production"
	// Calendar names the calendar that restricts changes here; empty means
	// that the environment is always open (C27).
	Calendar string `json:"calendar,omitempty"`
	// Regions are those in which its data are kept or worked on, and DataClasses the
	// classes of data that may be there; both optional.
	Regions     []string `json:"regions,omitempty"`
	DataClasses []string `json:"data_classes,omitempty"`
	// Concurrency is how many changes may be carried out here at once; absent, there is
	// no limit (C29).
	Concurrency int `json:"concurrency,omitempty"`
	// TurnWithin is how long a change whose turn it is may leave it unused; written out
	// where there is a limit.
	TurnWithin string `json:"turn_within,omitempty"`
}

// defaultTurn is what is written out where the policy says nothing.
const defaultTurn = "2h"

// limit is the limit and the time in which a turn has to be used; zero without one.
func (e Environment) limit() (int, time.Duration) {
	if e.Concurrency == 0 {
		return 0, 0
	}
	within, _ := parseDuration(e.TurnWithin) // checked when it was loaded
	return e.Concurrency, within
}

// Environment finds an environment of the system by name.
func (s System) Environment(name string) (Environment, bool) {
	for _, e := range s.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}
