// Package checkup has every worker look whether what it is configured with would
// work, for a person who sets the installation up or wonders what is wrong. It is
// no part of any process: it changes nothing, decides nothing and is not evidence.
package checkup

import "github.com/lowcodex/countersign/compliance/checkup"

// Names on the wire; frozen.
const (
	Type          = "Checkup"
	IDPrefix      = "checkup/"
	QueryProgress = "progress"
)

// WorkflowID is the id of a checkup; id is a UUID of who asks.
func WorkflowID(id string) string { return IDPrefix + id }

// Input says what to look at.
type Input struct {
	// Queues are the task queues whose workers look.
	Queues []string `json:"queues"`
	// Parts are what they look at; none: everything that they are configured with.
	Parts []string `json:"parts,omitempty"`
}

// Report is the result: of each queue in the order of Input.
type Report = checkup.Report

// Progress answers QueryProgress.
type Progress struct {
	// Waiting are the queues that have not answered, in the order of Input.
	Waiting []string `json:"waiting,omitempty"`
}
