package incident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

const (
	maxNote  = 2000 // runes of a text of several lines
	maxTitle = 150  // runes
)

// normalise takes out of a text what a surface may change without anybody
// having edited it: the kind of line endings, and white space at the ends.
func normalise(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	return strings.TrimFunc(strings.Join(lines, "\n"), unicode.IsSpace)
}

// text reads a text of any length: normalised, UTF-8.
func text(in compliance.Inbound, field string) (string, Reason) {
	raw := in.Answer(field)
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return "", BadRequest
	}
	return normalise(raw), OK
}

// note reads a text of several lines, of at most maxNote runes.
func note(in compliance.Inbound, field string) (string, Reason) {
	s, bad := text(in, field)
	if bad != OK || utf8.RuneCountInString(s) > maxNote {
		return "", BadRequest
	}
	return s, OK
}

// needed reads a text that must say something.
func needed(in compliance.Inbound, field string) (string, Reason) {
	text, bad := note(in, field)
	if bad == OK && !compliance.Says(text) {
		return "", MissingAnswer
	}
	return text, bad
}
