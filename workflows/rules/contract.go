// Package rules is the process of the organisation's own rules (C37): one run that
// keeps where every process reads what is in force, and a run for each proposal that
// carries rules through a change. This file is its contract.
package rules

import (
	"strconv"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Names on the wire; frozen.
const (
	KeeperType  = "KeepRules"
	ProposeType = "ProposeRules"
	ReadType    = "ReadRules"
	TellType    = "TellChanges" // tells the changes under way what is in force

	// KeeperID is the id of the one run that keeps what is in force.
	KeeperID = rules.Subject

	SignalSeen    = "seen"    // argument rules.Sighting; from every process that sees the files
	SignalMoved   = "moved"   // from a proposal that brought rules into force; no argument
	SignalConfirm = "confirm" // argument Confirmation; a second person's word for an override

	// MemoStanding is where the keeper's memo holds a rules.Standing: it can be read
	// while no worker runs.
	MemoStanding = "standing"

	QueryProposal = "proposal" // result Proposed

	readPrefix = "read-rules/"

	// DailyTellID is the schedule by which changes are told, every day and when
	// something moved, and begins the ids of its runs: another release of the program
	// may know other zone data.
	DailyTellID = "tell-changes"
)

// TellID is the workflow id of the telling of the n-th move on record.
func TellID(n int) string { return DailyTellID + "/" + strconv.Itoa(n) }

// TellInput starts a TellChanges. Moved is set when it follows a move: it has the
// schedule tell.
type TellInput struct {
	Moved bool `json:"moved,omitempty"`
}

// TellResult says how many changes were told, and what every change under way knows:
// the next run of the schedule begins with it.
type TellResult struct {
	Told int         `json:"told"`
	Last change.Told `json:"last,omitzero"`
}

// ProposalID is the workflow id of the proposal with the client's UUID.
func ProposalID(uuid string) string { return changes.ProposalPrefix + uuid }

// ReadID is the workflow id of the reading of rules with this digest.
func ReadID(digest string) string { return readPrefix + digest }

// KeeperInput starts the keeper. Carried is set only when a run continues as new.
type KeeperInput struct {
	Carried *rules.Standing `json:"carried,omitempty"`
}

// Proposal starts a ProposeRules.
type Proposal struct {
	Actor compliance.Account `json:"actor"`
	// Content are the rules as policy.Rules.Canonical gives them, of at most MaxRules.
	Content []byte `json:"content"`
	// Base is the digest of the rules that the proposer compared them with; empty
	// takes what is in force.
	Base string `json:"base,omitempty"`
	// Purpose says why, for the approvers and the record.
	Purpose string `json:"purpose,omitempty"`
	// Override asks for them without a change: another person has to confirm.
	Override bool `json:"override,omitempty"`
}

// ReadInput names rules by their digest, for ReadRules.
type ReadInput = steps.ReadRulesInput

// ReadResult are rules as they are kept.
type ReadResult = steps.RulesContent

// MaxRules bounds rules that are sent, in bytes: they pass through the engine once.
const MaxRules = 1 << 20

// Confirmation is somebody's word for an override.
type Confirmation struct {
	By compliance.Account `json:"by"`
	// Rules is the digest that they confirm: exactly those.
	Rules string `json:"rules"`
}

// ConfirmWithin is how long an override waits for another person.
const ConfirmWithin = time.Hour

// Proposed is how a proposal stands, and its result.
type Proposed struct {
	Stage  Stage                `json:"stage"`
	Rules  string               `json:"rules,omitempty"` // digest
	Base   string               `json:"base,omitempty"`
	Ticket compliance.TicketRef `json:"ticket,omitzero"`
	Link   string               `json:"link,omitempty"`
	Change string               `json:"change,omitempty"` // workflow id
	Number string               `json:"number,omitempty"` // of the change
	// Differences is in how many places the rules differ from those in force.
	Differences int          `json:"differences,omitempty"`
	Reason      rules.Reason `json:"reason,omitempty"`
	// Detail says more about the reason: the change's own, or what could not be read.
	Detail string `json:"detail,omitempty"`
	// Refused is why the last word for an override did not count, Judged how many were
	// looked at.
	Refused rules.Reason `json:"refused,omitempty"`
	Judged  int          `json:"judged,omitempty"`
}

// Stage is where a proposal stands.
type Stage string

// The stages; the last two are ends.
const (
	Drafted     Stage = "drafted"
	Deciding    Stage = "deciding"    // its change is reviewed, or waits for its window
	Unconfirmed Stage = "unconfirmed" // an override waits for another person
	Adopted     Stage = "adopted"
	Ended       Stage = "ended" // nothing came into force
)
