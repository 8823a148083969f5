// Package patch is the process of a patch rollout: a payload goes out ring by
// ring, each proven by tests and a soak before the next begins, and back again by
// itself when a check fails. This file is its contract with everybody who starts
// it or sends it messages.
package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// Names on the wire; frozen.
const (
	Type        = "PatchRollout"
	PayloadType = "PatchPayload" // stores a payload, from a target or as it is given

	// The updates take a compliance.Inbound and answer with a compliance.Reply.
	UpdateStop     = "stop"
	UpdateResume   = "resume"
	UpdateRollBack = "roll-back"
	UpdateLift     = "lift-bar"
	UpdateWaive    = "waive-backup"
	UpdateLater    = "accept-later"

	SignalActed    = "acted"    // an Inbound that could not be sent as an update in time
	SignalInformed = "informed" // argument News: what became known of vulnerabilities
	SignalProvided = "provided" // argument Provided: the payload for a rollout that an advisory opened
	// SignalApproval, from the change, is change.SignalApproval; orders of the way
	// back come as compliance.SignalRollback, alarms about targets as
	// compliance.SignalHealthAlarm.

	QueryStanding = "standing" // result Standing

	IDPrefix         = "patch/"
	AdvisoryIDPrefix = IDPrefix + "advisory/"
	PayloadIDPrefix  = IDPrefix + "payload/"
	// Series is the number series of rollouts in the evidence log.
	Series = "PAT"
)

// WorkflowID is the id of a rollout that somebody asks for, with the client's UUID.
func WorkflowID(uuid string) string { return IDPrefix + uuid }

// AdvisoryID is the id of the rollout that an advisory opens in a system.
func AdvisoryID(advisory, system string) string { return AdvisoryIDPrefix + advisory + "/" + system }

// PayloadID is the id of the storing of a payload: token is the SHA-256 (hex) of
// a file's content, or the client's UUID where it is taken from a target.
func PayloadID(token string) string { return PayloadIDPrefix + token }

// UpdateFor names the update that carries an action, false for an unknown one.
func UpdateFor(action string) (string, bool) {
	switch action {
	case rules.ActionStop:
		return UpdateStop, true
	case rules.ActionResume:
		return UpdateResume, true
	case rules.ActionRollBack:
		return UpdateRollBack, true
	case rules.ActionLift:
		return UpdateLift, true
	case rules.ActionWaive:
		return UpdateWaive, true
	case rules.ActionLater:
		return UpdateLater, true
	}
	return "", false
}

// Input starts a rollout. Carried is set only when a run continues as new.
type Input struct {
	Asked   Asked  `json:"asked"`
	Carried *State `json:"carried,omitempty"`
}

// Asked is what is to be rolled out, and why.
type Asked struct {
	System string `json:"system"`
	Class  string `json:"class,omitempty"` // may be left out where the system has one
	// Payload is what goes out; nil for an advisory, until somebody provides it.
	Payload *Stored            `json:"payload,omitempty"`
	Actor   compliance.Account `json:"actor,omitzero"` // who asks; zero for an advisory
	Risk    string             `json:"risk,omitempty"` // low, medium or high; medium when left out
	// Advisory and Revision name the advisory; Vulnerabilities are what is mended.
	Advisory        string                `json:"advisory,omitempty"`
	Revision        string                `json:"revision,omitempty"`
	Vulnerabilities []rules.Vulnerability `json:"vulnerabilities,omitempty"`
}

// Stored is a payload that is kept under its digest.
type Stored struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	Blob    string `json:"blob"` // "sha256:" and 64 hex digits
}

// News is what became known of vulnerabilities since a rollout was asked for.
type News struct {
	Key             string                `json:"key"` // tells news apart over repetitions
	Vulnerabilities []rules.Vulnerability `json:"vulnerabilities"`
}

// Provided is the payload for a rollout that waits for one.
type Provided struct {
	Key     string             `json:"key"`
	Actor   compliance.Account `json:"actor"`
	Payload Stored             `json:"payload"`
}

// Standing is the answer to QueryStanding.
type Standing struct {
	Number    string                `json:"number,omitempty"`
	Subject   string                `json:"subject"`
	Title     string                `json:"title,omitempty"`
	System    string                `json:"system,omitempty"`
	State     rules.State           `json:"state"`
	Reason    rules.Reason          `json:"reason,omitempty"` // why it is held, or how it ended
	Detail    string                `json:"detail,omitempty"`
	Ref       string                `json:"ref,omitempty"`    // binding to send with an act now
	Payload   rules.Payload         `json:"payload,omitzero"` // without a digest until its content is known
	Ring      int                   `json:"ring,omitempty"`   // from 1; 0 before the first
	Rings     []RingStanding        `json:"rings,omitempty"`
	Clocks    []rules.Clock         `json:"clocks,omitempty"`
	Proposed  []rules.Clock         `json:"proposed,omitempty"` // later deadlines that wait for somebody's word
	Next      time.Time             `json:"next,omitzero"`      // when the wait ends by itself
	Change    string                `json:"change,omitempty"`
	Ticket    compliance.TicketRef  `json:"ticket,omitzero"`
	Awaiting  []compliance.PersonID `json:"awaiting,omitempty"`
	Barred    bool                  `json:"barred,omitempty"`
	Over      bool                  `json:"over,omitempty"` // nothing about it can be changed any more
	Trouble   []string              `json:"trouble,omitempty"`
	LastIndex uint64                `json:"last_index,omitempty"`
	Cards     []compliance.Posted   `json:"cards,omitempty"`
}

// RingStanding is where one ring stands.
type RingStanding struct {
	Name     string             `json:"name"`
	State    rules.RingState    `json:"state"`
	Outcome  rules.CheckOutcome `json:"outcome,omitempty"`
	Digest   string             `json:"digest,omitempty"`
	Targets  int                `json:"targets"`
	SoakEnds time.Time          `json:"soak_ends,omitzero"`
}
