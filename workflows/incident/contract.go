// Package incident is the process of an incident, and of the alert that opens
// one: people are called until somebody acknowledges, the cause is taken back
// where it can be, and nothing is closed before its review. This file is its
// contract with everybody who starts it or sends it messages.
package incident

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Names on the wire; frozen.
const (
	Type      = "Incident"
	AlertType = "Alert"

	// The updates take a compliance.Inbound and answer with a compliance.Reply.
	UpdateAcknowledge = "acknowledge"
	UpdateResolve     = "resolve"
	UpdateReport      = "update" // what a responder says about where it stands
	UpdateAccept      = "accept"
	UpdateRollback    = "rollback"
	UpdateDecide      = "decide-rollback"
	UpdateOutcome     = "report-rollback"
	UpdateReview      = "review"
	UpdateClose       = "close"
	UpdateFinish      = "finish-action"
	UpdateWithdraw    = "withdraw-action"
	UpdateReassign    = "reassign" // a page was given to somebody else where it rang

	SignalActed         = "acted"          // an Inbound that could not be sent as an update in time
	SignalTicketChanged = "ticket-changed" // argument compliance.TicketEvent
	SignalAlerted       = "alerted"        // argument Alerted, from the incident's alert

	// To an alert.
	SignalReported = "reported" // argument compliance.AlertEvent
	SignalResolved = "resolved" // argument Resolved, from the alert's incident

	QueryStanding = "standing" // result Standing, or AlertStanding

	IDPrefix      = "incident/"
	AlertIDPrefix = "alert/"
	// NewSubject is what a declaration is about: an incident that is not there yet.
	NewSubject = IDPrefix + "new"
	// Series is the number series of incidents in the evidence log.
	Series = rules.Series
)

// IsAlert reports whether a workflow id is that of an alert.
func IsAlert(id string) bool { return strings.HasPrefix(id, AlertIDPrefix) }

// DeclaredID is the id of the incident that a declaration with this delivery
// opens: declaring twice the same declares once.
func DeclaredID(delivery string) string { return rules.DeclaredToken(delivery).ID() }

// updates is which update carries which action.
func updates() map[string]string {
	return map[string]string{
		rules.ActionAcknowledge: UpdateAcknowledge, rules.ActionResolve: UpdateResolve, rules.ActionUpdate: UpdateReport,
		rules.ActionAccept: UpdateAccept, rules.ActionRollback: UpdateRollback, rules.ActionApprove: UpdateDecide,
		rules.ActionDeny: UpdateDecide, rules.ActionReport: UpdateOutcome, rules.ActionReview: UpdateReview, rules.ActionClose: UpdateClose,
		rules.ActionFinish: UpdateFinish, rules.ActionWithdraw: UpdateWithdraw, rules.ActionReassign: UpdateReassign,
	}
}

// UpdateFor names the update that carries an action, false for an unknown one.
// A declaration has none: it starts an incident.
func UpdateFor(action string) (string, bool) {
	name, ok := updates()[action]
	return name, ok
}

// IsLive reports whether the form of an action depends on where the incident
// stands: it offers runs or things to be done to choose from, or says what is
// signed.
func IsLive(action string) bool {
	switch action {
	case rules.ActionRollback, rules.ActionApprove, rules.ActionDeny, rules.ActionReport, rules.ActionClose, rules.ActionFinish, rules.ActionWithdraw:
		return true
	}
	return false
}

// Input starts an Incident: from its alert, or declared by a person. Carried is
// set only when a run continues as new.
type Input struct {
	Alert    *Opening            `json:"alert,omitempty"`
	Declared *compliance.Inbound `json:"declared,omitempty"`
	Carried  *State              `json:"carried,omitempty"`
}

