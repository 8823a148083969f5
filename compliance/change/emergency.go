package change

import (
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// The actions of the emergency path (C32, C33).
const (
	ActionBreakGlass  = "break-glass" // the requester or implementer asks to go on without approval
	ActionAcknowledge = "acknowledge" // somebody on call says go ahead, or no
	ActionReview      = "review"      // somebody independent reviews it afterwards
	ActionRemedy      = "remedy"      // the implementer says what was done about one that should not have been
)

// IncidentSeries is the number series of incidents in the evidence log.
const IncidentSeries = "INC"

// EmergencyRules are what the policy says about changes that cannot wait, as it
// stood when one was asked for. Durations are elapsed time. JSON names are frozen.
type EmergencyRules struct {
	// Reviewers are the groups whose members review afterwards.
	Reviewers    []string            `json:"reviewers"`
	ControlOwner compliance.PersonID `json:"control_owner"`
	// The review is due ReviewWithin after the outcome was reported or, where
	// ReviewBusinessDays is set, at the end of that business day after it.
	ReviewWithin       time.Duration `json:"review_within,omitempty"`
	ReviewBusinessDays int           `json:"review_business_days,omitempty"`
	AnswerWithin       time.Duration `json:"answer_within"` // how long people on call are waited for
	EscalateFor        time.Duration `json:"escalate_for"`  // from due until violation
	RemedyWithin       time.Duration `json:"remedy_within"` // from the review until a remedy is late
	OnCall             string        `json:"on_call"`       // rotation or escalation policy
	Channel            string        `json:"channel"`       // logical channel of a change that has no card yet
	// BarInvoker keeps somebody whose last emergency is not reviewed from the next one.
	BarInvoker bool `json:"bar_invoker,omitempty"`
}

// Answer is what became of the question to the people on call.
type Answer string

// The answers. Silence is one, and never counts as consent: it is on record as silence.
const (
	GoAhead    Answer = "go_ahead"
	No         Answer = "no"
	Unanswered Answer = "unanswered"
	// Overtaken means that the change was started, ended or replaced before anybody answered.
	Overtaken Answer = "overtaken"
)

// Emergency is one use of the emergency path: what it is about, who was asked,
// what was bypassed, how it ended and how it was reviewed. It is carried in the
// run and stands in each of its records. No prose. JSON names are frozen.
type Emergency struct {
	Incident string              `json:"incident"` // INC-7
	Invoker  compliance.PersonID `json:"invoker"`
	At       time.Time           `json:"at"`
	// Quarter is the calendar quarter in UTC in which it was invoked, for reports.
	Quarter string         `json:"quarter"`
	Version int            `json:"version"` // of the content that it is about
	Rules   EmergencyRules `json:"rules"`
	// RulesHash is that of the rules in force then.
	RulesHash string `json:"rules_hash,omitempty"`
	// Called are those who may answer, and AnswerBy until when.
	Called     []compliance.PersonID `json:"called,omitempty"`
	AnswerBy   time.Time             `json:"answer_by"`
	Bypassed   Bypassed              `json:"bypassed"`
	Answer     Answer                `json:"answer,omitempty"`
	AnsweredBy compliance.PersonID   `json:"answered_by,omitempty"`
	AnsweredAt time.Time             `json:"answered_at,omitzero"`
	// ReportBy is when a missing outcome is brought before the control owner, and
	// Chased when it was.
	ReportBy time.Time `json:"report_by,omitzero"`
	Chased   time.Time `json:"chased,omitzero"`
	// Outcome is Verifying after success, RolledBack or Failed.
	Outcome    State     `json:"outcome,omitempty"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	Retro      *Retro    `json:"retro,omitempty"`
}

// Calling reports whether people on call are being asked.
func (e *Emergency) Calling() bool { return e != nil && e.Answer == "" }

// Granted reports whether the change may be, or was, carried out without approval.
func (e *Emergency) Granted() bool {
	return e != nil && (e.Answer == GoAhead || e.Answer == Unanswered)
}

// BreakGlassCase is everything a break-glass is judged by besides the incident's number.
type BreakGlassCase struct {
	State       State
	Calling     bool // people on call are being asked already
	Requester   compliance.PersonID
	Implementer compliance.PersonID // empty when the directory has none or several
	Whole       bool                // system, environment and plan are there
	Configured  bool                // the policy has an emergency path
	Incident    IncidentStanding
	// Open reports that an earlier emergency of the invoker is not reviewed, and bars them.
	Open      bool
	Reviewers int // independent people who could review it
}

// IncidentStanding is what the evidence log knows of the incident.
type IncidentStanding string

const (
	IncidentUnknown IncidentStanding = ""     // nothing is on record under that number
	IncidentOpen    IncidentStanding = "open" // not resolved
	IncidentPast    IncidentStanding = "past" // resolved, closed, or one that called nobody
)

// JudgeBreakGlass says whether this person may ask to go on without approval.
func JudgeBreakGlass(c BreakGlassCase, by compliance.PersonID) Reason {
	switch {
	case c.State.Terminal():
		return AlreadyClosed
	case c.State == Held:
		return OnHold // a hold is ended by a word on record first
	case !CanMove(c.State, ExecutingUnapproved):
		return AlreadyExecuting
	case c.Calling:
		return AlreadyInvoked
	case by != c.Requester && by != c.Implementer:
		return NotInvoker
	case !c.Configured:
		return NoEmergencyPath
	case !c.Whole || c.Implementer == "":
		return EmergencyIncomplete
	case c.Incident == IncidentUnknown:
		return NoIncident
	case c.Incident != IncidentOpen:
		return IncidentOver
	case c.Open:
		return ReviewOpen
	case c.Reviewers == 0:
		return NoReviewer
	}
	return OK
}

// JudgeAnswer says whether this person may answer for the people on call, at the
// instant now. duty is the part they have in the change, OK when none.
func JudgeAnswer(e *Emergency, state State, by compliance.PersonID, duty Reason, now time.Time) Reason {
	switch {
	case state.Terminal():
		return AlreadyClosed
	case !e.Calling() || !CanMove(state, ExecutingUnapproved):
		return NoCall
	case by == e.Invoker:
		return NotCalled
	case duty != OK:
		return duty
	case !slices.Contains(e.Called, by):
		return NotCalled
	case !now.Before(e.AnswerBy):
		return NoCall // half-open: silence is on record by then
	}
	return OK
}

// Quarter names the calendar quarter of an instant in UTC, such as "2026-Q4".
func Quarter(at time.Time) string {
	at = at.UTC()
	return fmt.Sprintf("%d-Q%d", at.Year(), (int(at.Month())-1)/3+1)
}
