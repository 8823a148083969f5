package incident

import (
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// Declaration is an incident as a person declares it. It needs nobody's leave.
type Declaration struct {
	Title    string
	System   string
	Severity Severity
	Seen     string
}

// ParseDeclare reads a declaration. The reasons are MissingAnswer and
// BadRequest, with the form field. Whether the system exists is for the rules
// to say; a declaration for an unknown one pages the fallback, and is not lost.
func ParseDeclare(in compliance.Inbound) (Declaration, Reason, string) {
	var d Declaration
	var bad Reason
	if in.Action != ActionDeclare || !plainAnswers(in) {
		return d, BadRequest, ""
	}
	if d.Title, bad = needed(in, FieldTitle); bad != OK {
		return d, bad, FieldTitle
	}
	if strings.Contains(d.Title, "\n") || utf8.RuneCountInString(d.Title) > maxTitle {
		return d, BadRequest, FieldTitle
	}
	if d.System, bad = note(in, FieldSystem); bad != OK || strings.Contains(d.System, "\n") || len(d.System) > maxTitle {
		return d, BadRequest, FieldSystem
	}
	if d.System == "" {
		return d, MissingAnswer, FieldSystem
	}
	answer := strings.TrimSpace(in.Answer(FieldSeverity))
	if answer == "" {
		return d, MissingAnswer, FieldSeverity
	}
	var err error
	if d.Severity, err = ParseSeverity(answer); err != nil {
		return d, BadRequest, FieldSeverity
	}
	if d.Seen, bad = note(in, FieldSeen); bad != OK {
		return d, bad, FieldSeen
	}
	return d, OK, ""
}
