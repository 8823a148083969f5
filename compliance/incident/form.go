package incident

import "github.com/lowcodex/countersign/compliance"

// The actions people can take on an incident, as they appear in buttons, forms,
// commands and Inbound.Action.
const (
	ActionDeclare     = "declare"
	ActionAcknowledge = "acknowledge"
	ActionUpdate      = "update"
	ActionResolve     = "resolve"
	ActionAccept      = "accept" // take over at the end of a shift
	ActionRollback    = "rollback"
	ActionApprove     = "approve_rollback"
	ActionDeny        = "deny_rollback"
	ActionReport      = "report_rollback" // what became of a rollback that people carry out
	ActionReview      = "review"
	ActionClose       = "close"
	ActionFinish      = "finish_action"   // something that was to be done is done
	ActionWithdraw    = "withdraw_action" // it never will be
	// ActionReassign is that somebody gave a page to somebody else where it rang.
	// It comes from there only and is no acknowledgement: nobody said that they
	// are on it.
	ActionReassign = "reassign"
)

// The names of the form fields.
const (
	FieldTitle     = "title"
	FieldSystem    = "system"
	FieldSeverity  = "severity"
	FieldSeen      = "seen"
	FieldNote      = "note"
	FieldQuiet     = "quiet"
	FieldReason    = "reason"
	FieldRun       = "run"
	FieldStatement = "statement"
	FieldRootCause = "root_cause"
	FieldChange    = "change"
	FieldResult    = "result"
	FieldNone      = "none_needed"
	FieldActions   = "actions"
	FieldItem      = "item"
	FieldTo        = "to"
)

// Yes is the value of a ticked statement.
const Yes = "yes"

// Immediate reports whether one press is the whole act. Somebody who is woken
// presses one button; what they say by it stands on the button itself, and an
// acknowledgement or an accept can be mended by what follows.
func Immediate(action string) bool { return action == ActionAcknowledge || action == ActionAccept }

// Statement is what an approver of a rollback says by name; its text is
// evidence, so it is recorded as it was shown.
const Statement = "I have read the rollback plan and the check of its backup. I neither asked for this rollback nor carried out what it takes back, and I approve it as an emergency."

// FormFor gives the form in front of an action; false when the action is
// immediate or not one of this package's. Field names and values are what the
// parsers read. Choices that depend on the organisation or the incident, which
// are the systems of a declaration and the runs of a rollback, are given as
// options.
func FormFor(action string, options ...compliance.Option) (compliance.Form, bool) {
	switch action {
	case ActionDeclare:
		return declareForm(options), true
	case ActionUpdate:
		return updateForm(), true
	case ActionResolve:
		return compliance.Form{
			Action: action, Title: "Resolve the incident", Submit: "Resolve",
			Intro:  "Paging stops for good. Should it come back, a new incident opens. A review is due next.",
			Fields: []compliance.Field{prose(FieldNote, "How do you know that it is over?", "Say what you looked at and what you saw.")},
		}, true
	case ActionRollback:
		return compliance.Form{
			Action: action, Title: "Ask for a rollback", Submit: "Ask", Danger: true,
			Intro: "Somebody else has to approve it; then it runs once.",
			Fields: []compliance.Field{
				{Name: FieldRun, Label: "What is to be taken back?", Kind: compliance.Choice, Required: true, Options: options},
				prose(FieldReason, "Why do you suspect it?", ""),
			},
		}, true
	case ActionApprove:
		return compliance.Form{
			Action: action, Title: "Approve the rollback", Submit: "Approve", Danger: true,
			Intro: "It starts at once. Your approval is recorded under your name with the statement as it stands here.",
			Fields: append(which("Which rollback?", FieldRun, options), compliance.Field{
				Name: FieldStatement, Label: Statement, Kind: compliance.Attest, Required: true,
			}),
		}, true
	case ActionDeny:
		return compliance.Form{
			Action: action, Title: "Deny the rollback", Submit: "Deny",
			Intro:  "Your denial and its reason are recorded under your name. It may be asked for again.",
			Fields: append(which("Which rollback?", FieldRun, options), prose(FieldReason, "Why do you deny it?", "")),
		}, true
	case ActionReport:
		return compliance.Form{
			Action: action, Title: "Report the rollback", Submit: "Report", Danger: true,
			Intro: "If it failed, the next level is paged at once.",
			Fields: append(which("Which rollback?", FieldRun, options),
				compliance.Field{Name: FieldResult, Label: "What became of it?", Kind: compliance.Choice, Required: true, Options: []compliance.Option{
					{Value: string(RollbackDone), Label: "Done: the earlier state is in effect and was looked at"},
					{Value: string(RollbackFailed), Label: "Failed: the earlier state was not reached"},
				}},
				prose(FieldNote, "What did you see?", "")),
		}, true
	case ActionReview:
		return compliance.Form{
			Action: action, Title: "Review the incident", Submit: "Record the review",
			Intro: "Somebody else closes the incident on the strength of this review.",
			Fields: []compliance.Field{
				prose(FieldRootCause, "What was the root cause?", "Say what made it possible, not only what set it off."),
				{Name: FieldChange, Label: "Which change mends it?", Hint: "Its number, such as CHG-7. Leave it empty only where none is needed.", Kind: compliance.Prose, MaxRunes: maxChange},
				{Name: FieldNone, Label: "If no change is needed: why not?", Hint: "You sign this with your name, and whoever closes the incident signs it again.", Kind: compliance.Prose, MaxRunes: maxNote},
				prose(FieldActions, "What is to be done?", "One line for each thing, at most ten; \"Limit retries @p-ann 2027-01-31\" names who and until when. Each becomes a ticket and is followed until it is done."),
			},
		}, true
	case ActionClose:
		return closeForm("I have read the review: it names the root cause, and the linked change mends it.", ""), true
	case ActionFinish:
		return compliance.Form{
			Action: action, Title: "Report it as done", Submit: "Report",
			Intro:  "Where it has a ticket, moving that to done is enough.",
			Fields: append(which("What was done?", FieldItem, options), prose(FieldNote, "How do you know that it is done?", "")),
		}, true
	case ActionWithdraw:
		return compliance.Form{
			Action: action, Title: "Withdraw it", Submit: "Withdraw", Danger: true,
			Intro:  "It will not be done. Your reason is recorded under your name.",
			Fields: append(which("What is withdrawn?", FieldItem, options), prose(FieldReason, "Why will it never be done?", "")),
		}, true
	default:
		return compliance.Form{}, false
	}
}

