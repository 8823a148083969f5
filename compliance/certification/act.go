package certification

import (
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// The actions people can take, as they appear in buttons, forms, commands and
// Inbound.Action.
const (
	ActionAcknowledge = "acknowledge"  // the last reminder was read
	ActionRequest     = "request"      // the vendor was asked for the document
	ActionReceive     = "receive"      // the document came
	ActionReview      = "review"       // somebody reads it
	ActionAccept      = "accept"       // it is what is needed
	ActionReturn      = "return"       // it is not; the vendor has to send another one
	ActionGrace       = "decide-grace" // grace or none
	ActionWithdraw    = "withdraw"     // the vendor took it back
)

// ActionNames lists every action, in the order of an artefact's life.
func ActionNames() []string {
	return []string{
		ActionAcknowledge, ActionRequest, ActionReceive, ActionReview, ActionAccept, ActionReturn, ActionGrace, ActionWithdraw,
	}
}

// The names of the form fields, and of the values that are not free.
const (
	FieldComment  = "comment"  // acknowledge, request, review, accept
	FieldFrom     = "from"     // receive
	FieldTo       = "to"       // receive
	FieldDocument = "document" // receive
	FieldKind     = "kind"     // receive
	FieldRead     = "read"     // accept
	FieldDecision = "decision" // decide-grace
	FieldDays     = "days"     // decide-grace
	FieldReason   = "reason"   // return, decide-grace, withdraw

	KindRenewal    = "renewal"
	KindCorrection = "correction"
	DecisionGrant  = "grant"
	DecisionDeny   = "deny"
	Yes            = "yes" // a ticked statement
)

const (
	maxNote     = 2000 // runes of a reason or comment
	maxDocument = 500  // runes of where the document is kept
	maxDate     = 10   // runes of a date
)

// Act is what a person did, read and complete; which fields are set depends on the action.
type Act struct {
	Action   string
	Binding  Binding
	Coverage Coverage          // receive
	Document string            // receive: where it is kept, or its digest
	Corrects bool              // receive
	Attested compliance.Answer // accept: the statement as it was shown
	Grant    bool              // decide-grace
	Days     int               // decide-grace: days after the last covered day, with Grant
	Note     string            // the reason or comment
}

// ParseAct reads an act. When something is wrong the Reason is MissingAnswer,
// UnreadableDate or BadDates, with the form field it belongs to, or BadRequest;
// the Act then holds what could be read and must not be applied.
func ParseAct(in compliance.Inbound) (Act, Reason, string) {
	a := Act{Action: in.Action}
	var err error
	if a.Binding, err = ParseBinding(in.Ref); err != nil || !in.Plain() {
		return a, BadRequest, ""
	}
	noteField, noteNeeded := FieldComment, false
	bad, field := OK, ""
	switch in.Action {
	case ActionAcknowledge, ActionRequest, ActionReview:
	case ActionReceive:
		bad, field = a.receipt(in)
	case ActionAccept:
		bad, field = a.acceptance(in)
	case ActionGrace:
		bad, field = a.grace(in)
		noteField, noteNeeded = FieldReason, true
	case ActionReturn, ActionWithdraw:
		noteField, noteNeeded = FieldReason, true
	default:
		return a, BadRequest, ""
	}
	if bad != OK {
		return a, bad, field
	}
	if a.Note, bad = text(in, noteField, maxNote); bad != OK {
		return a, bad, noteField
	}
	if noteNeeded && !compliance.Says(a.Note) {
		return a, MissingAnswer, noteField
	}
	return a, OK, ""
}

func (a *Act) receipt(in compliance.Inbound) (Reason, string) {
	for _, d := range []struct {
		field string
		into  *Date
	}{{FieldFrom, &a.Coverage.From}, {FieldTo, &a.Coverage.To}} {
		given, bad := text(in, d.field, maxNote)
		if bad != OK {
			return bad, d.field
		}
		if given == "" {
			return MissingAnswer, d.field
		}
		date, err := ParseDate(given)
		if err != nil {
			return UnreadableDate, d.field
		}
		*d.into = date
	}
	if bad := a.Coverage.Check(); bad != OK {
		return bad, FieldTo
	}
	var bad Reason
	if a.Document, bad = text(in, FieldDocument, maxDocument); bad != OK {
		return bad, FieldDocument
	}
	if !compliance.Says(a.Document) {
		return MissingAnswer, FieldDocument
	}
	switch in.Answer(FieldKind) {
	case KindRenewal:
	case KindCorrection:
		a.Corrects = true
	case "":
		return MissingAnswer, FieldKind
	default:
		return BadRequest, FieldKind
	}
	return OK, ""
}

func (a *Act) acceptance(in compliance.Inbound) (Reason, string) {
	for _, answer := range in.Answers {
		if answer.Name == FieldRead {
			a.Attested = answer
		}
	}
	switch {
	case a.Attested.Value != Yes:
		return MissingAnswer, FieldRead
	case strings.TrimSpace(a.Attested.Shown) == "":
		return BadRequest, FieldRead // a tick without its statement attests nothing
	}
	return OK, ""
}

func (a *Act) grace(in compliance.Inbound) (Reason, string) {
	switch in.Answer(FieldDecision) {
	case DecisionGrant:
		a.Grant = true
	case DecisionDeny:
		return OK, ""
	case "":
		return MissingAnswer, FieldDecision
	default:
		return BadRequest, FieldDecision
	}
	given := in.Answer(FieldDays)
	if given == "" {
		return MissingAnswer, FieldDays
	}
	days, err := strconv.Atoi(given)
	if err != nil || days < 1 || days > 365 || strconv.Itoa(days) != given {
		return BadRequest, FieldDays
	}
	a.Days = days
	return OK, ""
}

// text reads a text of at most so many runes.
func text(in compliance.Inbound, field string, limit int) (string, Reason) {
	s, ok := in.Text(field, limit)
	if !ok {
		return "", BadRequest
	}
	return s, OK
}
