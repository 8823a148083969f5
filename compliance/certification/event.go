package certification

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Types of the evidence a certification leaves. Frozen.
const (
	EventTracked      = "certification.tracked"      // tracking began; the number is allocated here
	EventReminded     = "certification.reminded"     // a rung was sent (A2)
	EventEscalated    = "certification.escalated"    // further roles were told of a rung (A3)
	EventUntold       = "certification.untold"       // nobody could be told
	EventAcknowledged = "certification.acknowledged" // somebody acknowledged a rung
	EventRequested    = "certification.requested"    // the vendor was asked
	EventReceived     = "certification.received"     // a document came
	EventReviewing    = "certification.reviewing"    // its review was taken up
	EventAccepted     = "certification.accepted"     // it is in force, and what it superseded is not (A4)
	EventReturned     = "certification.returned"     // it is not what is needed
	EventGap          = "certification.gap"          // days nothing covers: a finding (A4)
	EventExpiring     = "certification.expiring"     // the ladder began
	EventExpired      = "certification.expired"      // coverage or grace ended (A8)
	EventGranted      = "certification.granted"      // grace (A8)
	EventDenied       = "certification.denied"       // no grace
	EventWithdrawn    = "certification.withdrawn"    // the vendor took it back (A8)
	EventRefused      = "certification.refused"      // an act the rules refused
	EventLate         = "certification.late"         // an act on a tracker that is over
	EventRescheduled  = "certification.rescheduled"  // instants moved with the owner or the zone's rules (G1)
	EventUnreadable   = "certification.unreadable"   // a message that could not be decoded
	EventDrift        = "certification.drift"        // somebody moved or deleted the renewal's task by hand
	EventStopped      = "certification.stopped"      // an operator of the engine ended the tracking
)

// Events lists every type, in the order of an artefact's life.
func Events() []string {
	return []string{
		EventTracked, EventReminded, EventEscalated, EventUntold, EventAcknowledged, EventRequested, EventReceived,
		EventReviewing, EventAccepted, EventReturned, EventGap, EventExpiring, EventExpired, EventGranted, EventDenied,
		EventWithdrawn, EventRefused, EventLate, EventRescheduled, EventUnreadable, EventDrift, EventStopped,
	}
}

// EventFor names the event of an accepted act, empty for an unknown action.
func EventFor(a Act) string {
	switch a.Action {
	case ActionAcknowledge:
		return EventAcknowledged
	case ActionRequest:
		return EventRequested
	case ActionReceive:
		return EventReceived
	case ActionReview:
		return EventReviewing
	case ActionAccept:
		return EventAccepted
	case ActionReturn:
		return EventReturned
	case ActionGrace:
		if a.Grant {
			return EventGranted
		}
		return EventDenied
	case ActionWithdraw:
		return EventWithdrawn
	default:
		return ""
	}
}

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC9.2 (vendor risk), ISO/IEC 27001:2022 Annex A 5.19 and 5.22
// (supplier relationships, monitoring of supplier services) and 5.3 (segregation
// of duties), NIST SP 800-53 rev. 5 SA-9, SR-6, AC-5 and RA-7.
func Controls(event string) []string {
	switch event {
	case EventGranted, EventDenied, EventRefused, EventLate:
		return []string{"SOC2:CC9.2", "ISO27001:A.5.3", "ISO27001:A.5.19", "NIST80053:AC-5", "NIST80053:RA-7", "NIST80053:SA-9"}
	case EventReceived, EventReviewing, EventAccepted, EventReturned, EventGap, EventWithdrawn:
		return []string{"SOC2:CC9.2", "ISO27001:A.5.19", "ISO27001:A.5.22", "NIST80053:SA-9", "NIST80053:SR-6"}
	default:
		return []string{"SOC2:CC9.2", "ISO27001:A.5.22", "NIST80053:SA-9"}
	}
}

// The facts of the events, by type. JSON names are frozen; schema 1.
type (
	// TrackedFacts: what is tracked, by which ladder.
	TrackedFacts struct {
		Vendor   string              `json:"vendor"`
		Artefact string              `json:"artefact"`
		NeededBy Date                `json:"needed_by,omitzero"`
		Ladder   Ladder              `json:"ladder"`
		Owner    compliance.PersonID `json:"owner,omitempty"`
		Sponsor  compliance.PersonID `json:"sponsor,omitempty"`
		Systems  []string            `json:"systems,omitempty"`
		Zone     string              `json:"zone,omitempty"`
		// Asked is set when a command, and not the policy, began it.
		Asked bool `json:"asked,omitempty"`
	}
	// ReminderFacts: a rung that was sent, or further roles told of it, or the
	// lack of anybody to tell.
	ReminderFacts struct {
		Reminder   *Reminder   `json:"reminder,omitempty"`
		Escalation *Escalation `json:"escalation,omitempty"`
		Told       Recipients  `json:"told"`
		Zone       string      `json:"zone,omitempty"`
	}
	// ActFacts: what a person did or tried. The document itself is a blob.
	ActFacts struct {
		Action   string    `json:"action"`
		Delivery string    `json:"delivery"`
		Surface  string    `json:"surface"`
		Message  string    `json:"message,omitempty"`
		Received time.Time `json:"received"`
		Ref      string    `json:"ref,omitempty"` // what the person saw
		Coverage *Coverage `json:"coverage,omitempty"`
		Mark     string    `json:"mark,omitempty"`
		Corrects bool      `json:"corrects,omitempty"`
		Attested string    `json:"attested,omitempty"` // the statement as it was shown
		Until    Date      `json:"until,omitzero"`     // end of a grace
		Roles    []Role    `json:"roles,omitempty"`    // that made them concerned
		Reason   Reason    `json:"reason,omitempty"`
		Effect   *Effect   `json:"effect,omitempty"`
		Stood    State     `json:"stood,omitempty"` // the current version's state at that moment
	}
	// MovedFacts: what time has brought by itself, or a resolved schedule.
	MovedFacts struct {
		Move     *Move               `json:"move,omitempty"`
		Coverage *Coverage           `json:"coverage,omitempty"`
		Gap      *Gap                `json:"gap,omitempty"`
		Ends     time.Time           `json:"ends,omitzero"`
		Owner    compliance.PersonID `json:"owner,omitempty"`
		Zone     string              `json:"zone,omitempty"`
		// Changed says in words what an edit of the policy or the directory changed.
		Changed []string `json:"changed,omitempty"`
		Detail  string   `json:"detail,omitempty"`
		// NeededBy is the day that an edit gave to what is awaited first; Undated is
		// set when the edit took it away.
		NeededBy Date `json:"needed_by,omitzero"`
		Undated  bool `json:"undated,omitempty"`
		// Reopened is set when the renewal's ticket was deleted and is opened anew.
		Reopened bool `json:"reopened,omitempty"`
	}
)
