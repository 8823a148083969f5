package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/gate"
)

// Types of the evidence a change leaves. Frozen.
const (
	EventReceived     = "change.received"      // a ticket asked for a change; the number is allocated here (C36)
	EventSubmitted    = "change.submitted"     // a version was admitted and level 1 opened
	EventNotSubmitted = "change.not_submitted" // a version was refused at the door, with every reason
	EventDecided      = "change.decided"       // a vote that counts, with the attestations as shown (C18)
	EventRefused      = "change.refused"       // an act the rules refused (C17)
	EventApproved     = "change.approved"      // the last level reached its quorum
	EventRejected     = "change.rejected"      // a level was denied
	EventExpired      = "change.expired"       // a deadline or the validity passed in silence
	EventVoided       = "change.voided"        // a version was replaced because its content changed
	EventStarted      = "change.started"
	EventNotStarted   = "change.not_started" // a start on record that the window's end overtook
	EventFinished     = "change.finished"
	EventClosed       = "change.closed"
	EventWithdrawn    = "change.withdrawn"
	EventLate         = "change.late"         // an act on a change that is over
	EventDrift        = "change.drift"        // somebody moved the ticket by hand
	EventUnreadable   = "change.unreadable"   // a message that could not be decoded
	EventReminded     = "change.reminded"     // those who had not decided were reminded (C10)
	EventEscalated    = "change.escalated"    // the fallback may decide, too (C10)
	EventReassigned   = "change.reassigned"   // a level got other people, or a deputy (C9)
	EventGated        = "change.gated"        // evidence was handed over for the gate, with where its checks stand
	EventEdited       = "change.edited"       // an edit that left the version and its votes standing (C12)
	EventHeld         = "change.held"         // somebody stopped it (C3)
	EventObjected     = "change.objected"     // an approver no longer stands by their approval (C24)
	EventResumed      = "change.resumed"      // a hold or an objection ended
	EventSuperseded   = "change.superseded"   // a newer change took its place (C4)
	EventSupersedes   = "change.supersedes"   // what became of the older change
	EventNotReplaced  = "change.not_replaced" // a newer change did not take its place, and why (C4)
	EventProceeded    = "change.proceeded"    // at a safe point the implementer may go on (C30)
	EventPaused       = "change.paused"       // the work waits at a safe point, beside the refusal to go on (C30)
	EventOverrun      = "change.overrun"      // a freeze began or the window closed while it was carried out (C30)
	EventTurnPassed   = "change.turn_passed"  // its turn was not used in time (C29)
	EventRetimed      = "change.retimed"      // the opening that it waits for moved with a calendar or the zone data (C25, C29)

	EventEmergency       = "change.emergency"        // the glass was broken: people on call are asked (C32)
	EventAcknowledged    = "change.acknowledged"     // somebody on call said go ahead, or no
	EventUnanswered      = "change.unanswered"       // nobody on call answered in time
	EventOvertaken       = "change.overtaken"        // the change moved on before anybody answered
	EventReviewReminded  = "change.review_reminded"  // a review or remedy is still owed (C33)
	EventReviewEscalated = "change.review_escalated" // it is late: the control owner is called
	EventReviewed        = "change.reviewed"         // the emergency was reviewed afterwards
	EventRemedied        = "change.remedied"         // what was done about one that should not have been
	EventViolation       = "change.violation"        // not reviewed, or not remedied, in time
)

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC8.1, ISO/IEC 27001:2022 Annex A 8.32 and 5.3, NIST SP 800-53
// rev. 5 CM-3, CM-5, AC-5 and AU-10.
func Controls(event string) []string {
	switch event {
	case EventDecided, EventRefused, EventLate, EventObjected, EventEmergency, EventAcknowledged, EventReviewed:
		return []string{"SOC2:CC8.1", "ISO27001:A.5.3", "ISO27001:A.8.32", "NIST80053:AC-5", "NIST80053:AU-10", "NIST80053:CM-3"}
	case EventStarted, EventFinished, EventClosed, EventUnanswered, EventRemedied, EventViolation, EventProceeded, EventPaused, EventOverrun:
		return []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3", "NIST80053:CM-5"}
	default:
		return []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3"}
	}
}