// Opening is what an alert hands to its incident.
type Opening struct {
	ID     string                `json:"id"` // workflow id of the alert
	Source string                `json:"source"`
	Event  compliance.AlertEvent `json:"event"`
	Plan   steps.IncidentPlan    `json:"plan"`
	Before rules.Token           `json:"before,omitempty"` // the incident of the same run before it (I1)
	Count  int                   `json:"count"`
}

// Alerted is what an alert tells its incident.
type Alerted struct {
	Incident rules.Token    `json:"incident"`
	Count    int            `json:"count"` // reports folded into it so far
	Left     int            `json:"left,omitempty"`
	Severity rules.Severity `json:"severity,omitempty"` // set when it became worse
	// Cleared is set when the source said that it is over and the flap window
	// has passed.
	Cleared bool      `json:"cleared,omitempty"`
	At      time.Time `json:"at"`
}

// Resolved tells an alert that its incident has been resolved.
type Resolved struct {
	Incident rules.Token `json:"incident"`
}

// AlertInput starts an Alert. Carried is set only when a run continues as new.
type AlertInput struct {
	Source string `json:"source"`
	Digest string `json:"digest"` // SHA-256 of the deduplication key
	// Event is the first report where another process starts the alert; a source's
	// comes as the signal it is started with.
	Event   *compliance.AlertEvent `json:"event,omitempty"`
	Carried *AlertState            `json:"carried,omitempty"`
}

// AlertStanding is an alert's answer to QueryStanding.
type AlertStanding struct {
	Subject  string           `json:"subject"`
	State    rules.AlertState `json:"state,omitempty"`
	Severity rules.Severity   `json:"severity,omitempty"`
	Incident string           `json:"incident,omitempty"` // workflow id
	Count    int              `json:"count"`
	Until    time.Time        `json:"until,omitzero"` // end of the flap window
}

// Standing is an incident's answer to QueryStanding.
type Standing struct {
	Number    string                `json:"number,omitempty"`
	Subject   string                `json:"subject"`
	Title     string                `json:"title"`
	System    string                `json:"system,omitempty"`
	State     rules.State           `json:"state"`
	Severity  rules.Severity        `json:"severity"`
	Opened    time.Time             `json:"opened"`
	Page      int                   `json:"page"`
	Place     rules.Place           `json:"place"`
	Reach     rules.Reach           `json:"reach,omitempty"`
	Owner     compliance.PersonID   `json:"owner,omitempty"`
	Acks      []rules.Ack           `json:"acks,omitempty"`
	Until     time.Time             `json:"until,omitzero"` // when the acknowledgement ages out
	Next      rules.Decision        `json:"next"`           // who is paged next, and when
	Paged     []Person              `json:"paged,omitempty"`
	Awaiting  []compliance.PersonID `json:"awaiting,omitempty"`
	Due       time.Time             `json:"due,omitzero"`
	Ref       string                `json:"ref,omitempty"` // binding to send with an action now
	Runs      []rules.Candidate     `json:"runs,omitempty"`
	Rollbacks []rules.Rollback      `json:"rollbacks,omitempty"`
	Review    *rules.Review         `json:"review,omitempty"`
	Reminded  time.Time             `json:"reminded,omitzero"`
	Room      string                `json:"room,omitempty"`
	Ticket    compliance.TicketRef  `json:"ticket,omitzero"`
	Before    string                `json:"before,omitempty"`
	Count     int                   `json:"count,omitempty"`
	Behind    int                   `json:"behind,omitempty"` // records that are not in the log yet
	Trouble   []string              `json:"trouble,omitempty"`
	LastIndex uint64                `json:"last_index,omitempty"`
	Cards     []compliance.Posted   `json:"cards,omitempty"`
}

// Person is one person's page, as Standing shows it.
type Person struct {
	Person   compliance.PersonID `json:"person"`
	Page     int                 `json:"page"`
	Reach    rules.Reach         `json:"reach"`
	Why      rules.Reason        `json:"why,omitempty"`
	Attempts []rules.Attempt     `json:"attempts,omitempty"`
}
