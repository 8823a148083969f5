package timeline

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
)

// facts decodes the facts of a record; false when it has others.
func facts[T any](r evidence.Record) (f T, ok bool) {
	return f, len(r.Facts) > 0 && json.Unmarshal(r.Facts, &f) == nil
}

// holding decodes the facts of a record that have the named field. Several
// types of event come with facts of one shape or another, such as a resolution
// by a person or by the source; the field tells which.
func holding[T any](r evidence.Record, field string) (f T, ok bool) {
	fields, ok := facts[map[string]json.RawMessage](r)
	if _, there := fields[field]; !ok || !there {
		return f, false
	}
	return facts[T](r)
}

func raw(facts json.RawMessage) []string {
	if len(facts) == 0 {
		return nil
	}
	return []string{string(facts)}
}

// notes collects details, a line each.
type notes []string

func (n *notes) add(format string, args ...any) { *n = append(*n, fmt.Sprintf(format, args...)) }

// say adds a text where there is one, after its label.
func (n *notes) say(label, text string) {
	if text != "" {
		n.add("%s %s", label, text)
	}
}

// plain adds a text where there is one.
func (n *notes) plain(text string) {
	if text != "" {
		*n = append(*n, text)
	}
}

// with adds a detail behind a comma where there is one.
func with(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + ", " + detail
}

// because gives a reason as a detail where there is one. It is the identifier
// in words: a reason's own text speaks to the person it was for.
func because[R ~string](reason R) []string {
	if reason == "" {
		return nil
	}
	return []string{"reason: " + spoken(reason)}
}

// at adds an instant where there is one, after its label.
func (t teller) at(n *notes, label string, at time.Time) {
	if !at.IsZero() {
		n.add("%s %s", label, t.when(at))
	}
}

// words reads an identifier: "not_submitted" is "not submitted".
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// spoken reads an identifier of words joined by hyphens, too: "all-failed" is
// "all failed", "decide-grace" is "decide grace".
func spoken[S ~string](name S) string { return words(strings.ReplaceAll(string(name), "-", " ")) }

// span writes a duration without the parts that are nothing: "72h", "1m30s".
func span(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// joined lists things by name.
func joined[T any](all []T, name func(T) string) string {
	parts := make([]string, len(all))
	for i, one := range all {
		parts[i] = name(one)
	}
	return strings.Join(parts, ", ")
}

// over is how an act on a subject that is over is told; the facts are the same
// for every process.
func over(r evidence.Record) (string, []string) {
	f, ok := holding[struct {
		Action string `json:"action"`
		Stood  string `json:"stood"`
	}](r, "action")
	if !ok {
		return "Somebody acted on something that is over.", raw(r.Facts)
	}
	var details notes
	details.say("it was", words(f.Stood))
	return "Tried to " + spoken(f.Action) + ", but it was over already.", details
}
