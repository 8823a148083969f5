package exception

import "github.com/lowcodex/countersign/compliance"

// FormFor gives the form in front of an action; false when the action is not one
// of this package's. Field names and option values are what ParseAct and
// ParseRequest read. Systems are those that a request can be about.
func FormFor(action string, systems ...compliance.Option) (compliance.Form, bool) {
	switch action {
	case ActionRequest:
		return requestForm(systems), true
	case ActionApprove:
		return compliance.Form{
			Action: action, Title: "Approve", Submit: "Approve",
			Intro:  "You accept under your name that the control does not hold until the last day, and that what stands in for it is enough.",
			Fields: []compliance.Field{prose(FieldComment, "Comment", "", false)},
		}, true
	case ActionDeny:
		return compliance.Form{
			Action: action, Title: "Deny", Submit: "Deny", Danger: true,
			Intro:  "The control holds. One denial decides.",
			Fields: []compliance.Field{prose(FieldReason, "Why?", "Say what would have to be different.", true)},
		}, true
	case ActionConfirm:
		return compliance.Form{
			Action: action, Title: "The control works", Submit: "Confirm",
			Intro:  "You confirm under your name that what stands in for the control works now.",
			Fields: []compliance.Field{prose(FieldNote, "What did you look at?", "Name the evidence, and where it is kept.", true)},
		}, true
	case ActionFails:
		return compliance.Form{
			Action: action, Title: "The control fails", Submit: "End the exception", Danger: true,
			Intro:  "The exception ends at once, and everybody concerned is told.",
			Fields: []compliance.Field{prose(FieldReason, "What fails?", "Say what you saw, and where that is kept.", true)},
		}, true
	case ActionRenew:
		return compliance.Form{
			Action: action, Title: "Ask for a renewal", Submit: "Ask",
			Intro: "The renewal is decided anew by the approvers. Until they have decided, the exception ends when it was going to.",
			Fields: []compliance.Field{
				day(FieldUntil, "New last day", true),
				prose(FieldReason, "Why is it needed longer?", "Say what was done since, and what remains.", true),
			},
		}, true
	case ActionEnd:
		return compliance.Form{
			Action: action, Title: "End this exception", Submit: "End it", Danger: true,
			Intro: "The control holds again at once.",
			Fields: []compliance.Field{
				{
					Name: FieldOutcome, Label: "What about the matter it excuses?", Kind: compliance.Choice, Required: true,
					Options: []compliance.Option{
						{Value: OutcomeRemedied, Label: "It is remedied"},
						{Value: OutcomeOpen, Label: "It is open: revoke or take back"},
					},
				},
				prose(FieldReason, "Why?", "Say how it was remedied, or why the exception has to end.", true),
			},
		}, true
	default:
		return compliance.Form{}, false
	}
}

func requestForm(systems []compliance.Option) compliance.Form {
	line := func(name, label, hint string, needed bool, limit int) compliance.Field {
		return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Required: needed, MaxRunes: limit, Line: true}
	}
	system := line(FieldSystem, "System", "The id of a system of the policy.", true, 64)
	if len(systems) > 0 {
		system = compliance.Field{Name: FieldSystem, Label: "System", Kind: compliance.Choice, Required: true, Options: systems}
	}
	return compliance.Form{
		Action: ActionRequest, Title: "Ask for an exception", Submit: "Ask",
		Intro: "An exception lets one control not hold for one system until a day. Others decide on it; until then nothing is excused.",
		Fields: []compliance.Field{
			line(FieldControl, "Control", "What must not hold, such as gate/tests.", true, 100),
			system,
			line(FieldEnvironment, "Environment", "Every one when left out.", false, 64),
			line(FieldChange, "Change", "Only this one, such as CHG-7; every one when left out.", false, 20),
			prose(FieldReason, "Why is it needed?", "", true),
			prose(FieldCompensating, "What stands in for the control?", "The compensating control, and how it can be checked.", true),
			line(FieldVerifier, "Who checks that it works?", "Id, name or e-mail address; not the owner.", true, 100),
			line(FieldOwner, "Who owns the exception?", "Id, name or e-mail address; you when left out.", false, 100),
			day(FieldSince, "When did the matter begin?", false),
			day(FieldUntil, "Last day of the exception", true),
		},
	}
}

func day(name, label string, needed bool) compliance.Field {
	return compliance.Field{
		Name: name, Label: label, Hint: "Year-month-day, for example 2026-03-31.", Kind: compliance.Prose, Required: needed, MaxRunes: maxDate, Line: true,
	}
}

func prose(name, label, hint string, needed bool) compliance.Field {
	return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Required: needed, MaxRunes: maxNote}
}
