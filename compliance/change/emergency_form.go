package change

import "github.com/lowcodex/countersign/compliance"

// emergencyForm gives the forms of the emergency path; false for another action.
func emergencyForm(action string) (compliance.Form, bool) {
	switch action {
	case ActionBreakGlass:
		return compliance.Form{
			Action: action, Title: "Break glass", Submit: "Break glass", Danger: true,
			Intro: "This carries the change out without its approvals, past its windows and any freeze. The people on call are paged now. It is on record under your name, and reviewed afterwards.",
			Fields: []compliance.Field{
				{Name: FieldIncident, Label: "Which incident is this for?", Hint: "Its number, such as INC-7. It must not be resolved yet.", Kind: compliance.Prose, Line: true, Required: true, MaxRunes: 20},
				prose(FieldReason, "Why can it not wait for its approvals?", "", true),
				{Name: FieldUnderway, Kind: compliance.Attest, Required: true, Label: "I know that this bypasses the approvals of this change, and that I answer for it in the review."},
			},
		}, true
	case ActionAcknowledge:
		return compliance.Form{
			Action: action, Title: "Answer for the people on call", Submit: "Answer",
			Intro: "Somebody wants to carry this change out without its approvals. Your answer is recorded under your name.",
			Fields: []compliance.Field{
				{Name: FieldAnswer, Label: "May it go ahead now?", Kind: compliance.Choice, Required: true, Options: []compliance.Option{
					{Value: string(GoAhead), Label: "Go ahead"},
					{Value: string(No), Label: "No, it goes back to its normal review"},
				}},
				prose(FieldNote, "Note", "Needed for a no: what should happen instead?", false),
			},
		}, true
	case ActionReview:
		return compliance.Form{
			Action: action, Title: "Review this emergency", Submit: "Review",
			Intro: "Your review is recorded under your name. Whether it would have been approved decides how it ends.",
			Fields: []compliance.Field{
				{Name: FieldLooked, Kind: compliance.Attest, Required: true, Label: "I have looked at the incident and at what was done, and I took no part in it."},
				{Name: FieldVerdict, Label: "Would it have been approved?", Kind: compliance.Choice, Required: true, Options: []compliance.Option{
					{Value: string(WouldApprove), Label: "Yes: a real emergency, and rightly done"},
					{Value: string(WouldNot), Label: "No: it is rolled back or followed up"},
				}},
				prose(FieldNote, "What did you look at, and what did you find?", "", true),
			},
		}, true
	case ActionRemedy:
		return compliance.Form{
			Action: action, Title: "Say what was done about it", Submit: "Record",
			Intro: "The review found that this change would not have been approved. Take it back, or name the change that mends it.",
			Fields: []compliance.Field{
				{Name: FieldRemedy, Label: "What was done?", Kind: compliance.Choice, Required: true, Options: []compliance.Option{
					{Value: string(RemedyRollback), Label: "It was rolled back"},
					{Value: string(RemedyFollowUp), Label: "Another change mends it"},
				}},
				{Name: FieldFollowUp, Label: "Number of that change", Hint: "Such as CHG-9: for the same system, and submitted after this one was carried out.", Kind: compliance.Prose, Line: true, MaxRunes: 20},
				prose(FieldNote, "What did the check afterwards show?", "", true),
			},
		}, true
	}
	return compliance.Form{}, false
}
