package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Types of the evidence a rollout leaves. Frozen.
const (
	EventReceived    = "patch.received"     // an advisory or a person asked for a rollout; the number is allocated here
	EventClock       = "patch.clock"        // a clock was set, came nearer, or its inputs changed (P13 to P15)
	EventLater       = "patch.later"        // a later or milder deadline was asked for or accepted (P15)
	EventWarned      = "patch.warned"       // a warning about a deadline was sent (P19)
	EventQuarantined = "patch.quarantined"  // an entry or a document was not believed (P17)
	EventFeed        = "patch.feed"         // a feed is read for somebody, has another document in force, or became stale or fresh (P17, P18)
	EventAdvised     = "patch.advised"      // a notice of a feed opened a rollout, informed one, or was left alone
	EventPlanned     = "patch.planned"      // the ring plan was fixed, with the way back (P6)
	EventRingStarted = "patch.ring_started" // every gate was open
	EventSnapshot    = "patch.snapshot"     // what a target served before, and its backup (P23)
	EventDeployed    = "patch.deployed"
	EventChecked     = "patch.checked" // tests or a probe, with their outcome (P4)
	EventSoaked      = "patch.soaked"  // the soak began, began again, or ended (P2)
	EventHeld        = "patch.held"
	EventResumed     = "patch.resumed"
	EventAlarmed     = "patch.alarmed"    // a source of alerts found a target unwell (P6)
	EventReverting   = "patch.reverting"  // the way back was decided, with its trigger and what it overruled (P9)
	EventRestored    = "patch.restored"   // one step of the way back ended
	EventStranded    = "patch.stranded"   // a target has no way back or it failed; somebody was paged (P7)
	EventAlerted     = "patch.alerted"    // the rollout called for somebody through an alert of its own, or took that back (P7)
	EventReopened    = "patch.reopened"   // after the close a target does not serve the payload, or fails its tests (P25)
	EventMended      = "patch.mended"     // such a target serves the payload again
	EventBarred      = "patch.barred"     // (P8)
	EventBarLifted   = "patch.bar_lifted" // (P8)
	EventWaived      = "patch.waived"     // the backup gate was waived (P23)
	EventRefused     = "patch.refused"    // an act the rules refused
	EventClosed      = "patch.closed"
	EventLate        = "patch.late"       // an act on a rollout that is over
	EventUnreadable  = "patch.unreadable" // a message that could not be decoded
)

// Events lists every type, for tables and tests.
func Events() []string {
	return []string{
		EventReceived, EventClock, EventLater, EventWarned, EventQuarantined, EventFeed, EventAdvised, EventPlanned, EventRingStarted,
		EventSnapshot, EventDeployed, EventChecked, EventSoaked, EventHeld, EventResumed, EventAlarmed, EventReverting, EventRestored,
		EventStranded, EventAlerted, EventReopened, EventMended, EventBarred, EventBarLifted, EventWaived, EventRefused, EventClosed, EventLate,
		EventUnreadable,
	}
}

// Controls lists the framework references each type of event is evidence for:
// AICPA TSC CC7.1 (vulnerabilities), CC7.4 and CC7.5 (response, recovery),
// CC8.1 (change) and A1.2, A1.3 (backup, recovery tests); ISO/IEC 27001:2022
// Annex A 8.8, 8.13, 8.32 and 5.3; NIST SP 800-53 rev. 5 SI-2, SI-5, RA-5,
// CM-3, CM-3(2), CM-5, CP-9, CP-9(1), CP-10 and AC-5.
func Controls(event string) []string {
	switch event {
	case EventReceived, EventClock, EventWarned, EventReopened, EventMended, EventQuarantined, EventFeed, EventAdvised:
		return []string{"SOC2:CC7.1", "ISO27001:A.8.8", "NIST80053:RA-5", "NIST80053:SI-2", "NIST80053:SI-5"}
	case EventSnapshot, EventWaived:
		return []string{"SOC2:A1.2", "SOC2:A1.3", "ISO27001:A.8.13", "NIST80053:CP-9", "NIST80053:CP-9(1)"}
	case EventChecked, EventSoaked:
		return []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3(2)", "NIST80053:SI-2"}
	case EventAlarmed, EventReverting, EventRestored, EventStranded, EventAlerted, EventBarred:
		return []string{"SOC2:CC7.5", "SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CP-10", "NIST80053:CM-3"}
	case EventLater, EventBarLifted, EventRefused:
		return []string{"SOC2:CC7.1", "SOC2:CC8.1", "ISO27001:A.5.3", "ISO27001:A.8.8", "NIST80053:AC-5", "NIST80053:SI-2"}
	default:
		return []string{"SOC2:CC8.1", "ISO27001:A.8.8", "ISO27001:A.8.32", "NIST80053:CM-3", "NIST80053:CM-5", "NIST80053:SI-2"}
	}
}

