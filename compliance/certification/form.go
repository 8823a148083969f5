package certification

import (
	"strconv"

	"github.com/lowcodex/countersign/compliance"
)

// FormFor gives the form in front of an action; false when the action is not
// one of this package's. Field names and option values are what ParseAct reads.
func FormFor(action string) (compliance.Form, bool) {
	comment := prose(FieldComment, "Comment", "", false, maxNote)
	switch action {
	case ActionAcknowledge:
		return compliance.Form{
			Action: action, Title: "Acknowledge", Submit: "Acknowledge",
			Intro:  "This reminder is not taken to anybody else then. Later reminders come as planned.",
			Fields: []compliance.Field{comment},
		}, true
	case ActionRequest:
		return compliance.Form{
			Action: action, Title: "Vendor was asked", Submit: "Record",
			Intro:  "Records under your name that you asked the vendor for the document.",
			Fields: []compliance.Field{prose(FieldComment, "Whom did you ask, and how?", "", false, maxNote)},
		}, true
	case ActionReceive:
		return receiveForm(), true
	case ActionReview:
		return compliance.Form{
			Action: action, Title: "Take up the review", Submit: "Take it up",
			Intro:  "Records under your name that the document is being read. It covers nothing until it is accepted.",
			Fields: []compliance.Field{comment},
		}, true
	case ActionAccept:
		return compliance.Form{
			Action: action, Title: "Accept this document", Submit: "Accept",
			Intro: "From now on it counts for the days it covers. The statement is recorded under your name as it stands here.",
			Fields: []compliance.Field{
				{
					Name: FieldRead, Kind: compliance.Attest, Required: true,
					Label: "I have read this document; it is the vendor's own, the dates recorded are those it states, and its scope holds what we use.",
				},
				comment,
			},
		}, true
	case ActionReturn:
		return compliance.Form{
			Action: action, Title: "Return this document", Submit: "Return", Danger: true,
			Intro:  "The vendor has to send another one. Reminders go on.",
			Fields: []compliance.Field{prose(FieldReason, "What is wrong with it?", "Say what the vendor has to send instead.", true, maxNote)},
		}, true
	case ActionGrace:
		return graceForm(), true
	case ActionWithdraw:
		return compliance.Form{
			Action: action, Title: "Vendor took it back", Submit: "Record", Danger: true,
			Intro:  "The document covers nothing from this moment on, and changes that touch the vendor wait until another one is accepted.",
			Fields: []compliance.Field{prose(FieldReason, "What did the vendor say?", "Who said it, when, and where that is kept.", true, maxNote)},
		}, true
	default:
		return compliance.Form{}, false
	}
}

func receiveForm() compliance.Form {
	return compliance.Form{
		Action: ActionReceive, Title: "Document received", Submit: "Record",
		Intro: "Give the dates that the document itself states, not those on which it was issued or sent. It counts once somebody else has accepted it.",
		Fields: []compliance.Field{
			prose(FieldFrom, "First day it covers", "Year-month-day, for example 2026-01-01.", true, maxDate),
			prose(FieldTo, "Last day it covers", "Year-month-day, for example 2026-12-31.", true, maxDate),
			prose(FieldDocument, "Where is it kept?", "A link, or the digest of the file.", true, maxDocument),
			{
				Name: FieldKind, Label: "What is it?", Kind: compliance.Choice, Required: true,
				Options: []compliance.Option{
					{Value: KindRenewal, Label: "A new document or a renewal"},
					{Value: KindCorrection, Label: "A correction of the one in force"},
				},
			},
		},
	}
}

func graceForm() compliance.Form {
	f := compliance.Form{
		Action: ActionGrace, Title: "Decide on grace", Submit: "Decide",
		Intro: "A grace lets changes that touch the vendor go on without coverage until it ends; then they wait, whether anybody looks or not.",
		Fields: []compliance.Field{
			{
				Name: FieldDecision, Label: "Your decision", Kind: compliance.Choice, Required: true,
				Options: []compliance.Option{{Value: DecisionGrant, Label: "Grant a grace"}, {Value: DecisionDeny, Label: "Grant none"}},
			},
			{Name: FieldDays, Label: "Until how many days after the last covered day?", Hint: "Only with a grace.", Kind: compliance.Choice},
			prose(FieldReason, "Why?", "Say what makes the lack of coverage tolerable until then, or why it is not.", true, maxNote),
		},
	}
	for _, days := range []int{7, 14, 30, 60, 90} {
		n := strconv.Itoa(days)
		f.Fields[1].Options = append(f.Fields[1].Options, compliance.Option{Value: n, Label: n + " days"})
	}
	return f
}

func prose(name, label, hint string, need bool, limit int) compliance.Field {
	return compliance.Field{Name: name, Label: label, Hint: hint, Kind: compliance.Prose, Required: need, MaxRunes: limit}
}
