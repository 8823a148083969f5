package incident

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

var dayPattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// Ask is one thing to be done as a line of the review asks for it. Owner is as
// it was written after an @ sign, Due a day that exists; both may be empty.
type Ask struct{ Text, Owner, Due string }

// readActions reads what is to be done, one line for each thing. A line without
// text is nothing; a mark before it is taken off.
func readActions(in compliance.Inbound) ([]Ask, Reason) {
	text, bad := needed(in, FieldActions)
	if bad != OK {
		return nil, bad
	}
	var out []Ask
	for line := range strings.Lines(text) {
		ask, bad := readAsk(strings.TrimLeft(strings.TrimSpace(line), "-*• "))
		switch {
		case bad != OK:
			return nil, bad
		case !compliance.Says(ask.Text):
			continue
		case utf8.RuneCountInString(ask.Text) > maxTitle || len(out) == MaxActions:
			return nil, BadRequest
		}
		out = append(out, ask)
	}
	if len(out) == 0 {
		return nil, MissingAnswer
	}
	return out, OK
}

// readAsk takes the owner and the day off the end of a line, in either order.
func readAsk(line string) (Ask, Reason) {
	words := strings.Fields(line)
	var ask Ask
	for len(words) > 0 {
		last := words[len(words)-1]
		switch {
		case ask.Owner == "" && len(last) > 1 && last[0] == '@':
			ask.Owner = last[1:]
		case ask.Due == "" && dayPattern.MatchString(last):
			if _, err := time.Parse(time.DateOnly, last); err != nil {
				return Ask{}, BadDue
			}
			ask.Due = last
		default:
			ask.Text = strings.Join(words, " ")
			return ask, OK
		}
		words = words[:len(words)-1]
	}
	return ask, OK
}

// MaxActions bounds what one review asks to be done.
const MaxActions = 10

// readChange reads the linked change, or why none is needed.
func readChange(in compliance.Inbound) (number, none string, bad Reason, field string) {
	if none, bad = note(in, FieldNone); bad != OK {
		return "", "", bad, FieldNone
	}
	written := strings.TrimSpace(in.Answer(FieldChange)) != ""
	switch {
	case none != "" && written:
		return "", "", ChangeAndNone, FieldNone
	case none != "" && !compliance.Says(none):
		return "", "", MissingAnswer, FieldNone
	case none != "":
		return "", none, OK, ""
	}
	number, bad = readNumber(in.Answer(FieldChange))
	return number, "", bad, fieldOf(bad, FieldChange)
}
