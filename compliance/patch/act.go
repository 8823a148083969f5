package patch

import (
	"github.com/lowcodex/countersign/compliance"
)

// The actions people take on a rollout. The approval itself is a change's.
const (
	ActionStop     = "stop"         // nothing moves forward any more
	ActionResume   = "resume"       // go on after a halt, testing again or not
	ActionRollBack = "roll_back"    // take the way back now
	ActionLift     = "lift_bar"     // let a payload be rolled out again (P8)
	ActionWaive    = "waive_backup" // let a critical ring start without a proven backup (P23)
	ActionLater    = "accept_later" // accept a deadline that is later or milder (P15)
)

// The names of the form fields.
const (
	FieldReason = "reason"
	FieldHow    = "how"    // resume
	FieldAgree  = "agree"  // waive_backup, accept_later
	FieldDays   = "for"    // waive_backup
	Ticked      = "yes"    // the value of a ticked statement
	HowContinue = "go_on"  // resume: the halt was a stop; go on where it stands
	HowRetest   = "retest" // resume: run the ring's tests again first
	ForOneDay   = "1"      // waive_backup: the waiver lasts a day
	ForThree    = "3"      // waive_backup
	ForSeven    = "7"      // waive_backup
)

// Actions lists every action of a rollout.
func Actions() []string {
	return []string{ActionStop, ActionResume, ActionRollBack, ActionLift, ActionWaive, ActionLater}
}

// Act is what a person sent about a rollout, read and complete.
type Act struct {
	Action  string
	Binding Binding
	Reason  string
	Retest  bool // resume: run the tests again first
	Days    int  // waive_backup: how long the waiver stands, 1, 3 or 7 days
	// Attested is the statement that was ticked, with the text as shown.
	Attested compliance.Answer
}

// ParseAct reads an act. When something is wrong the Reason is MissingAnswer,
// with the form field it belongs to, or BadRequest; the Act must then not be applied.
func ParseAct(in compliance.Inbound) (Act, Reason, string) {
	form, known := FormFor(in.Action)
	if !known || !in.Plain() {
		return Act{}, BadRequest, ""
	}
	b, err := ParseBinding(in.Ref)
	if err != nil {
		return Act{}, BadRequest, ""
	}
	a := Act{Action: in.Action, Binding: b}
	for _, f := range form.Fields {
		if why := a.read(f, in); why != OK {
			return Act{}, why, f.Name
		}
	}
	return a, OK, ""
}

// read takes one field of the form out of the answers.
func (a *Act) read(f compliance.Field, in compliance.Inbound) Reason {
	answer := compliance.Answer{}
	for _, given := range in.Answers {
		if given.Name == f.Name {
			answer = given
		}
	}
	switch f.Kind {
	case compliance.Attest:
		if answer.Value != Ticked {
			return MissingAnswer
		}
		if !says(answer.Shown) {
			return BadRequest // a tick without its statement attests nothing
		}
		a.Attested = answer
	case compliance.Choice:
		return a.choose(f, answer.Value)
	case compliance.Prose:
		text, ok := note(answer.Value)
		if !ok {
			return BadRequest
		}
		if f.Required && !says(text) {
			return MissingAnswer
		}
		a.Reason = text
	}
	return OK
}

func (a *Act) choose(f compliance.Field, value string) Reason {
	switch value {
	case "":
		return MissingAnswer
	case HowContinue:
	case HowRetest:
		a.Retest = true
	case ForOneDay, ForThree, ForSeven:
		a.Days = int(value[0] - '0')
	default:
		return BadRequest
	}
	for _, o := range f.Options {
		if o.Value == value {
			return OK
		}
	}
	return BadRequest
}
