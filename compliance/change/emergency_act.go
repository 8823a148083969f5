package change

import (
	"regexp"

	"github.com/lowcodex/countersign/compliance"
)

// The names of the emergency path's form fields besides reason and note.
const (
	FieldIncident = "incident" // break-glass
	FieldUnderway = "bypass"   // break-glass: the statement
	FieldAnswer   = "answer"   // acknowledge
	FieldLooked   = "looked"   // review: the statement
	FieldVerdict  = "verdict"  // review
	FieldRemedy   = "remedy"   // remedy
	FieldFollowUp = "change"   // remedy
)

// BreakGlass asks to go on without approval because of an incident.
type BreakGlass struct {
	Binding  Binding
	Incident string // INC-7
	Reason   string
	Attested compliance.Answer
}

// Acknowledgement is the answer of somebody on call.
type Acknowledgement struct {
	Binding Binding
	Answer  Answer // GoAhead or No
	Note    string
}

// RetroReport is a retrospective review.
type RetroReport struct {
	Binding  Binding
	Verdict  RetroVerdict
	Attested compliance.Answer
	Note     string
}

// RemedyReport is what was done about an emergency that should not have been.
type RemedyReport struct {
	Binding  Binding
	Remedy   Remedy
	FollowUp string // CHG-9; empty for the way back
	Note     string
}

var (
	incidentPattern = regexp.MustCompile(`^` + IncidentSeries + `-[1-9][0-9]{0,14}$`)
	followPattern   = regexp.MustCompile(`^CHG-[1-9][0-9]{0,14}$`)
)

// ParseBreakGlass reads a break-glass. The reasons are MissingAnswer, with its
// form field, NoIncident for what is no incident's number, and BadRequest.
func ParseBreakGlass(in compliance.Inbound) (BreakGlass, Reason, string) {
	var b BreakGlass
	var bad Reason
	if in.Action != ActionBreakGlass {
		return b, BadRequest, ""
	}
	if b.Binding, bad = boundAct(in); bad != OK {
		return b, bad, ""
	}
	switch b.Incident = normalise(in.Answer(FieldIncident)); {
	case b.Incident == "":
		return b, MissingAnswer, FieldIncident
	case !incidentPattern.MatchString(b.Incident):
		return b, NoIncident, FieldIncident
	}
	if b.Reason, bad = stated(in, FieldReason); bad != OK {
		return b, bad, FieldReason
	}
	if b.Attested, bad = ticked(in, FieldUnderway); bad != OK {
		return b, bad, FieldUnderway
	}
	return b, OK, ""
}

// ParseAcknowledgement reads an answer of somebody on call. An acknowledgement
// without any answer, as a pager sends it, is SeenOnly: it says that the page
// was seen, and nothing about the change. A "no" needs a note.
func ParseAcknowledgement(in compliance.Inbound) (Acknowledgement, Reason, string) {
	var a Acknowledgement
	var bad Reason
	if in.Action != ActionAcknowledge {
		return a, BadRequest, ""
	}
	if a.Binding, bad = boundAct(in); bad != OK {
		return a, bad, ""
	}
	switch a.Answer = Answer(in.Answer(FieldAnswer)); a.Answer {
	case GoAhead, No:
	case "":
		if len(in.Answers) == 0 {
			return a, SeenOnly, ""
		}
		return a, MissingAnswer, FieldAnswer
	default:
		return a, BadRequest, FieldAnswer
	}
	if a.Note, bad = note(in, FieldNote); bad != OK {
		return a, bad, FieldNote
	}
	if a.Answer == No && !compliance.Says(a.Note) {
		return a, MissingAnswer, FieldNote
	}
	return a, OK, ""
}

// ParseRetro reads a retrospective review. The reasons are MissingAnswer, with
// its form field, and BadRequest.
func ParseRetro(in compliance.Inbound) (RetroReport, Reason, string) {
	var r RetroReport
	var bad Reason
	if in.Action != ActionReview {
		return r, BadRequest, ""
	}
	if r.Binding, bad = boundAct(in); bad != OK {
		return r, bad, ""
	}
	switch r.Verdict = RetroVerdict(in.Answer(FieldVerdict)); r.Verdict {
	case WouldApprove, WouldNot:
	case "":
		return r, MissingAnswer, FieldVerdict
	default:
		return r, BadRequest, FieldVerdict
	}
	if r.Attested, bad = ticked(in, FieldLooked); bad != OK {
		return r, bad, FieldLooked
	}
	if r.Note, bad = stated(in, FieldNote); bad != OK {
		return r, bad, FieldNote
	}
	return r, OK, ""
}

// ParseRemedy reads a remedy. The reasons are MissingAnswer, with its form
// field, NoFollowUp for what is no change's number, and BadRequest.
func ParseRemedy(in compliance.Inbound) (RemedyReport, Reason, string) {
	var r RemedyReport
	var bad Reason
	if in.Action != ActionRemedy {
		return r, BadRequest, ""
	}
	if r.Binding, bad = boundAct(in); bad != OK {
		return r, bad, ""
	}
	switch r.Remedy = Remedy(in.Answer(FieldRemedy)); r.Remedy {
	case RemedyRollback:
	case RemedyFollowUp:
		switch r.FollowUp = normalise(in.Answer(FieldFollowUp)); {
		case r.FollowUp == "":
			return r, MissingAnswer, FieldFollowUp
		case !followPattern.MatchString(r.FollowUp):
			return r, NoFollowUp, FieldFollowUp
		}
	case "":
		return r, MissingAnswer, FieldRemedy
	default:
		return r, BadRequest, FieldRemedy
	}
	if r.Note, bad = stated(in, FieldNote); bad != OK {
		return r, bad, FieldNote
	}
	return r, OK, ""
}

// stated reads a text that must say something.
func stated(in compliance.Inbound, field string) (string, Reason) {
	text, bad := note(in, field)
	if bad == OK && !compliance.Says(text) {
		bad = MissingAnswer
	}
	return text, bad
}

// ticked reads a statement that must be ticked.
func ticked(in compliance.Inbound, field string) (compliance.Answer, Reason) {
	answer, given := find(in, field)
	if !given || answer.Value != Yes {
		return answer, MissingAnswer
	}
	return answer, OK
}
