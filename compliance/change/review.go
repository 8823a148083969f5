package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Verdict is what an approver says.
type Verdict string

// The verdicts. Abstaining is recorded and never counted (C8).
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
	Abstain Verdict = "abstain"
)

// Vote is one person's recorded decision at one level of one version.
type Vote struct {
	Person  compliance.PersonID `json:"person"`
	Level   int                 `json:"level"` // from 1
	Verdict Verdict             `json:"verdict"`
	At      time.Time           `json:"at"` // when it was received
	// Index is the vote's place in the evidence log.
	Index uint64 `json:"index"`
	// Note is the start of the reason or comment, for the card.
	Note string `json:"note,omitempty"`
	// Void is set when the vote no longer counts; the vote itself stays visible.
	Void Reason `json:"void,omitempty"`
	// For is in whose place it was given, and Delegation by which delegation;
	// empty for a person's own vote (C9).
	For        compliance.PersonID `json:"for,omitempty"`
	Delegation string              `json:"delegation,omitempty"`
}

// Binding is what a button or form was about: it travels as Action.Ref and
// comes back as Inbound.Ref (C11).
type Binding struct {
	Number  string // CHG-7
	Version int    // from 1
	Level   int    // from 1; 0 outside review
	Nonce   string // ties the button to one opening of the level
	Hash    string // first 12 hex digits of the content hash
}

// Review is the standing of a review, everything a decision is judged by
// besides the person.
type Review struct {
	Number   string // of the change; a binding that names another one is damaged
	State    VersionState
	Version  int
	Level    int // the open level, from 1
	Nonce    string
	Hash     string // full content hash
	Deadline time.Time
	Route    Route
	Votes    []Vote // of this version, all levels
	// Fields are the material fields of this version and Earlier the snapshots
	// of the versions before it: together they say what changed since somebody
	// opened the form (C11). Both are optional.
	Fields  []FieldDigest
	Earlier []Snapshot
	// Held is set while the change is on hold: nobody decides then.
	Held bool
	// Factors is what a level with step-up takes for more than one factor.
	Factors Factors
}

// The actions people can take on a change, as they appear in buttons, forms,
// commands and Inbound.Action.
const (
	ActionApprove  = "approve"
	ActionDeny     = "deny"
	ActionAbstain  = "abstain"
	ActionStart    = "start"
	ActionFinish   = "finish"
	ActionWithdraw = "withdraw"
)