// The facts of the events, by type. JSON names are frozen; schema 1.
type (
	// ReceivedFacts: what is to be rolled out, and why. An incident reads system,
	// title and authors, to list what was done to its system before.
	ReceivedFacts struct {
		System   string                `json:"system,omitempty"`
		Title    string                `json:"title,omitempty"`
		Authors  []compliance.PersonID `json:"authors,omitempty"` // who asked for it
		Advisory string                `json:"advisory,omitempty"`
		Revision string                `json:"revision,omitempty"`
		CVEs     []string              `json:"cves,omitempty"`
		// Statements are what whoever asked says of the vulnerabilities, where no feed does.
		Statements []Statement `json:"statements,omitempty"`
		Payload    Payload     `json:"payload"`
	}
	// ClockFacts: the clock in force, what it was before, and the evidence left out.
	ClockFacts struct {
		Clock    Clock    `json:"clock"`
		Before   *Clock   `json:"before,omitempty"`
		Proposed *Clock   `json:"proposed,omitempty"` // waits for an approval
		Unused   []Unused `json:"unused,omitempty"`
		Reason   Reason   `json:"reason,omitempty"`
	}
	// WarnedFacts: who was told what about which deadline.
	WarnedFacts struct {
		Vulnerability string                `json:"vulnerability"`
		Asset         string                `json:"asset"`
		Warning       Warning               `json:"warning"`
		Told          []compliance.PersonID `json:"told"`
	}
	// FeedFacts: what was read, and what was not believed.
	FeedFacts struct {
		Feed        string        `json:"feed"`
		Release     string        `json:"release,omitempty"`
		LastRead    time.Time     `json:"last_read,omitzero"`
		Quarantined []Quarantined `json:"quarantined,omitempty"`
		Defects     []string      `json:"defects,omitempty"`
		Reason      Reason        `json:"reason,omitempty"`
		// Released and Digest are set when another document came in force.
		Released time.Time `json:"released,omitzero"`
		Digest   string    `json:"digest,omitempty"`
		// Installed is set when a feed is read for these products from now on.
		Installed *Installed `json:"installed,omitempty"`
		// Turn counts the turns of the feed's standing; Stretch is the turn with which
		// the finding began. Both from 1, zero in other records.
		Turn    int    `json:"turn,omitempty"`
		Stretch int    `json:"stretch,omitempty"`
		Detail  string `json:"detail,omitempty"` // what was seen
	}
	// AdvisedFacts: what a notice means to a class of targets in a system.
	AdvisedFacts struct {
		Feed     string     `json:"feed"`
		Kind     AdviceKind `json:"kind"`
		Document string     `json:"document"` // the advisory's id, the entry's CVE, or the feed itself
		Revision string     `json:"revision,omitempty"`
		Name     string     `json:"name,omitempty"` // of the rollout, within its workflow id
		System   string     `json:"system"`
		Class    string     `json:"class"`
		Place    string     `json:"place,omitempty"`
		Rollout  string     `json:"rollout,omitempty"` // workflow id
		// Vulnerabilities are those of the rollout that it is about, with what is
		// known of them now.
		Vulnerabilities []Vulnerability `json:"vulnerabilities"`
		Reason          Reason          `json:"reason,omitempty"`
		// Turn is that of the catalogue's standing: what is said again after it
		// became reliable is another record.
		Turn int `json:"turn,omitempty"`
	}
	// PlannedFacts: the plan with its hash, and what may start the way back.
	PlannedFacts struct {
		Plan     Plan      `json:"plan"`
		Hash     string    `json:"hash"`
		Triggers []Reason  `json:"triggers"`
		Problems []Problem `json:"problems,omitempty"`
		Change   string    `json:"change,omitempty"` // number of the child change (P27)
	}
	// RingFacts: a ring moved, and why.
	RingFacts struct {
		Ring     int           `json:"ring"` // from 0
		Name     string        `json:"name"`
		From     RingState     `json:"from,omitempty"`
		To       RingState     `json:"to,omitempty"`
		Standing RingStanding  `json:"standing"`
		Results  []CheckResult `json:"results,omitempty"`
		SoakEnds time.Time     `json:"soak_ends,omitzero"`
		Move     Move          `json:"move,omitempty"`
		Reason   Reason        `json:"reason,omitempty"`
		Others   []Other       `json:"others,omitempty"` // under way on the same targets
	}
	// TargetFacts: something was done to one target.
	TargetFacts struct {
		Target  string        `json:"target"`
		Ring    int           `json:"ring"` // from 0
		Digest  string        `json:"digest,omitempty"`
		Before  *Verified     `json:"before,omitempty"`
		Backup  *Backup       `json:"backup,omitempty"`
		Gate    *BackupRuling `json:"gate,omitempty"`
		Waiver  *Waiver       `json:"waiver,omitempty"`
		Reason  Reason        `json:"reason,omitempty"`
		Outcome CheckOutcome  `json:"outcome,omitempty"`
		Detail  string        `json:"detail,omitempty"`
	}
	// WayBackFacts: the way back as decided, or as it ended.
	WayBackFacts struct {
		WayBack WayBack         `json:"way_back"`
		Results []RestoreResult `json:"results,omitempty"`
		Paged   []StuckTarget   `json:"paged,omitempty"`
		Bar     *Bar            `json:"bar,omitempty"`
	}
	// OrderFacts: another process, an incident, ordered the way back for people
	// who approved it there, and what was answered.
	OrderFacts struct {
		Order  compliance.RollbackOrder `json:"order"`
		Reason Reason                   `json:"reason,omitempty"` // why it was refused
		Stood  State                    `json:"stood,omitempty"`
	}
	// AlertedFacts: the alert by which somebody is called, or that it is over.
	AlertedFacts struct {
		Alert  Alert  `json:"alert"`
		ID     string `json:"id"` // workflow id of the alert
		Firing bool   `json:"firing"`
	}
	// ActFacts: what a person did or tried.
	ActFacts struct {
		Action   string    `json:"action"`
		Delivery string    `json:"delivery"`
		Surface  string    `json:"surface"`
		Message  string    `json:"message,omitempty"`
		Received time.Time `json:"received"`
		Ring     int       `json:"ring,omitempty"`  // as shown, from 1
		Shown    string    `json:"shown,omitempty"` // the statement as it was ticked
		Retest   bool      `json:"retest,omitempty"`
		Days     int       `json:"days,omitempty"`
		Reason   Reason    `json:"reason,omitempty"` // why it was refused
		Stood    State     `json:"stood,omitempty"`  // the state at that moment
		Bar      *Bar      `json:"bar,omitempty"`
	}
	// MovedFacts: the rollout itself moved.
	MovedFacts struct {
		From   State  `json:"from,omitempty"`
		To     State  `json:"to"`
		Reason Reason `json:"reason,omitempty"`
		Detail string `json:"detail,omitempty"`
	}
)