func declareForm(systems []compliance.Option) compliance.Form {
	severity := compliance.Field{Name: FieldSeverity, Label: "How bad is it?", Kind: compliance.Choice, Required: true}
	for i, label := range []string{"SEV-1: the business stands still, or data is lost", "SEV-2: a service is badly degraded", "SEV-3: degraded, with a way round", "SEV-4: nobody notices yet"} {
		severity.Options = append(severity.Options, compliance.Option{Value: string(Severities()[i]), Label: label})
	}
	system := compliance.Field{Name: FieldSystem, Label: "Which system?", Kind: compliance.Choice, Required: true, Options: systems}
	if len(systems) == 0 {
		system.Kind, system.Line, system.MaxRunes = compliance.Prose, true, maxTitle // whoever asks knows none to offer
	}
	return compliance.Form{
		Action: ActionDeclare, Title: "Declare an incident", Submit: "Declare", Danger: true,
		Intro: "Whoever is on call for the system is paged at once.",
		Fields: []compliance.Field{
			{Name: FieldTitle, Label: "What is wrong, in one line?", Kind: compliance.Prose, Line: true, Required: true, MaxRunes: maxTitle},
			system,
			severity,
			{Name: FieldSeen, Label: "What do you see?", Kind: compliance.Prose, MaxRunes: maxNote},
		},
	}
}

func updateForm() compliance.Form {
	quiet := compliance.Field{Name: FieldQuiet, Label: "When will you give the next word?", Kind: compliance.Choice}
	for _, q := range quiets() {
		quiet.Options = append(quiet.Options, compliance.Option{Value: q.value, Label: q.label})
	}
	return compliance.Form{
		Action: ActionUpdate, Title: "Give an update", Submit: "Update",
		Intro:  "An update of a responder renews the acknowledgement. How long you may be silent is bounded by the rules.",
		Fields: []compliance.Field{prose(FieldNote, "Where does it stand?", ""), quiet},
	}
}

// FormOfClosing is the form of ActionClose for the review as it is: whoever
// closes an incident whose review links no change signs that none is needed.
func FormOfClosing(r Review) compliance.Form {
	if r.Change != "" || r.NoChange == "" {
		f, _ := FormFor(ActionClose)
		return f
	}
	return closeForm("I have read the review: it names the root cause, and I agree that no change is needed.",
		"\nNo change is linked, because: "+compliance.Cut(r.NoChange, 300))
}

func closeForm(statement, why string) compliance.Form {
	return compliance.Form{
		Action: ActionClose, Title: "Close the incident", Submit: "Close",
		Intro:  "The incident ends here; what its review asked for is followed until it is done." + why,
		Fields: []compliance.Field{{Name: FieldStatement, Kind: compliance.Attest, Required: true, Label: statement}},
	}
}

// which asks for one of several, where there are any to choose from.
func which(label, field string, options []compliance.Option) []compliance.Field {
	if len(options) == 0 {
		return nil
	}
	return []compliance.Field{{Name: field, Label: label, Kind: compliance.Choice, Required: len(options) > 1, Options: options}}
}

func prose(name, label, hint string) compliance.Field {
	return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Required: true, MaxRunes: maxNote}
}
