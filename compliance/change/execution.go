package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Execution is everything the start of an execution is judged by.
type Execution struct {
	State       State
	Implementer compliance.PersonID
	Expires     time.Time // end of the approval's validity
	Unread      bool      // the ticket could not be read, so nobody knows what it says now
	Changed     []FieldChange
	Lost        Reason // why the approvals no longer suffice, or OK (C5)
	Uncovered   bool   // a vendor that the system rests on lacks a document (A9)
	Behind      bool   // ticket or card lack what the chain wants shown before a start (C23)
	Schedule    Schedule
	Planned     time.Time
	Duration    time.Duration
	Gated       bool // the pre-deployment gate is open
	// Granted is set when it is the change's turn, which it takes where the schedule
	// limits how many are carried out at once (C29).
	Granted bool
}

// JudgeStart says whether this person may start the execution at this instant.
// The content is compared first: a ticket that no longer says what was
// approved stops everything else (C13).
func JudgeStart(e Execution, by compliance.PersonID, now time.Time) Reason {
	switch {
	case e.State == Executing || e.State == Verifying || e.State == ExecutingUnapproved || e.State == RetroReview:
		return AlreadyExecuting
	case e.State.Terminal():
		return AlreadyClosed
	case e.State == Held:
		return OnHold
	case e.State != WaitingWindow:
		return NotApproved
	case by != e.Implementer:
		return NotImplementer
	case e.Unread:
		return TicketUnreadable
	case len(e.Changed) > 0:
		return ContentChanged
	case !now.Before(e.Expires):
		return ApprovalExpired
	case e.Lost != OK:
		return e.Lost
	case e.Uncovered:
		return VendorUncovered
	case e.Gated:
		return GateOpen
	}
	if r := MayStart(e.Schedule, now, e.Planned, e.Duration); r != OK {
		return r
	}
	if e.Behind {
		return MirrorBehind
	}
	if e.Schedule.Concurrency > 0 && !e.Granted {
		return NotYourTurn
	}
	return OK
}

// JudgeFinish says whether this person may report the outcome.
func JudgeFinish(s State, implementer, by compliance.PersonID) Reason {
	switch {
	case s.Terminal() || s == Verifying:
		return AlreadyClosed
	case s != Executing:
		return NotExecuting
	case by != implementer:
		return NotImplementer
	}
	return OK
}

// JudgeWithdraw says whether this person may take the change back. Once the
// execution has begun there is nothing to take back: it must be finished.
func JudgeWithdraw(s State, requester, by compliance.PersonID) Reason {
	switch {
	case s.Terminal() || s == Verifying:
		return AlreadyClosed
	case !CanMove(s, WithdrawnChange):
		return AlreadyExecuting
	case by != requester:
		return NotRequester
	}
	return OK
}

// PeopleFields lists the content fields whose value is an account, "provider:id".
func PeopleFields() []string { return []string{"implementer", "rollback_owner"} }
