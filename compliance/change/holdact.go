package change

import "github.com/lowcodex/countersign/compliance"

// The acts that stop a change and let it go on, as they appear in buttons, forms,
// commands and Inbound.Action.
const (
	ActionHold   = "hold"   // anybody concerned stops it for a while
	ActionResume = "resume" // ends a hold, or takes an objection back
	ActionObject = "object" // an approver no longer stands by their approval
)

// Pause is a hold, an objection or the end of either, read and complete. Reason is
// why, or the comment of a resumption.
type Pause struct {
	Action  string
	Binding Binding
	Reason  string
}

// ParsePause reads a hold, an objection or a resumption. The first two need a
// reason. The reasons are MissingAnswer, with its form field, and BadRequest.
func ParsePause(in compliance.Inbound) (Pause, Reason, string) {
	p := Pause{Action: in.Action}
	field := FieldReason
	switch in.Action {
	case ActionHold, ActionObject:
	case ActionResume:
		field = FieldComment
	default:
		return p, BadRequest, ""
	}
	var bad Reason
	if p.Binding, bad = boundAct(in); bad != OK {
		return p, bad, ""
	}
	if p.Reason, bad = note(in, field); bad != OK {
		return p, bad, field
	}
	if field == FieldReason && !compliance.Says(p.Reason) {
		return p, MissingAnswer, field
	}
	return p, OK, ""
}

// Same reports whether the act was made for this version and content: what goes on
// is what the person saw. Holding needs no more than the change itself.
func (p Pause) Same(version int, hash string) bool { return p.Binding.sameContent(version, hash) }

// holdForm gives the forms in front of these acts; false for another action.
func holdForm(action string) (compliance.Form, bool) {
	switch action {
	case ActionHold:
		return compliance.Form{
			Action: action, Title: "Put this change on hold", Submit: "Hold",
			Intro:  "The change stands still until you or its requester resume it. Votes are kept and no deadline runs; an approval goes on ageing.",
			Fields: []compliance.Field{prose(FieldReason, "Why must it wait?", "Say what has to happen before it can go on.", true)},
		}, true
	case ActionResume:
		return compliance.Form{
			Action: action, Title: "Resume this change", Submit: "Resume",
			Intro: "The ticket, the directory and the calendar are read again, and the change goes on where it stopped. " +
				"If you objected, this takes your objection back. If somebody else objects and you requested the change, everybody decides anew.",
			Fields: []compliance.Field{prose(FieldComment, "Comment", "", false)},
		}, true
	case ActionObject:
		return compliance.Form{
			Action: action, Title: "Object to this change", Submit: "Object", Danger: true,
			Intro:  "You, or a deputy in your place, approved this change. Your objection puts it on hold until you take it back, or its requester has everybody decide anew.",
			Fields: []compliance.Field{prose(FieldReason, "Why do you object?", "Say what you know now that you did not know then.", true)},
		}, true
	}
	return compliance.Form{}, false
}
