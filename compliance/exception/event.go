package exception

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Types of the evidence an exception leaves. Frozen.
const (
	EventRequested    = "exception.requested"     // it was asked for; the number is allocated here (A16)
	EventNotRequested = "exception.not_requested" // the rules did not take the request
	EventApproved     = "exception.approved"      // one of several approvals that are needed
	EventGranted      = "exception.granted"       // it is in force (A16)
	EventDenied       = "exception.denied"        // an approver said no, to the request or to a renewal
	EventLapsed       = "exception.lapsed"        // nobody said yes in time
	EventAsked        = "exception.asked"         // the verifier was asked (A18)
	EventConfirmed    = "exception.confirmed"     // the compensating control works
	EventFailed       = "exception.failed"        // it does not, so the exception is over (A18)
	EventUnanswered   = "exception.unanswered"    // the verifier kept silent, so the exception is over (A18)
	EventWarned       = "exception.warned"        // its end is near
	EventRenewing     = "exception.renewing"      // its owner asks for a renewal
	EventRenewed      = "exception.renewed"       // it was decided anew
	EventExpired      = "exception.expired"       // its last day is over, and what it excused is open again (A17)
	EventRevoked      = "exception.revoked"       // it was ended early, and what it excused is open again
	EventEscalated    = "exception.escalated"     // the short deadline passed (A17)
	EventReminded     = "exception.reminded"      // it is open still, a week later
	EventEnded        = "exception.ended"         // what it excused is remedied
	EventWithdrawn    = "exception.withdrawn"     // the request was taken back
	EventRefused      = "exception.refused"       // an act the rules refused
	EventLate         = "exception.late"          // an act on an exception that is over
	EventRescheduled  = "exception.rescheduled"   // its end moved with the owner's zone (G1)
	EventUnreadable   = "exception.unreadable"    // a message that could not be decoded
	EventDrift        = "exception.drift"         // somebody moved or deleted its ticket by hand
	EventStopped      = "exception.stopped"       // an operator of the engine ended the run
)

// Events lists every type, in the order of an exception's life.
func Events() []string {
	return []string{
		EventRequested, EventNotRequested, EventApproved, EventGranted, EventDenied, EventLapsed, EventAsked, EventConfirmed,
		EventFailed, EventUnanswered, EventWarned, EventRenewing, EventRenewed, EventExpired, EventRevoked, EventEscalated,
		EventReminded, EventEnded, EventWithdrawn, EventRefused, EventLate, EventRescheduled, EventUnreadable, EventDrift, EventStopped,
	}
}

// Moves reports whether a record of this type says in After how the exception
// stands from then on.
func Moves(event string) bool {
	switch event {
	case EventRefused, EventLate, EventUnreadable, EventDrift:
		return false
	}
	return true
}

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC3.2 and CC9.1 (risk is assessed and accepted by those entitled),
// CC4.1 (controls are evaluated), ISO/IEC 27001:2022 Annex A 5.3 (segregation of
// duties) and 5.36 (compliance with policies and its exceptions), NIST SP 800-53
// rev. 5 AC-5, CA-5 (plan of action), CA-7 and RA-7 (risk response).
func Controls(event string) []string {
	switch event {
	case EventApproved, EventGranted, EventDenied, EventRenewed, EventRefused, EventLate, EventNotRequested:
		return []string{"SOC2:CC3.2", "SOC2:CC9.1", "ISO27001:A.5.3", "ISO27001:A.5.36", "NIST80053:AC-5", "NIST80053:RA-7"}
	case EventAsked, EventConfirmed, EventFailed, EventUnanswered:
		return []string{"SOC2:CC4.1", "ISO27001:A.5.36", "NIST80053:CA-7", "NIST80053:RA-7"}
	default:
		return []string{"SOC2:CC9.1", "ISO27001:A.5.36", "NIST80053:CA-5", "NIST80053:RA-7"}
	}
}

// The facts of the events, by type. JSON names are frozen; schema 1. What people
// wrote is a blob.
type (
	// ActFacts: what a person did or tried.
	ActFacts struct {
		Action   string    `json:"action"`
		Delivery string    `json:"delivery"`
		Surface  string    `json:"surface"`
		Message  string    `json:"message,omitempty"`
		Received time.Time `json:"received"`
		Ref      string    `json:"ref,omitempty"`   // what the person saw
		Roles    []string  `json:"roles,omitempty"` // that made them concerned
		Reason   Reason    `json:"reason,omitempty"`
		Field    string    `json:"field,omitempty"` // that the reason is about
		Stood    State     `json:"stood,omitempty"`
		// After is how it stands from then on; nil when nothing moved.
		After *Exception `json:"after,omitempty"`
	}
	// MovedFacts: what time has brought by itself.
	MovedFacts struct {
		Due  *Due                  `json:"due,omitempty"`
		Told []compliance.PersonID `json:"told,omitempty"`
		// OverdueDays counts the days without cover, when it is reopened or later.
		OverdueDays int        `json:"overdue_days,omitempty"`
		Detail      string     `json:"detail,omitempty"`
		After       *Exception `json:"after,omitempty"`
	}
)
