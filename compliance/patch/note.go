package patch

import (
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

const (
	maxNote = 2000 // runes of a reason
)

// says reports whether a reason has enough in it to be one.
func says(text string) bool { return compliance.Says(text) && utf8.ValidString(text) }

// note reads a text of several lines; false when it cannot be kept as it is.
func note(raw string) (string, bool) {
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return "", false
	}
	text := strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n"))
	return text, utf8.RuneCountInString(text) <= maxNote
}
