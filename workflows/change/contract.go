// Package change is the process of a change: from a ticket through review,
// approval and its window to execution and closure. This file is its contract
// with everybody who starts it or sends it messages.
package change

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/queue"
)

// Names on the wire; frozen.
const (
	Type           = "Change"        // the process of one ticket
	SubmissionType = "SubmitChange"  // opens a ticket, then starts its Change
	GateFileType   = "StoreGateFile" // stores a file for the gate of a change

	UpdateDecide   = "decide"   // approve, deny, abstain; argument compliance.Inbound, result compliance.Reply
	UpdateStart    = "start"    // the implementer starts execution
	UpdateFinish   = "finish"   // the implementer reports the outcome
	UpdateWithdraw = "withdraw" // the requester takes the change back
	UpdateGate     = "gate"     // evidence for the pre-deployment gate
	UpdateHold     = "hold"     // stops it for a while (C3)
	UpdateResume   = "resume"   // ends a hold or takes an objection back
	UpdateObject   = "object"   // an approver no longer stands by their approval (C24)
	UpdateProceed  = "proceed"  // the implementer asks at a safe point whether to go on

	UpdateBreakGlass  = "break-glass" // requester or implementer: it cannot wait (C32)
	UpdateAcknowledge = "acknowledge" // somebody on call answers
	UpdateReview      = "review"      // somebody independent reviews it afterwards (C33)
	UpdateRemedy      = "remedy"      // the implementer says what was done about it

	SignalTicketChanged = "ticket-changed" // argument compliance.TicketEvent
	SignalActed         = "acted"          // an Inbound that could not be sent as an update in time
	SignalReported      = "reported"       // argument rules.Report, from the process that carries it out
	// SignalRulesMoved says that rules, directory or zone data came into force;
	// argument rules.Moved.
	SignalRulesMoved = "rules-moved"
	// SignalSuperseded goes to an older change, and SignalSupersedes is its answer to
	// the newer one; argument of both rules.Superseding (C4).
	SignalSuperseded = "superseded"
	SignalSupersedes = "supersedes"
	// SignalApproval goes to that process, with a rules.Approval.
	SignalApproval = "approval"

	QueryStanding = "standing" // result Standing

	IDPrefix           = "change/"
	SubmissionIDPrefix = "submission/"
	GateFilePrefix     = "gate-file/"
	// MaxGateFile bounds a file for the gate, in bytes: it passes through the engine once.
	MaxGateFile = 1 << 20
	// ProposalPrefix begins the ids of the processes that carry out changes of the
	// rules; others that carry changes out are rollouts.
	ProposalPrefix = "proposal/"
	// StageNotSubmitted is the stage, in lists, of an open change whose last version
	// was refused at the door: nobody denied it, and its requester mends it.
	StageNotSubmitted = "not_submitted"
	// Series is the number series of changes in the evidence log.
	Series = "CHG"
)

// WorkflowID is the id of the process for the ticket with this immutable id.
func WorkflowID(site, ticketID string) string { return IDPrefix + site + "/" + ticketID }

// GateFileID is the id of the storing of a file with this SHA-256, in hex.
func GateFileID(digest string) string { return GateFilePrefix + digest }

// SubmissionID is the id of a submission with the client's UUID.
func SubmissionID(uuid string) string { return SubmissionIDPrefix + uuid }

// IsSubject reports whether a workflow id is that of a change.
func IsSubject(id string) bool { return strings.HasPrefix(id, IDPrefix) }

// UpdateFor names the update that carries an action, false for an unknown one.
func UpdateFor(action string) (string, bool) {
	switch action {
	case rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain:
		return UpdateDecide, true
	case rules.ActionStart:
		return UpdateStart, true
	case rules.ActionFinish:
		return UpdateFinish, true
	case rules.ActionWithdraw:
		return UpdateWithdraw, true
	case rules.ActionGate:
		return UpdateGate, true
	case rules.ActionHold:
		return UpdateHold, true
	case rules.ActionResume:
		return UpdateResume, true
	case rules.ActionObject:
		return UpdateObject, true
	case rules.ActionBreakGlass:
		return UpdateBreakGlass, true
	case rules.ActionAcknowledge:
		return UpdateAcknowledge, true
	case rules.ActionReview:
		return UpdateReview, true
	case rules.ActionRemedy:
		return UpdateRemedy, true
	case rules.ActionProceed:
		return UpdateProceed, true
	default:
		return "", false
	}
}

