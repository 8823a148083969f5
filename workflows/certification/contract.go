// Package certification is the process of one document that a vendor has to
// keep current: one run per artefact, for as long as the artefact is wanted. It
// reminds by the ladder, gathers renewals, states expiry, and answers changes
// that touch the vendor. This file is its contract with everybody who starts it
// or sends it messages.
package certification

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
)

// Names on the wire; frozen.
const (
	Type      = "Certification"  // the tracker of one artefact
	TrackType = "TrackArtefacts" // begins the trackers that the policy names and that do not run

	SignalTicketChanged = "ticket-changed" // argument compliance.TicketEvent
	SignalActed         = "acted"          // an Inbound that could not be sent as an update in time

	QueryStanding   = "standing"   // result Standing
	QueryConditions = "conditions" // argument Asking, result Answer

	IDPrefix = "certification/"
	// Series is the number series of certifications in the evidence log.
	Series = "CER"

	// TrackID is the id of the schedule that runs TrackArtefacts, and begins the
	// ids of its runs.
	TrackID = "track-artefacts"
)

// WorkflowID is the id of the tracker of an artefact. Vendor and artefact are
// ids of the policy: lower-case letters, digits, - and _.
func WorkflowID(vendor, artefact string) string { return rules.SubjectID(vendor, artefact) }

// UpdateFor names the update that carries an action, false for an unknown one.
// Every action has an update of its own name; its argument is a
// compliance.Inbound, its result a compliance.Reply.
func UpdateFor(action string) (string, bool) {
	return action, slices.Contains(rules.ActionNames(), action)
}

// Input starts a tracker. Carried is set only when a run continues as new.
type Input struct {
	Vendor   string `json:"vendor"`
	Artefact string `json:"artefact"`
	// Asked is set when a command begins it. The policy's word counts where it
	// names the artefact too.
	Asked   *rules.Asked `json:"asked,omitempty"`
	Carried *State       `json:"carried,omitempty"`
}

// TrackInput starts a TrackArtefacts. After is set only when a run continues as new.
type TrackInput struct {
	After string `json:"after,omitempty"`
	// Begun is how many trackers earlier runs of the same pass began.
	Begun int `json:"begun,omitempty"`
}

// TrackResult says what a pass found.
type TrackResult struct {
	Named int `json:"named"` // artefacts in the policy
	Begun int `json:"begun"` // trackers that this pass began
}

// Asking is the argument of QueryConditions: the instant that the asker is at.
type Asking struct {
	At time.Time `json:"at"`
}

// Answer is the result of QueryConditions. Unsettled is set while the tracker
// cannot say, because its calendar is not resolved: the asker tries again.
type Answer struct {
	Conditions []rules.Condition `json:"conditions,omitempty"`
	Unsettled  string            `json:"unsettled,omitempty"`
}

// Standing is the answer to QueryStanding.
type Standing struct {
	Number   string `json:"number,omitempty"`
	Subject  string `json:"subject"`
	Vendor   string `json:"vendor"`
	Artefact string `json:"artefact"`
	Title    string `json:"title,omitempty"`
	// State, Version and Coverage are those of the version in force, or of the
	// one that is awaited; Renewal is the state of the one gathered beside it.
	State      rules.State           `json:"state"`
	Version    int                   `json:"version"`
	Coverage   rules.Coverage        `json:"coverage,omitzero"`
	NeededBy   rules.Date            `json:"needed_by,omitzero"`
	Renewal    rules.State           `json:"renewal,omitempty"`
	Grace      *rules.GracePeriod    `json:"grace,omitempty"`
	Owner      compliance.PersonID   `json:"owner,omitempty"`
	Sponsor    compliance.PersonID   `json:"sponsor,omitempty"`
	Systems    []string              `json:"systems,omitempty"`
	Zone       string                `json:"zone,omitempty"`
	Rung       string                `json:"rung,omitempty"` // offset of the last reminder
	Ref        string                `json:"ref,omitempty"`  // binding to send with an action now
	Actions    []string              `json:"actions,omitempty"`
	Ends       time.Time             `json:"ends,omitzero"` // when the cover, or the wait for it, is over
	Wake       time.Time             `json:"wake,omitzero"` // when something comes next by itself
	Conditions []rules.Condition     `json:"conditions,omitempty"`
	Awaiting   []compliance.PersonID `json:"awaiting,omitempty"`
	Ticket     compliance.TicketRef  `json:"ticket"`
	Trouble    []string              `json:"trouble,omitempty"`
	LastIndex  uint64                `json:"last_index,omitempty"`
	Cards      []compliance.Posted   `json:"cards,omitempty"`
}
