package patch

import "github.com/lowcodex/countersign/compliance"

// FormFor gives the form in front of an action; false when the action is not
// one of this package's. Field names and option values are what ParseAct reads.
func FormFor(action string) (compliance.Form, bool) {
	switch action {
	case ActionStop:
		return compliance.Form{
			Action: action, Title: "Stop this rollout", Submit: "Stop", Danger: true,
			Intro:  "No further ring starts until somebody resumes the rollout. What is patched stays patched.",
			Fields: []compliance.Field{prose("Why do you stop it?")},
		}, true
	case ActionResume:
		return compliance.Form{
			Action: action, Title: "Resume this rollout", Submit: "Resume",
			Intro: "The rollout goes on from where it stands. Nothing is promoted without tests that pass.",
			Fields: []compliance.Field{{
				Name: FieldHow, Label: "How should it go on?", Kind: compliance.Choice, Required: true,
				Options: []compliance.Option{
					{Value: HowRetest, Label: "Run the tests of this ring again first"},
					{Value: HowContinue, Label: "Go on; the last tests still count"},
				},
			}, prose("Why may it go on?")},
		}, true
	case ActionRollBack:
		return compliance.Form{
			Action: action, Title: "Roll back", Submit: "Roll back", Danger: true,
			Intro:  "Every target of this rollout goes back to its last verified state, the last one first, also inside a freeze. Data is not taken back.",
			Fields: []compliance.Field{prose("Why do you roll it back?")},
		}, true
	case ActionLift:
		return compliance.Form{
			Action: action, Title: "Lift the bar", Submit: "Lift the bar", Danger: true,
			Intro:  "This payload was rolled back. Afterwards it may be rolled out again, from the first ring on.",
			Fields: []compliance.Field{prose("What has changed since it was rolled back?")},
		}, true
	case ActionWaive:
		return waiveForm(), true
	case ActionLater:
		return compliance.Form{
			Action: action, Title: "Accept a later deadline", Submit: "Accept", Danger: true,
			Intro: "The deadline shown on the card takes the place of the nearer one. The original start of the clock stays on record.",
			Fields: []compliance.Field{
				attest("I have read what changed in the facts about this vulnerability, and I accept the later deadline for this system."),
				prose("Why is the later deadline acceptable?"),
			},
		}, true
	default:
		return compliance.Form{}, false
	}
}

func waiveForm() compliance.Form {
	return compliance.Form{
		Action: ActionWaive, Title: "Waive the backup", Submit: "Waive", Danger: true,
		Intro: "A critical ring may then start although its backup is not proven. Your name, your reason and the end of the waiver are recorded.",
		Fields: []compliance.Field{
			attest("I accept that data of these targets may be lost if the rollout fails, because their backup is not proven."),
			{
				Name: FieldDays, Label: "How long does the waiver stand?", Kind: compliance.Choice, Required: true,
				Options: []compliance.Option{
					{Value: ForOneDay, Label: "One day"}, {Value: ForThree, Label: "Three days"}, {Value: ForSeven, Label: "Seven days"},
				},
			},
			prose("Why can the rollout not wait for a proven backup?"),
		},
	}
}

func attest(text string) compliance.Field {
	return compliance.Field{Name: FieldAgree, Label: text, Kind: compliance.Attest, Required: true}
}

func prose(label string) compliance.Field {
	return compliance.Field{Name: FieldReason, Label: label, Kind: compliance.Prose, Required: true, MaxRunes: maxNote}
}
