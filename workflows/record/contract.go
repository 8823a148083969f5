// Package record puts on record what happens outside a process: a click on a
// change that is over, a refusal at the door, an export. The gateway and the
// starter never open the log; they start this workflow, whose id is the event
// key, so that a repetition finds the first one (E15).
package record

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
)

// Names on the wire; frozen.
const (
	Type     = "Record"
	IDPrefix = "record/"
)

// WorkflowID is the id of the recording of the event with this key. It must be
// started with connect.Once.
func WorkflowID(eventKey string) string { return IDPrefix + eventKey }

// LateKey is the event key of an act on a subject that is over: one for every
// delivery, the same on every surface.
func LateKey(delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return "late/" + hex.EncodeToString(sum[:])
}

// Input is a late act, which gets the subject's standing as its answer, an act
// that was turned away at the door, or any other event as it is: one of them.
type Input struct {
	// Late is an act on a subject whose run is over or was never started.
	Late *compliance.Inbound `json:"late,omitempty"`
	// Door is an act that no process could take. Whoever starts it does not wait.
	Door *door.Refusal `json:"door,omitempty"`
	// Event is put on record as given.
	Event *evidence.Event `json:"event,omitempty"`
}

// Result says what was recorded and, for a late act, what to tell the person.
type Result struct {
	Receipt evidence.Receipt `json:"receipt"`
	Reply   compliance.Reply `json:"reply"`
}
