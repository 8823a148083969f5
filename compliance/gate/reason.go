package gate

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// Reason is why a check keeps the gate open. It is stored in evidence; its values
// are frozen.
type Reason string

const (
	OK            Reason = ""
	Failed        Reason = "failed"         // what it looked at is at fault
	Errored       Reason = "error"          // what it looked at could not be read to its end
	NotGiven      Reason = "not-given"      // there is nothing to look at, or nothing in it
	Stale         Reason = "stale"          // what it looked at is too old
	OtherArtefact Reason = "other-artefact" // it looked at something about another artefact
)

// Reasons lists every reason, OK first.
func Reasons() []Reason { return []Reason{OK, Failed, Errored, NotGiven, Stale, OtherArtefact} }

// Text is one sentence for the people concerned: what is wrong and how to mend it.
func (r Reason) Text() string {
	switch r {
	case OK:
		return "This check has passed, or an exception lets it past."
	case Failed:
		return "This check has failed; mend what it names, then hand the new evidence over."
	case Errored:
		return "What was handed over for this check could not be read; hand over a file of the form it wants."
	case NotGiven:
		return "Nothing was handed over that this check could look at; hand it over with starter change gate."
	case Stale:
		return "What this check looked at has become too old; make it anew and hand it over."
	case OtherArtefact:
		return "What this check looked at is about another artefact than the one attached now; make it anew for this one and hand it over."
	}
	return "This check has not passed (" + string(r) + "); ask the owner of the rules what that means."
}

// Name is the check in words.
func (c Check) Name() string { return strings.ReplaceAll(string(c), "_", " ") }

// Standing is the check in words, with the beginning of what it looked at: "no
// data", "pass, 3f2a1b4c5d6e of flow.json".
func (f Finding) Standing() string {
	text := strings.ReplaceAll(string(f.Outcome), "_", " ")
	if f.Reason == Stale || f.Reason == OtherArtefact {
		text += " (" + strings.ReplaceAll(string(f.Reason), "-", " ") + ")"
	}
	if short := Short(f.Artefact); short != "" {
		text += ", " + short
		if f.Source != "" {
			text += " of " + f.Source
		}
	}
	return text
}

// Short is the part of a digest that people see.
func Short(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(12, len(hex))]
}

// Mend says what keeps the gate open and how to mend it, one check to a line;
// empty when nothing does.
func Mend(findings []Finding) string {
	var lines []string
	for _, f := range Open(findings) {
		text := f.Reason.Text()
		if f.Detail != "" && (f.Reason == Failed || f.Reason == Errored || f.Reason == NotGiven) {
			text = f.Detail
		}
		lines = append(lines, fmt.Sprintf("%s: %s", f.Check.Name(), text))
	}
	return strings.Join(lines, "\n")
}

// Summary counts the checks: "2 of 5 checks are open: tests, code review".
func Summary(findings []Finding) string {
	open := Open(findings)
	if len(open) == 0 {
		return "passed, " + compliance.Count(len(findings), "check", "checks")
	}
	var names []string
	for _, f := range open {
		names = append(names, f.Check.Name())
	}
	return fmt.Sprintf("open, %d of %s: %s", len(open), compliance.Count(len(findings), "check", "checks"), strings.Join(names, ", "))
}
