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
	// System and Environment are those of its last version, empty while it has none.
	System, Environment string
	Later               bool // its number is the higher one
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
	case o.System == "":
		text = fmt.Sprintf("Nothing is on record yet of what %s changes. Submit this change again once that one is in review, or withdraw that one.", o.Number)
	case o.System != newer.System || o.Environment != newer.Environment:
		text = fmt.Sprintf("%s is a change of %s in %s, and only a change of the same system and environment can be replaced. Correct the number, or withdraw %s by itself.",
			o.Number, o.System, o.Environment, o.Number)
	default:
		return Problem{}, false
	}
	return Problem{Field: "supersedes", Text: text}, true
}

// Superseding is what a newer change and the older one that it replaces tell each
// other. JSON names are frozen.
type Superseding struct {
	Older string `json:"older"` // number of the older change
	Newer string `json:"newer"`
	// Subject is the workflow id of the newer change, to which the older one answers.
	Subject string `json:"subject"`
	// Version is that of the newer change which was approved.
	Version int `json:"version"`
	// Stood is, in the answer, the state in which the older change was met, and Done
	// that it was superseded. Gone says that it did not run any more.
	Stood State `json:"stood,omitempty"`
	Done  bool  `json:"done,omitempty"`
	Gone  bool  `json:"gone,omitempty"`
}

// JudgeSuperseded says whether an approved newer change ends one in this state: OK
// until its execution begins, so that what is under way is not taken away from the
// one who carries it out.
func JudgeSuperseded(s State) Reason {
	switch {
	case s.Terminal():
		return AlreadyClosed
	case CanMove(s, Superseded):
		return OK
	}
	return AlreadyExecuting
}

// Text says on the newer change's card what became of the older one.
func (s Superseding) Text() string {
	state := strings.ReplaceAll(string(s.Stood), "_", " ")
	switch {
	case s.Done:
		return fmt.Sprintf("%s was replaced by this change and is over.", s.Older)
	case s.Gone:
		return fmt.Sprintf("%s no longer runs, so nothing happened to it.", s.Older)
	case s.Stood.Terminal():
		return fmt.Sprintf("%s was over already (%s), so nothing happened to it.", s.Older, state)
	case s.Stood != "":
		return fmt.Sprintf("%s is under way (%s), so it was not replaced. Talk to its implementer before this change starts.", s.Older, state)
	}
	return fmt.Sprintf("%s is replaced when this change is approved.", s.Older)
}
