// Package exception is the process of one exception from a control: asked for,
// decided, in force until its last day, checked in between, and reopened when it
// ends. One run per exception. This file is its contract with everybody who
// starts it or sends it messages.
package exception

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
)

// Names on the wire; frozen.
const (
	Type = "Exception"

	SignalTicketChanged = "ticket-changed" // argument compliance.TicketEvent
	SignalActed         = "acted"          // an Inbound that could not be sent as an update in time

	QueryStanding = "standing" // result Standing

	IDPrefix = rules.IDPrefix
	// Series is the number series of exceptions in the evidence log.
	Series = rules.Series
	// NewSubject stands in a request for the exception that it will make.
	NewSubject = rules.NewSubject
)

// RequestedID is the id of the exception that a request with this delivery asks
// for: asking twice the same asks once.
func RequestedID(delivery string) string { return rules.SubjectID(delivery) }

// UpdateFor names the update that carries an action, false for an unknown one.
// Every action has an update of its own name; its argument is a
// compliance.Inbound, its result a compliance.Reply.
func UpdateFor(action string) (string, bool) {
	return action, slices.Contains(rules.ActionNames(), action)
}

// Input starts an exception. Carried is set only when a run continues as new.
type Input struct {
	Requested *compliance.Inbound `json:"requested,omitempty"`
	Carried   *State              `json:"carried,omitempty"`
}

// Result says how an exception ended.
type Result struct {
	Number string       `json:"number"`
	State  rules.State  `json:"state"`
	Reason rules.Reason `json:"reason,omitempty"` // of a request that was not taken
}

// Standing is the answer to QueryStanding.
type Standing struct {
	Number       string                `json:"number,omitempty"`
	Subject      string                `json:"subject"`
	State        rules.State           `json:"state,omitempty"`
	Cause        rules.Cause           `json:"cause,omitempty"`
	Control      string                `json:"control"`
	System       string                `json:"system"`
	Environment  string                `json:"environment,omitempty"`
	Change       string                `json:"change,omitempty"`
	Why          string                `json:"why,omitempty"`
	Compensating string                `json:"compensating,omitempty"`
	Owner        compliance.PersonID   `json:"owner,omitempty"`
	Verifier     compliance.PersonID   `json:"verifier,omitempty"`
	Requester    compliance.PersonID   `json:"requester,omitempty"`
	Since        rules.Date            `json:"since,omitzero"` // what it excuses began then
	Last         rules.Date            `json:"last,omitzero"`  // its last day, or the one that is asked for
	Ends         time.Time             `json:"ends,omitzero"`
	Renewals     int                   `json:"renewals,omitempty"`
	MaxRenewals  int                   `json:"max_renewals,omitempty"`
	Due          rules.Date            `json:"due,omitzero"` // the short deadline after the end
	OverdueDays  int                   `json:"overdue_days,omitempty"`
	Round        *rules.Round          `json:"round,omitempty"`
	Check        rules.Check           `json:"check,omitzero"`
	Refused      rules.Reason          `json:"refused,omitempty"` // why the request was not taken
	RefusedField string                `json:"refused_field,omitempty"`
	Zone         string                `json:"zone,omitempty"`
	Ref          string                `json:"ref,omitempty"` // binding to send with an action now
	Actions      []string              `json:"actions,omitempty"`
	Wake         time.Time             `json:"wake,omitzero"` // when something comes next by itself
	Awaiting     []compliance.PersonID `json:"awaiting,omitempty"`
	Ticket       compliance.TicketRef  `json:"ticket"`
	Trouble      []string              `json:"trouble,omitempty"`
	LastIndex    uint64                `json:"last_index,omitempty"`
	Cards        []compliance.Posted   `json:"cards,omitempty"`
}
