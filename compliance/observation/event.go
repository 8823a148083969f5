package observation

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Types of the evidence that observations leave. Frozen.
const (
	EventObserved   = "target.observed"        // the first content seen, or a later one that is explained
	EventUnread     = "target.unread"          // a target could not be read for a day
	EventFound      = "observation.found"      // a target serves what nothing on record put there; the number is allocated here
	EventExplained  = "observation.explained"  // an approver named what explains it
	EventRefused    = "observation.refused"    // an act the rules refused
	EventLate       = "observation.late"       // an act on a finding that is over
	EventUnreadable = "observation.unreadable" // a message that could not be decoded
	EventStopped    = "observation.stopped"    // an operator of the engine ended the run
)

// Events lists every type.
func Events() []string {
	return []string{EventObserved, EventUnread, EventFound, EventExplained, EventRefused, EventLate, EventUnreadable, EventStopped}
}

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC7.1 and CC7.2 (detection of changes and anomalies) and CC8.1, ISO/IEC
// 27001:2022 Annex A 5.3, 8.9 (configuration) and 8.32, NIST SP 800-53 rev. 5 AC-5,
// CM-3, CM-5, CM-6 and SI-7 (integrity).
func Controls(event string) []string {
	switch event {
	case EventExplained, EventRefused, EventLate:
		return []string{"SOC2:CC7.2", "SOC2:CC8.1", "ISO27001:A.5.3", "ISO27001:A.8.32", "NIST80053:AC-5", "NIST80053:CM-3"}
	default:
		return []string{"SOC2:CC7.1", "SOC2:CC7.2", "SOC2:CC8.1", "ISO27001:A.8.9", "ISO27001:A.8.32", "NIST80053:CM-5", "NIST80053:CM-6", "NIST80053:SI-7"}
	}
}

// The facts of the events, by type. JSON names are frozen; schema 1. What people
// wrote is a blob.
type (
	// ObservedFacts: what a target serves and what explains it.
	ObservedFacts struct {
		Target  string   `json:"target"`
		Seen    Seen     `json:"seen"`
		Before  *Seen    `json:"before,omitempty"` // nil for the first content
		Outcome Outcome  `json:"outcome"`
		By      []string `json:"by,omitempty"` // numbers
	}
	// UnreadFacts: since when a target cannot be read, and why.
	UnreadFacts struct {
		Target string    `json:"target"`
		Since  time.Time `json:"since"`
		Detail string    `json:"detail,omitempty"`
	}
	// FoundFacts: what was found.
	FoundFacts struct {
		Found Found               `json:"found"`
		Owner compliance.PersonID `json:"owner,omitempty"` // on record for the target
	}
	// ActFacts: what a person did or tried.
	ActFacts struct {
		Action   string    `json:"action"`
		Delivery string    `json:"delivery"`
		Surface  string    `json:"surface"`
		Message  string    `json:"message,omitempty"`
		Received time.Time `json:"received"`
		Ref      string    `json:"ref,omitempty"` // what the person saw
		By       string    `json:"by,omitempty"`  // the number that was named
		Reason   Reason    `json:"reason,omitempty"`
		Field    string    `json:"field,omitempty"`
		Stood    State     `json:"stood,omitempty"`
	}
	// MovedFacts: what no act of a person explains.
	MovedFacts struct {
		Detail string `json:"detail,omitempty"`
	}
)

// Found is a finding: a target serves what nothing on record put there.
type Found struct {
	Target      string    `json:"target"`
	System      string    `json:"system"`
	Environment string    `json:"environment"`
	Before      Seen      `json:"before"` // the content explained last
	LastLook    time.Time `json:"last_look"`
	Seen        Seen      `json:"seen"`
	// Meanwhile are the numbers of changes that were under way and do not explain it:
	// the time that was approved for them is over, or a process carries them out.
	Meanwhile []string `json:"meanwhile,omitempty"`
}
