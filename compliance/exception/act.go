package exception

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// The actions people can take, as they appear in buttons, forms, commands and
// Inbound.Action.
const (
	ActionRequest = "request" // asks for an exception; it makes the subject
	ActionApprove = "approve" // the request, or the renewal under decision
	ActionDeny    = "deny"
	ActionConfirm = "confirm" // the compensating control works
	ActionFails   = "fails"   // it does not
	ActionRenew   = "renew"   // the owner asks for a renewal
	ActionEnd     = "end"     // early, or because the matter is remedied
)

// ActionNames lists every action on an exception that exists.
func ActionNames() []string {
	return []string{ActionApprove, ActionDeny, ActionConfirm, ActionFails, ActionRenew, ActionEnd}
}

// The names of the form fields, and of the values that are not free.
const (
	FieldComment = "comment" // approve
	FieldReason  = "reason"  // request, deny, fails, renew, end
	FieldNote    = "note"    // confirm: what was looked at
	FieldUntil   = "until"   // request, renew: the last day
	FieldOutcome = "outcome" // end

	OutcomeRemedied = "remedied" // what it excused is remedied
	OutcomeOpen     = "open"     // it is not: the exception is revoked, or the request taken back
)

const (
	maxNote = 2000 // runes of a text
	maxDate = 10
)

// Act is what a person did, read and complete.
type Act struct {
	Action   string
	Binding  Binding
	Until    Date   // renew
	Remedied bool   // end
	Note     string // the reason, comment or note
}

// Binding is what a button or form was about: it travels as Action.Ref and comes
// back as Inbound.Ref.
type Binding struct {
	Number string // EXC-3
	Round  int    // the decision under way, or the last one
	Check  int    // the question to the verifier that was asked last
}

// Bind gives the binding of what a card shows now.
func (e Exception) Bind() Binding {
	return Binding{Number: e.Number, Round: e.Rounds, Check: e.Check.N}
}

// String gives the compact form that travels as Action.Ref, such as "EXC-3.1.0".
func (b Binding) String() string { return fmt.Sprintf("%s.%d.%d", b.Number, b.Round, b.Check) }

var bindingPattern = regexp.MustCompile(`^([A-Z]{2,8}-[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)

// ParseBinding reads what String wrote, and nothing else.
func ParseBinding(s string) (Binding, error) {
	if len(s) > 200 {
		s = s[:200]
	}
	m := bindingPattern.FindStringSubmatch(s)
	if m == nil {
		return Binding{}, fmt.Errorf("binding: %q is not number.round.check; open the card again", s)
	}
	b := Binding{Number: m[1]}
	b.Round, _ = strconv.Atoi(m[2]) // six digits at most: it cannot fail
	b.Check, _ = strconv.Atoi(m[3])
	return b, nil
}

// ParseAct reads an act. When something is wrong the Reason is MissingAnswer,
// UnreadableDate or BadRequest, with the form field it belongs to; the Act must
// not be applied then.
func ParseAct(in compliance.Inbound) (Act, Reason, string) {
	a := Act{Action: in.Action}
	var err error
	if a.Binding, err = ParseBinding(in.Ref); err != nil || !in.Plain() {
		return a, BadRequest, ""
	}
	field := FieldReason
	switch in.Action {
	case ActionApprove:
		field = FieldComment
	case ActionConfirm:
		field = FieldNote
	case ActionDeny, ActionFails:
	case ActionRenew:
		var bad Reason
		if a.Until, bad = date(in, FieldUntil); bad != OK {
			return a, bad, FieldUntil
		}
	case ActionEnd:
		switch in.Answer(FieldOutcome) {
		case OutcomeRemedied:
			a.Remedied = true
		case OutcomeOpen:
		case "":
			return a, MissingAnswer, FieldOutcome
		default:
			return a, BadRequest, FieldOutcome
		}
	default:
		return a, BadRequest, ""
	}
	var bad Reason
	if a.Note, bad = text(in, field, maxNote); bad != OK {
		return a, bad, field
	}
	if field != FieldComment && !compliance.Says(a.Note) {
		return a, MissingAnswer, field
	}
	return a, OK, ""
}

// date reads a day that must be given.
func date(in compliance.Inbound, field string) (Date, Reason) {
	given, bad := text(in, field, maxNote)
	if bad != OK {
		return Date{}, bad
	}
	if given == "" {
		return Date{}, MissingAnswer
	}
	d, err := certification.ParseDate(given)
	if err != nil {
		return Date{}, UnreadableDate
	}
	return d, OK
}

// text reads a text of at most so many runes.
func text(in compliance.Inbound, field string, limit int) (string, Reason) {
	s, ok := in.Text(field, limit)
	if !ok {
		return "", BadRequest
	}
	return s, OK
}