// The facts of the events, by type. JSON names are frozen; schema 1.
type (
	// ReceivedFacts: which ticket, and how it came.
	ReceivedFacts struct {
		Site     string `json:"site"`
		TicketID string `json:"ticket_id"`
		Key      string `json:"key"`
	}
	// SubmittedFacts: what was submitted and who may decide.
	SubmittedFacts struct {
		Version     int                 `json:"version"`
		Hash        string              `json:"hash"`
		System      string              `json:"system"`
		Environment string              `json:"environment"`
		Risk        string              `json:"risk"`
		Revision    string              `json:"revision,omitempty"`
		Requester   compliance.PersonID `json:"requester"`
		Implementer compliance.PersonID `json:"implementer"`
		// AskedBy are the others who had a part in asking, and which (C5).
		AskedBy      []Exclusion     `json:"asked_by,omitempty"`
		Chain        string          `json:"chain,omitempty"`
		Rule         string          `json:"rule,omitempty"`
		Levels       []ResolvedLevel `json:"levels,omitempty"`
		Deadline     time.Time       `json:"deadline,omitzero"`
		PlannedStart time.Time       `json:"planned_start,omitzero"`
		Duration     time.Duration   `json:"duration,omitempty"`
		Warning      string          `json:"warning,omitempty"` // the window does not fit now (C28)
		Problems     []Problem       `json:"problems,omitempty"`
		Reason       Reason          `json:"reason,omitempty"`
		Missing      []string        `json:"missing,omitempty"`
		// Conditions are what the documents of the system's vendors asked of it then.
		Conditions []certification.Condition `json:"conditions,omitempty"`
		// Gate is the pre-deployment gate of the version; none where it has none.
		Gate *SubmittedGate `json:"gate,omitempty"`
		// Template is what a standard change was submitted by.
		Template *TemplateUse `json:"template,omitempty"`
		// Collisions are the open changes that were planned for the same time then.
		Collisions []Collision `json:"collisions,omitempty"`
		// Since says what differed from the version before, as its approvers were shown it.
		Since string `json:"since,omitempty"`
		// Supersedes is the number of the older change that it replaces (C4).
		Supersedes string `json:"supersedes,omitempty"`
	}
	// ActFacts: what a person did or tried.
	ActFacts struct {
		Action   string     `json:"action"`
		Delivery string     `json:"delivery"`
		Surface  string     `json:"surface"`
		Message  string     `json:"message,omitempty"`
		Received time.Time  `json:"received"`
		Version  int        `json:"version,omitempty"`
		Level    int        `json:"level,omitempty"`
		Hash     string     `json:"hash,omitempty"` // of the content the person saw
		Verdict  Verdict    `json:"verdict,omitempty"`
		Attested []Attested `json:"attested,omitempty"`
		Groups   []string   `json:"groups,omitempty"` // that made them eligible
		Reason   Reason     `json:"reason,omitempty"`
		Changes  string     `json:"changes,omitempty"` // what differs from what they saw
		// First is when the person's vote that stands was given, where this act came after it.
		First    time.Time `json:"first,omitzero"`
		Tally    *Tallied  `json:"tally,omitempty"`
		Result   State     `json:"result,omitempty"`
		Lost     []Loss    `json:"lost,omitempty"`     // counted voters who may no longer decide (C5)
		Calendar string    `json:"calendar,omitempty"` // digest of the calendar rules consulted
		Stood    string    `json:"stood,omitempty"`    // the state at that moment
		// Conditions are what the documents of the system's vendors asked of a start.
		Conditions []certification.Condition `json:"conditions,omitempty"`
		SignedIn   *SignedIn                 `json:"signed_in,omitempty"`
		// Point is the safe point that the act is about, or at which it found the work
		// waiting, from 1; Remaining what was left by the implementer's estimate (C30).
		Point     int           `json:"point,omitempty"`
		Remaining time.Duration `json:"remaining,omitempty"`
		// Before are the numbers of those that were before it in the line (C29).
		Before []string `json:"before,omitempty"`
		// For is in whose place the vote was given, and by which delegation (C9).
		For        compliance.PersonID `json:"for,omitempty"`
		Delegation string              `json:"delegation,omitempty"`
		// Gate is where the checks of the gate stood.
		Gate []gate.Mark `json:"gate,omitempty"`
		// Behind says what ticket and card did not show at a start (C23).
		Behind    []string   `json:"behind,omitempty"`
		Emergency *Emergency `json:"emergency,omitempty"` // with what came of the act
		// Objects is the approval that an objection is about (C24).
		Objects *ObjectedTo `json:"objects,omitempty"`
		// Replaces is the person's earlier vote that this one takes the place of (C24).
		Replaces *Replaced `json:"replaces,omitempty"`
	}
	// Replaced is a vote that no longer counts because its voter changed it.
	Replaced struct {
		Verdict Verdict   `json:"verdict"`
		At      time.Time `json:"at"`
		Index   uint64    `json:"index,omitempty"` // of its record
	}
	// SignedIn is the proven sign-in that an act came with (C18).
	SignedIn struct {
		At      time.Time          `json:"at"`                // at the provider
		Methods []string           `json:"methods,omitempty"` // RFC 8176
		Context string             `json:"context,omitempty"`
		Issuer  string             `json:"issuer,omitempty"`
		Session string             `json:"session,omitempty"` // digest
		For     compliance.Account `json:"for"`               // whose link it was
	}
	// Attested is one attestation as it was shown and answered.
	Attested struct {
		Name   string `json:"name"`
		Text   string `json:"text"`
		Answer string `json:"answer"`
	}
	// Tallied is the level's count after a vote.
	Tallied struct {
		Level     int    `json:"level"`
		Approvals int    `json:"approvals"`
		Denials   int    `json:"denials"`
		Required  int    `json:"required"`
		Outcome   string `json:"outcome"`
	}
	// MovedFacts: a transition that no single act explains by itself.
	MovedFacts struct {
		Version  int           `json:"version,omitempty"`
		Level    int           `json:"level,omitempty"`
		From     string        `json:"from,omitempty"`
		To       string        `json:"to,omitempty"`
		Reason   Reason        `json:"reason,omitempty"`
		Hash     string        `json:"hash,omitempty"`
		Changes  []FieldChange `json:"changes,omitempty"`
		Lost     []Loss        `json:"lost,omitempty"`
		Approved time.Time     `json:"approved,omitzero"`
		Expires  time.Time     `json:"expires,omitzero"`
		Opens    time.Time     `json:"opens,omitzero"`
		Window   string        `json:"window,omitempty"`
		Detail   string        `json:"detail,omitempty"`
		Newer    string        `json:"newer,omitempty"` // number of the change that took its place (C4)
		// Collisions are the open changes that were planned for the same time when
		// the last level approved.
		Collisions []Collision `json:"collisions,omitempty"`
		// By is who moved the ticket by hand; Reason is then why they may not decide (C22).
		By compliance.PersonID `json:"by,omitempty"`
		// Emergency is set where the emergency path is taken (C32, C33).
		Emergency *Emergency `json:"emergency,omitempty"`
	}
)
