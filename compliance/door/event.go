// Package door is the vocabulary of acts that an installation turned away
// before any process saw them: who tried what, and why nobody could look at it.
package door

import "time"

// EventRefused: an authenticated act that no process could take. Frozen.
const EventRefused = "door.refused"

// Controls lists the framework references that a refusal at the door is evidence
// for: AICPA TSC CC6.1 and CC7.2, ISO/IEC 27001:2022 Annex A 8.15, NIST SP 800-53 rev. 5
// AC-3 and AU-2.
func Controls() []string {
	return []string{"SOC2:CC6.1", "SOC2:CC7.2", "ISO27001:A.8.15", "NIST80053:AC-3", "NIST80053:AU-2"}
}

// Facts of EventRefused, schema 1. JSON names are frozen. Nothing that a person
// wrote into a form is here: only how much it was.
type Facts struct {
	Action   string    `json:"action,omitempty"`   // what was asked for, as it came
	Asked    string    `json:"asked,omitempty"`    // the subject it was asked for, as it came
	Delivery string    `json:"delivery,omitempty"` // of the surface
	Surface  string    `json:"surface,omitempty"`
	Message  string    `json:"message,omitempty"` // where the person saw it
	Reason   string    `json:"reason"`            // the gateway's: unknown-subject, unknown-action, malformed, too-large
	Received time.Time `json:"received"`
	Answers  int       `json:"answers,omitempty"` // fields of the form
	Bytes    int       `json:"bytes"`             // of all texts, before anything was cut
	// Altered names what does not stand here as it came: "action: cut",
	// "asked: not text" (bytes that are not UTF-8, or control characters, replaced).
	Altered []string `json:"altered,omitempty"`
}
