package change

import (
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// The names of the form fields besides the attestations.
const (
	FieldComment = "comment" // approve, abstain, resume
	FieldReason  = "reason"  // deny, withdraw, hold, object
	FieldReady   = "ready"   // start
	FieldResult  = "result"  // finish
	FieldNote    = "note"    // finish
)

// Yes is the value of a ticked attestation.
const Yes = "yes"

const (
	maxNote = 2000 // runes of a reason, comment or note
)

// Decision is what an approver sent, read and complete. Attested holds the
// three answers of an approval as given, with the text that was shown; Reason
// is the reason of a denial or the comment of the others.
type Decision struct {
	Verdict  Verdict
	Binding  Binding
	Attested []compliance.Answer
	Reason   string
}

// ParseDecision reads an approval, denial or abstention. An approval needs
// every attestation, each with the text that was shown, a denial a reason (C18,
// requirement 4). When something is wrong the
// Reason is MissingAnswer, with the form field it belongs to, or BadRequest;
// the Decision then holds what could be read and must not be applied.
func ParseDecision(in compliance.Inbound) (Decision, Reason, string) {
	var d Decision
	switch in.Action {
	case ActionApprove:
		d.Verdict = Approve
	case ActionDeny:
		d.Verdict = Deny
	case ActionAbstain:
		d.Verdict = Abstain
	default:
		return d, BadRequest, ""
	}
	var bad Reason
	if d.Binding, bad = boundAct(in); bad != OK {
		return d, bad, ""
	}
	if d.Binding.Level == 0 {
		return d, BadRequest, "" // bound outside review: there is nothing to decide
	}
	field := FieldComment
	switch d.Verdict {
	case Approve:
		for _, a := range Attestations() {
			answer, given := find(in, a.Name)
			if !given || answer.Value != Yes {
				return d, MissingAnswer, a.Name
			}
			if strings.TrimSpace(answer.Shown) == "" {
				return d, BadRequest, a.Name // a tick without its statement attests nothing
			}
			d.Attested = append(d.Attested, answer)
		}
	case Deny:
		field = FieldReason
	}
	if d.Reason, bad = note(in, field); bad != OK {
		return d, bad, field
	}
	if d.Verdict == Deny && !compliance.Says(d.Reason) {
		return d, MissingAnswer, FieldReason
	}
	return d, OK, ""
}

// boundAct checks what every act has in common: a binding that can be read,
// and no field answered twice, since nobody could say which answer counts.
func boundAct(in compliance.Inbound) (Binding, Reason) {
	b, err := ParseBinding(in.Ref)
	if err != nil || !in.Plain() {
		return Binding{}, BadRequest
	}
	return b, OK
}

func find(in compliance.Inbound, name string) (compliance.Answer, bool) {
	for _, a := range in.Answers {
		if a.Name == name {
			return a, true
		}
	}
	return compliance.Answer{}, false
}

// note reads a text of several lines: normalised, UTF-8, at most maxNote runes.
func note(in compliance.Inbound, field string) (string, Reason) {
	raw := in.Answer(field)
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return "", BadRequest
	}
	text := normalise(raw)
	if utf8.RuneCountInString(text) > maxNote {
		return "", BadRequest
	}
	return text, OK
}
