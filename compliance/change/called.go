package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// CalledFacts: who was called to decide at an open level, or is not any more.
type CalledFacts struct {
	Version  int       `json:"version"`
	Level    int       `json:"level"`
	Hash     string    `json:"hash"`
	Deadline time.Time `json:"deadline,omitzero"`
	// Share is how much of the level's time was over, in percent, for a reminder
	// or an escalation.
	Share  int      `json:"share,omitempty"`
	Groups []string `json:"groups,omitempty"` // of the fallback
	// Called are who was reminded, or who may decide now and could not before.
	Called []compliance.PersonID `json:"called,omitempty"`
	Left   []compliance.PersonID `json:"left,omitempty"`
	// Excluded are those of the level's groups who may not decide, and why.
	Excluded []Exclusion `json:"excluded,omitempty"`
	// Delegations are those that came into force or into the directory.
	Delegations []Delegation `json:"delegations,omitempty"`
	// Directory is the version that says so.
	Directory string `json:"directory,omitempty"`
}
