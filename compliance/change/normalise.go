package change

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// normalise takes out of a text what a tracker may change without anybody
// having edited it: the kind of line endings, and white space at the end of
// lines and around the whole. Indentation stays: it carries meaning in a plan.
func normalise(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	return strings.TrimFunc(strings.Join(lines, "\n"), unicode.IsSpace)
}

// cut shortens a text for use inside a message to n runes.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// asks says what belongs into an empty mandatory field.
func asks(field string) string {
	switch field {
	case "title":
		return "Say in one line what will change."
	case "system":
		return "Choose the system that will change."
	case "environment":
		return "Choose the environment, for example production."
	case "risk":
		return "Choose low, medium or high."
	case "plan":
		return "Write the steps of the change."
	case "test_plan":
		return "Write how the change is tested before and after it."
	case "rollback":
		return "Write the steps that undo the change."
	case "rollback_owner":
		return "Choose the person who carries out the rollback."
	case "rollback_tested_on":
		return "Give the date on which the rollback was last tested, for example 2026-03-31."
	case "implementer":
		return "Choose the person who carries out the change."
	case "duration":
		return "Estimate how long the change takes, in minutes such as 90, or 1h30m."
	default:
		return "Fill it in."
	}
}
