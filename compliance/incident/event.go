package incident

// Types of the evidence an alert and an incident leave. Frozen.
const (
	EventAlertTriggered = "alert.triggered" // a source reported; AlertFacts
	EventAlertCleared   = "alert.cleared"   // a source took it back; AlertFacts
	EventAlertOver      = "alert.over"      // the flap window passed in silence; AlertFacts

	EventReceived     = "incident.received"     // the number is allocated here; ReceivedFacts
	EventHeld         = "incident.held"         // suppressed by a maintenance window; MovedFacts
	EventPaging       = "incident.paging"       // before the sends of a page; PageFacts
	EventPaged        = "incident.paged"        // what became of the page; PageFacts
	EventFinding      = "incident.finding"      // nobody in the policy, exhausted, review overdue, drill missed; PageFacts or MovedFacts
	EventAcknowledged = "incident.acknowledged" // the first, or one that joins; ActFacts
	EventAckExpired   = "incident.ack_expired"  // MovedFacts
	EventStoodDown    = "incident.stood_down"   // StandDownFacts
	EventUpdated      = "incident.updated"      // ActFacts
	EventRefused      = "incident.refused"      // an act the rules refused; ActFacts
	EventOffered      = "incident.offered"      // a handover; HandoverFacts
	EventAccepted     = "incident.accepted"     // HandoverFacts
	EventNotAccepted  = "incident.not_accepted" // HandoverFacts
	EventResolved     = "incident.resolved"     // ActFacts, or MovedFacts when the source did

	EventRollbackAsked    = "incident.rollback_asked"    // RollbackFacts
	EventRollbackApproved = "incident.rollback_approved" // RollbackFacts
	EventRollbackDenied   = "incident.rollback_denied"   // RollbackFacts
	EventRollbackStarted  = "incident.rollback_started"  // RollbackFacts
	EventRollbackDone     = "incident.rollback_done"     // RollbackFacts
	EventRollbackFailed   = "incident.rollback_failed"   // RollbackFacts

	EventReassigned = "incident.reassigned" // a page was given to somebody else where it rang; ReassignedFacts

	EventReviewed = "incident.reviewed" // ReviewFacts
	EventClosed   = "incident.closed"   // ReviewFacts

	EventItemChased    = "incident.action_chased"    // somebody was reminded of what is to be done; ItemFacts
	EventItemKept      = "incident.action_kept"      // its ticket ended without its being done; ItemFacts
	EventItemDone      = "incident.action_done"      // ItemFacts
	EventItemWithdrawn = "incident.action_withdrawn" // ItemFacts

	EventLate = "incident.late" // an act on an incident that is over; ActFacts

	EventUnreadable = "incident.unreadable" // a message that could not be decoded; MovedFacts
)

// Events lists every type, for tables and tests.
func Events() []string {
	return []string{
		EventAlertTriggered, EventAlertCleared, EventAlertOver,
		EventReceived, EventHeld, EventPaging, EventPaged, EventFinding, EventAcknowledged, EventAckExpired, EventStoodDown,
		EventUpdated, EventRefused, EventOffered, EventAccepted, EventNotAccepted, EventResolved,
		EventRollbackAsked, EventRollbackApproved, EventRollbackDenied, EventRollbackStarted, EventRollbackDone, EventRollbackFailed,
		EventReassigned, EventReviewed, EventClosed, EventItemChased, EventItemKept, EventItemDone, EventItemWithdrawn, EventLate, EventUnreadable,
	}
}

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC7.3 to CC7.5 and CC8.1; ISO/IEC 27001:2022 Annex A 5.24 to 5.28,
// 5.3 and 8.32; NIST SP 800-53 rev. 5 IR-4 to IR-6, AC-5, AU-10 and CM-3.
func Controls(event string) []string {
	switch event {
	case EventAlertTriggered, EventAlertCleared, EventAlertOver, EventReceived, EventHeld:
		return []string{"SOC2:CC7.3", "ISO27001:A.5.25", "ISO27001:A.5.28", "NIST80053:IR-4", "NIST80053:IR-5"}
	case EventAcknowledged, EventReassigned, EventRefused, EventAccepted, EventLate:
		return []string{"SOC2:CC7.4", "ISO27001:A.5.26", "ISO27001:A.5.28", "NIST80053:AU-10", "NIST80053:IR-4", "NIST80053:IR-5"}
	case EventRollbackAsked, EventRollbackApproved, EventRollbackDenied, EventRollbackStarted, EventRollbackDone, EventRollbackFailed:
		return []string{
			"SOC2:CC7.4", "SOC2:CC7.5", "SOC2:CC8.1", "ISO27001:A.5.3", "ISO27001:A.5.26", "ISO27001:A.8.32",
			"NIST80053:AC-5", "NIST80053:CM-3", "NIST80053:IR-4", "NIST80053:IR-5",
		}
	case EventReviewed, EventClosed, EventItemChased, EventItemKept, EventItemDone, EventItemWithdrawn:
		return []string{"SOC2:CC7.5", "ISO27001:A.5.3", "ISO27001:A.5.27", "NIST80053:AC-5", "NIST80053:IR-4", "NIST80053:IR-5"}
	case EventFinding:
		return []string{"SOC2:CC7.4", "ISO27001:A.5.24", "ISO27001:A.5.27", "NIST80053:IR-4", "NIST80053:IR-5"}
	default:
		return []string{"SOC2:CC7.4", "ISO27001:A.5.26", "ISO27001:A.5.28", "NIST80053:IR-4", "NIST80053:IR-5", "NIST80053:IR-6"}
	}
}
