package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Level is one step of an approval chain as it stands in the rules.
type Level struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups"` // directory groups whose members may decide
	// Quorum is the number of approvals needed, or a share of the eligible
	// people such as "60%", rounded up (C7).
	Quorum string `json:"quorum"`
	// MaxDenials is how many denials the level survives; 0 means that the
	// first one ends it (C8).
	MaxDenials int           `json:"max_denials,omitempty"`
	Deadline   time.Duration `json:"deadline"` // elapsed time from when the level opens
	// External is the pre-agreed external approver who may stand in when the
	// quorum cannot be reached and the requester asks for it (C6); optional.
	External compliance.PersonID `json:"external,omitempty"`
	// StepUp demands that a vote at this level arrives with a fresh sign-in by
	// more than one factor (C18). Absent means that none is asked for.
	StepUp bool `json:"step_up,omitempty"`
	// Deputies are further groups whose members may decide for a person of Groups
	// while they act for them (C9). Absent means that nobody does.
	Deputies []string `json:"deputies,omitempty"`
	// Reminders are the shares of the time to the deadline, in percent and rising,
	// at which those who have not decided are reminded (C10). Absent means never.
	Reminders []int     `json:"reminders,omitempty"`
	Fallback  *Fallback `json:"fallback,omitempty"`
}

// LostEligibility says what happens to a counted vote whose voter is no longer
// eligible just before execution (C5).
type LostEligibility string

// A vote whose voter lost eligibility is kept, with a note, or void.
const (
	KeepVote LostEligibility = "keep"
	VoidVote LostEligibility = "void"
)

// Route is what the rules and the directory say about one version of a change:
// resolved once at submission, pinned by hash, carried in the run.
type Route struct {
	RulesVersion     string          `json:"rules_version"`
	RulesHash        string          `json:"rules_hash"` // of the snapshot in the content-addressed store
	DirectoryVersion string          `json:"directory_version"`
	Chain            string          `json:"chain"` // name of the chain
	Rule             string          `json:"rule"`  // name of the routing rule that chose it
	Levels           []ResolvedLevel `json:"levels"`
	// Validity is how long an approval stands, from the moment of approval (C31).
	Validity time.Duration `json:"validity"`
	// Resubmit is how long a rejected or expired change waits for a new version
	// before it counts as withdrawn.
	Resubmit    time.Duration       `json:"resubmit"`
	OnLost      LostEligibility     `json:"on_lost_eligibility"`
	Requester   compliance.PersonID `json:"requester"`
	Implementer compliance.PersonID `json:"implementer"`
	// AskedBy are the others who had a part in asking, sorted, with the part of each.
	AskedBy  []Exclusion `json:"asked_by,omitempty"`
	Channel  string      `json:"channel"` // logical channel name for the card
	Schedule Schedule    `json:"schedule"`
	// Template is what a standard change was submitted by; nil for every other.
	Template *TemplateUse `json:"template,omitempty"`
	// Classes say what an edit does to the approvals, where that is not the usual (C12).
	Classes Classes `json:"classes,omitempty"`
	// Mirror wants ticket and card to show what is on record before a start (C23).
	Mirror bool `json:"mirror,omitempty"`
	// HoldLimit is how long the change may be on hold (C3); DefaultHoldLimit where it
	// was resolved before there were holds.
	HoldLimit time.Duration `json:"hold_limit,omitempty"`
	// Statuses are the logical ticket statuses that the policy need not map and does.
	Statuses []string `json:"statuses,omitempty"`
	// BreakGlass is set where the policy has an emergency path (C32).
	BreakGlass bool `json:"break_glass,omitempty"`
}

// ResolvedLevel is a level with its people and its quorum as a number.
type ResolvedLevel struct {
	Level
	Required int                   `json:"required"`
	Eligible []compliance.PersonID `json:"eligible"` // sorted
	// Excluded names who was left out and why, for the refusal text and the record.
	Excluded []Exclusion `json:"excluded,omitempty"`
	// UsesExternal is set when the external approver stands in.
	UsesExternal bool `json:"uses_external,omitempty"`
	// Delegations are those by which somebody may decide here in another's place, up
	// to the latest instant at which the level can be open; each vote is judged by
	// the directory as it is then.
	Delegations []Delegation `json:"delegations,omitempty"`
	// Escalated is set once the fallback's groups may decide, too.
	Escalated bool `json:"escalated,omitempty"`
}

// Exclusion is a member of an approving group who may not decide here.
type Exclusion struct {
	Person compliance.PersonID `json:"person"`
	Reason Reason              `json:"reason"`
}

// Schedule is when the change may execute: windows and freezes already turned
// into instants by an activity, with the digest of the zone data used (C25).
type Schedule struct {
	// Restricted is set when the policy defines allow-windows for the system
	// at all: none defined means open, defined but none active means closed (C27).
	Restricted bool            `json:"restricted,omitempty"`
	Windows    []NamedInterval `json:"windows,omitempty"`
	Freezes    []NamedInterval `json:"freezes,omitempty"`
	// Until is the horizon up to which the instants were computed.
	Until    time.Time `json:"until"`
	ZoneHash string    `json:"zone_hash"` // digest of the zone database
	Calendar string    `json:"calendar"`  // digest of the calendar rules used
	// Concurrency is how many changes may be carried out at once in this environment of
	// the system, 0 without a limit; TurnWithin how long a turn may be left unused (C29).
	Concurrency int           `json:"concurrency,omitempty"`
	TurnWithin  time.Duration `json:"turn_within,omitempty"`
}

// NamedInterval is an interval with the name of the window or freeze it comes
// from. Owner is who is told when a freeze is overruled; most have none.
type NamedInterval struct {
	Name  string              `json:"name"`
	Owner compliance.PersonID `json:"owner,omitempty"`
	compliance.Interval
}
