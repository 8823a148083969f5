package observation

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// ActionExplain names the change or incident that explains a finding, and closes it.
const ActionExplain = "explain"

// ActionNames lists every action on a finding that exists.
func ActionNames() []string { return []string{ActionExplain} }

// The names of the form fields.
const (
	FieldBy     = "by"     // CHG-7 or INC-3
	FieldReason = "reason" // how it explains it
)

const (
	maxNote   = 2000 // runes of a text
	maxNumber = 20
)

// Act is an explanation, read and complete.
type Act struct {
	Number string // of the finding that the person saw
	By     string // of the change or incident
}

var (
	numberPattern = regexp.MustCompile(`^` + Series + `-[1-9][0-9]{0,14}$`)
	byPattern     = regexp.MustCompile(`^[A-Z]{2,8}-[1-9][0-9]{0,14}$`)
)

// ParseAct reads an act. When something is wrong the Reason is MissingAnswer or
// BadRequest, with the form field it belongs to; the Act must not be applied then.
func ParseAct(in compliance.Inbound) (Act, Reason, string) {
	a := Act{Number: in.Ref}
	if in.Action != ActionExplain || !numberPattern.MatchString(in.Ref) || !in.Plain() {
		return a, BadRequest, ""
	}
	by, bad := text(in, FieldBy, maxNumber)
	switch a.By = strings.ToUpper(by); {
	case bad != OK:
		return a, bad, FieldBy
	case a.By == "":
		return a, MissingAnswer, FieldBy
	case !byPattern.MatchString(a.By):
		return a, NotOnRecord, FieldBy
	}
	why, bad := text(in, FieldReason, maxNote)
	switch {
	case bad != OK:
		return a, bad, FieldReason
	case !compliance.Says(why):
		return a, MissingAnswer, FieldReason
	}
	return a, OK, ""
}

// text reads a text: UTF-8, without white space around it, at most limit runes.
func text(in compliance.Inbound, field string, limit int) (string, Reason) {
	raw := in.Answer(field)
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return "", BadRequest
	}
	raw = strings.TrimSpace(raw)
	if utf8.RuneCountInString(raw) > limit {
		return "", BadRequest
	}
	return raw, OK
}

// FormFor gives the form in front of an action; false when there is none of that name.
func FormFor(action string) (compliance.Form, bool) {
	if action != ActionExplain {
		return compliance.Form{}, false
	}
	return compliance.Form{
		Action: action, Title: "Explain what was found", Submit: "Explain",
		Intro: "You say under your name that this change or incident explains what the target serves. The finding is closed, and what is there counts as known.",
		Fields: []compliance.Field{
			{
				Name: FieldBy, Label: "Which change or incident?", Hint: "Its number, such as CHG-7 or INC-3; it must be about the same system.",
				Kind: compliance.Prose, Required: true, MaxRunes: maxNumber, Line: true,
			},
			{Name: FieldReason, Label: "How does it explain it?", Hint: "Say what was done, and by whom.", Kind: compliance.Prose, Required: true, MaxRunes: maxNote},
		},
	}, true
}
