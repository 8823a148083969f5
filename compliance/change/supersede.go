package change

import (
	"fmt"
	"regexp"
	"strings"
)

// supersedesPattern is a number of the series of changes.
var supersedesPattern = regexp.MustCompile(`^CHG-[1-9][0-9]{0,14}$`)

// supersedes reads the number of the older change that this one replaces (C4).
func (r *reader) supersedes(field string) string {
	text := strings.ToUpper(r.line(field, optional, maxShort))
	if text != "" && !supersedesPattern.MatchString(text) {
		r.problem(field, "The field %q holds %q, which is no number of a change. Write a number such as CHG-7, or leave it empty.", field, cut(text, 40))
		return ""
	}
	return text
}

// Older is what is on record of the change that a newer one names.
type Older struct {
	Number string // as the newer change names it
	Known  bool   // the number was allocated to a change
	Same   bool   // it is the newer change itself
	Over   bool
	State  State
	Place  Place // of its last version, zero while it has none
	Later  bool  // its number is the higher one
	// By is the change that took its place, empty when none did.
	By string
}

// Replaced reports whether the newer change with this number took its place already:
// an earlier version of it was approved.
func (o Older) Replaced(newer string) bool {
	return o.State == Superseded && o.By != "" && o.By == newer
}

// JudgeOlder says why a change, by its number if it has one yet, cannot take the place
// of the one it names, for its requester; false when it can, or did with an earlier
// version (C4). One that is being carried out may be named: nothing then happens to
// it, and the newer change says so.
func JudgeOlder(newer Snapshot, number string, o Older) (Problem, bool) {
	text := ""
	switch {
	case o.Same:
		text = fmt.Sprintf("%s is this change itself. Name the older change that it replaces, or leave the field empty.", o.Number)
	case !o.Known:
		text = fmt.Sprintf("No change has the number %s. Correct it, or leave the field empty.", o.Number)
	case o.Later:
		text = fmt.Sprintf("%s is newer than this change, and only an older one can be replaced. Name this change in the ticket of %s instead.", o.Number, o.Number)
	case o.Over && !o.Replaced(number):
		text = fmt.Sprintf("%s is over (%s), so there is nothing left of it to replace. Leave the field empty.", o.Number, strings.ReplaceAll(string(o.State), "_", " "))
	case o.Place.System == "":
		text = fmt.Sprintf("Nothing is on record yet of what %s changes. Submit this change again once that one is in review, or withdraw that one.", o.Number)
	case !o.Place.Same(newer.Place()):
		text = fmt.Sprintf("%s is a change of %s, and only a change of the same system and environment can be replaced. Correct the number, or withdraw %s by itself.",
			o.Number, o.Place, o.Number)
	default:
		return Problem{}, false
	}
	return Problem{Field: "supersedes", Text: text}, true
}