// Input starts a Change. Carried is set only when a run continues as new.
type Input struct {
	Ticket compliance.TicketRef `json:"ticket"`
	// Executor is the workflow id of the process that carries the change out,
	// where no person does (P27): it is told how the approval stands, and reports.
	Executor string `json:"executor,omitempty"`
	// Chain is the approval chain where that process names one; the routing rule
	// still gives the channel.
	Chain string `json:"chain,omitempty"`
	// Submitter is who asks for it where the ticket's own data do not say so,
	// because our account opened or moved the ticket; nobody when nobody did.
	Submitter compliance.Account `json:"submitter,omitzero"`
	Carried   *State             `json:"carried,omitempty"`
}

// SubmissionInput starts a SubmitChange. Fields are named as the policy's
// fields file names them.
type SubmissionInput struct {
	Site   string             `json:"site"`
	Actor  compliance.Account `json:"actor"`
	Fields map[string]string  `json:"fields"`
	// Ticket submits an existing ticket, by its readable key, instead of opening one.
	Ticket string `json:"ticket,omitempty"`
}

// SubmissionResult says what the submission became.
type SubmissionResult struct {
	Ticket     compliance.TicketRef `json:"ticket"`
	Link       string               `json:"link,omitempty"`
	WorkflowID string               `json:"workflow_id"`
}

// Standing is the answer to QueryStanding.
type Standing struct {
	Number    string                `json:"number,omitempty"`
	Subject   string                `json:"subject"`
	Ticket    compliance.TicketRef  `json:"ticket"`
	Title     string                `json:"title,omitempty"`
	State     rules.State           `json:"state"`
	Version   int                   `json:"version"`
	Review    rules.VersionState    `json:"review"`
	Level     int                   `json:"level,omitempty"`
	Levels    int                   `json:"levels,omitempty"`
	Ref       string                `json:"ref,omitempty"`     // binding to send with an action now
	StepUp    bool                  `json:"step_up,omitempty"` // a vote now needs a sign-in
	Votes     []rules.Vote          `json:"votes,omitempty"`
	Remaining int                   `json:"remaining,omitempty"`
	Awaiting  []compliance.PersonID `json:"awaiting,omitempty"`
	Due       time.Time             `json:"due,omitzero"`
	Opens     time.Time             `json:"opens,omitzero"`    // next instant at which it may start
	Ready     bool                  `json:"ready,omitempty"`   // the implementer may start now
	Reason    rules.Reason          `json:"reason,omitempty"`  // why it ended or waits
	Trouble   []string              `json:"trouble,omitempty"` // vendor trouble people should know of
	LastIndex uint64                `json:"last_index,omitempty"`
	Cards     []compliance.Posted   `json:"cards,omitempty"`
	// Gate is where the checks of the pre-deployment gate stood when they were judged last.
	Gate      []gate.Finding   `json:"gate,omitempty"`
	Hold      *rules.Hold      `json:"hold,omitempty"`      // while it is on hold
	Newer     string           `json:"newer,omitempty"`     // number of the change that replaced it
	Emergency *rules.Emergency `json:"emergency,omitempty"` // the last use of the emergency path
	// SafePoints are those of the plan; Halt is set while the work waits at one (C30).
	SafePoints []string    `json:"safe_points,omitempty"`
	Halt       *rules.Halt `json:"halt,omitempty"`
	// Ahead is when it could start if it were approved at once, while it is in review.
	Ahead *rules.Forecast `json:"ahead,omitempty"`
	// Turn is its place in the line of its environment, where there is one (C29).
	Turn *queue.Turn `json:"turn,omitempty"`
}
