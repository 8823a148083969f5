package change

import "github.com/lowcodex/countersign/compliance"

// Start is the implementer's word that execution begins: bound to the content
// they saw, with the statement they ticked.
type Start struct {
	Binding  Binding
	Attested compliance.Answer
}

// Finish is the implementer's report. Result is the state it leads to:
// Verifying after success, else RolledBack or Failed.
type Finish struct {
	Binding Binding
	Result  State
	Note    string // what the check afterwards showed
}

// Withdraw takes a change back. Its Binding is zero when the change had no
// content to be bound to yet.
type Withdraw struct {
	Binding Binding
	Reason  string
}

// ParseStart reads a start. The reasons are MissingAnswer, with its form
// field, when readiness was not stated, and BadRequest.
func ParseStart(in compliance.Inbound) (Start, Reason, string) {
	var s Start
	var bad Reason
	if in.Action != ActionStart {
		return s, BadRequest, ""
	}
	if s.Binding, bad = boundAct(in); bad != OK {
		return s, bad, ""
	}
	answer, given := find(in, FieldReady)
	if !given || answer.Value != Yes {
		return s, MissingAnswer, FieldReady
	}
	s.Attested = answer
	return s, OK, ""
}

// ParseFinish reads a report. The reasons are MissingAnswer, with its form
// field, when result or note is missing, and BadRequest.
func ParseFinish(in compliance.Inbound) (Finish, Reason, string) {
	var f Finish
	var bad Reason
	if in.Action != ActionFinish {
		return f, BadRequest, ""
	}
	if f.Binding, bad = boundAct(in); bad != OK {
		return f, bad, ""
	}
	switch in.Answer(FieldResult) {
	case ResultSucceeded:
		f.Result = Verifying
	case ResultRolledBack:
		f.Result = RolledBack
	case ResultFailed:
		f.Result = Failed
	case "":
		return f, MissingAnswer, FieldResult
	default:
		return f, BadRequest, FieldResult
	}
	if f.Note, bad = note(in, FieldNote); bad != OK {
		return f, bad, FieldNote
	}
	if !compliance.Says(f.Note) {
		return f, MissingAnswer, FieldNote
	}
	return f, OK, ""
}

// ParseWithdraw reads a withdrawal; its Ref may be empty, because a change can
// be taken back before there is anything to be bound to. The reasons are
// MissingAnswer, with its form field, without a reason, and BadRequest.
func ParseWithdraw(in compliance.Inbound) (Withdraw, Reason, string) {
	var w Withdraw
	var bad Reason
	if in.Action != ActionWithdraw || !in.Plain() {
		return w, BadRequest, ""
	}
	if in.Ref != "" {
		if w.Binding, bad = boundAct(in); bad != OK {
			return w, bad, ""
		}
	}
	if w.Reason, bad = note(in, FieldReason); bad != OK {
		return w, bad, FieldReason
	}
	if !compliance.Says(w.Reason) {
		return w, MissingAnswer, FieldReason
	}
	return w, OK, ""
}
