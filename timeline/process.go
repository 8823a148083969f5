package timeline

import (
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
)

// Process is one process as its evidence knows it: what its numbers are, and
// how its events are told.
type Process struct {
	// Name is the value of the search attribute Process, e.g. "change".
	Name string
	// Noun and Plural are what people call its subjects, e.g. "patch rollout".
	Noun, Plural string
	// Series is the number series of its subjects, e.g. "CHG".
	Series string
	// Roots are the first elements of its workflow ids, and the first words of
	// its event types. The first one is that of its numbered subjects.
	Roots []string

	tell func(teller, evidence.Record) (string, []string)
}

// Processes lists every process, in the order to show them. A new process is one line here
// and a file that tells its events.
func Processes() []Process {
	return []Process{
		{"change", "change", "changes", "CHG", []string{"change"}, teller.change},
		{"patch", "patch rollout", "patch rollouts", "PAT", []string{"patch"}, teller.patch},
		{"incident", "incident", "incidents", "INC", []string{"incident", "alert"}, teller.incident},
		{"certification", "certification", "certifications", "CER", []string{"certification"}, teller.certification},
		{"exception", "exception", "exceptions", "EXC", []string{"exception"}, teller.exception},
		{"observation", "finding", "findings", "OBS", []string{"observation", "target"}, teller.observation},
	}
}

// OfSubject gives the process that a workflow id belongs to, false for one of
// none, such as the recording of a refusal at the door.
func OfSubject(subject string) (Process, bool) {
	root, _, _ := strings.Cut(subject, "/")
	return find(func(p Process) bool { return slices.Contains(p.Roots, root) })
}

// NounOf is what people call the subject with this workflow id, such as
// "incident" or "alert"; empty when it belongs to no process.
func NounOf(subject string) string {
	p, ok := OfSubject(subject)
	root, _, _ := strings.Cut(subject, "/")
	if !ok || root == p.Roots[0] {
		return p.Noun
	}
	return root
}

// OfSeries gives the process whose numbers are of this series ("CHG").
func OfSeries(series string) (Process, bool) {
	return find(func(p Process) bool { return p.Series == series })
}

func find(is func(Process) bool) (Process, bool) {
	all := Processes()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Process{}, false
}

// tell puts the facts of one record into a sentence and details. A type it
// does not know, from a later release, is shown as it stands in the log.
func (t teller) tell(r evidence.Record) (string, []string) {
	switch r.Type {
	case door.EventRefused:
		return turnedAway(r)
	case evidence.EventDay:
		return dayEnded(r)
	case evidence.EventExported:
		return t.exported(r)
	}
	family, rest, _ := strings.Cut(r.Type, ".")
	if family == rules.Subject {
		return t.rules(r)
	}
	if p, ok := find(func(p Process) bool { return slices.Contains(p.Roots, family) }); ok {
		if text, details := p.tell(t, r); text != "" {
			return text, details
		}
		return words(rest) + ".", raw(r.Facts)
	}
	return words(r.Type) + ".", raw(r.Facts)
}
