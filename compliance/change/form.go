package change

import "github.com/lowcodex/countersign/compliance"

// The results an implementer can report.
const (
	ResultSucceeded  = "succeeded"
	ResultRolledBack = "rolled_back"
	ResultFailed     = "failed"
)

// FormFor gives the form in front of an action; false when the action is not
// one of this package's. Field names and option values are what ParseDecision,
// ParseStart, ParseFinish, ParseWithdraw and ParsePause read.
func FormFor(action string) (compliance.Form, bool) {
	switch action {
	case ActionApprove:
		return approveForm(), true
	case ActionDeny:
		return compliance.Form{
			Action: action, Title: "Deny this change", Submit: "Deny", Danger: true,
			Intro:  "Your denial and its reason are recorded under your name. It can end the review of this version.",
			Fields: []compliance.Field{prose(FieldReason, "Why do you deny it?", "Say what must change before you could approve.", true)},
		}, true
	case ActionAbstain:
		return compliance.Form{
			Action: action, Title: "Abstain", Submit: "Abstain",
			Intro:  "Your abstention is recorded under your name and does not count for either side.",
			Fields: []compliance.Field{prose(FieldComment, "Comment", "", false)},
		}, true
	case ActionStart:
		return compliance.Form{
			Action: action, Title: "Start the change", Submit: "Start",
			Intro: "From now on the change counts as being carried out. Do exactly what was approved.",
			Fields: []compliance.Field{{
				Name: FieldReady, Kind: compliance.Attest, Required: true,
				Label: "The backup has been made and checked, and the rollback is ready to be used.",
			}},
		}, true
	case ActionFinish:
		return finishForm(), true
	case ActionGate:
		return gateForm(), true
	case ActionProceed:
		return proceedForm(), true
	case ActionWithdraw:
		return compliance.Form{
			Action: action, Title: "Withdraw this change", Submit: "Withdraw", Danger: true,
			Intro:  "The change ends here and keeps its number. To take it up again, submit a new one.",
			Fields: []compliance.Field{prose(FieldReason, "Why do you withdraw it?", "", true)},
		}, true
	default:
		if form, ok := holdForm(action); ok {
			return form, true
		}
		return emergencyForm(action)
	}
}

func approveForm() compliance.Form {
	f := compliance.Form{
		Action: ActionApprove, Title: "Approve this change", Submit: "Approve",
		Intro: "Your approval is recorded under your name with the three statements as they stand here. It holds for this version only.",
	}
	for _, a := range Attestations() {
		f.Fields = append(f.Fields, compliance.Field{Name: a.Name, Label: a.Text, Kind: compliance.Attest, Required: true})
	}
	f.Fields = append(f.Fields, prose(FieldComment, "Comment", "", false))
	return f
}

func finishForm() compliance.Form {
	return compliance.Form{
		Action: ActionFinish, Title: "Report the outcome", Submit: "Report",
		Intro: "The outcome is recorded under your name.",
		Fields: []compliance.Field{
			{
				Name: FieldResult, Label: "How did it end?", Kind: compliance.Choice, Required: true,
				Options: []compliance.Option{
					{Value: ResultSucceeded, Label: "It was carried out as approved"},
					{Value: ResultRolledBack, Label: "It was rolled back"},
					{Value: ResultFailed, Label: "It failed and was not rolled back"},
				},
			},
			prose(FieldNote, "What did the check afterwards show?", "Say what you looked at and what you saw.", true),
		},
	}
}

func prose(name, label, hint string, need bool) compliance.Field {
	return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Required: need, MaxRunes: maxNote}
}
