package incident

import (
	"strings"

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
// BadRequest, with the form field. Nobody is paged later because a text was too
// long: of a title the first line is kept up to 150 runes, the whole of it stands
// before what was seen, and that is cut at 2,000. Whether the system exists is for
// the rules to say; a declaration for an unknown one pages the fallback, and is not lost.
func ParseDeclare(in compliance.Inbound) (Declaration, Reason, string) {
	var d Declaration
	if in.Action != ActionDeclare || !in.Plain() {
		return d, BadRequest, ""
	}
	title, bad := text(in, FieldTitle)
	if bad != OK {
		return d, bad, FieldTitle
	}
	if !compliance.Says(title) {
		return d, MissingAnswer, FieldTitle
	}
	first, _, _ := strings.Cut(title, "\n")
	if d.Title = compliance.Cut(first, maxTitle); !compliance.Says(d.Title) {
		d.Title = compliance.Cut(strings.Join(strings.Fields(title), " "), maxTitle)
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
	seen, bad := text(in, FieldSeen)
	if bad != OK {
		return d, bad, FieldSeen
	}
	if d.Title != title {
		seen = strings.TrimSpace(title + "\n\n" + seen)
	}
	d.Seen = compliance.Cut(seen, maxNote)
	return d, OK, ""
}
