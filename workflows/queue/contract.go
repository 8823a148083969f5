// Package queue is the process of a line: it lets the changes of one system and
// environment begin in their order, at most so many at once as the policy says (C29).
// It begins with the first change that asks, and ends when nobody waits and nobody
// holds a turn. This file is its contract.
package queue

import (
	rules "github.com/lowcodex/countersign/compliance/queue"
)

// Names on the wire; frozen.
const (
	Type     = "Queue"
	IDPrefix = "queue/"

	SignalWord = "word" // argument rules.Word, from a change or from what carries it out
	SignalTurn = "turn" // argument rules.Turn, to the same

	QueryLine = "line" // result rules.Line
)

// WorkflowID is the id of the line of a system's environment.
func WorkflowID(system, environment string) string { return IDPrefix + system + "/" + environment }

// Input starts a Queue. Carried is set only when a run continues as new.
type Input struct {
	System      string   `json:"system"`
	Environment string   `json:"environment"`
	Carried     *Carried `json:"carried,omitempty"`
}

// Carried is what one run hands to the next.
type Carried struct {
	Line rules.Line            `json:"line"`
	Told map[string]rules.Turn `json:"told,omitempty"` // what each change was told last
}
