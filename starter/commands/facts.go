package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// factOrder puts what readers look for first; other facts follow by name.
var factOrder = [...]string{
	"action", "verdict", "result", "reason", "title", "key", "version", "level",
	"system", "environment", "risk", "from", "to", "tally", "changes", "attested",
}

// maxFact is the longest value shown, in runes; the whole stands in the record.
const maxFact = 120

// facts renders a record's typed facts as "name: value" for any type of
// record, so that a process added later needs nothing here.
func (p *program) facts(raw json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // no digit of a number is lost
	var top any
	if len(raw) == 0 || decoder.Decode(&top) != nil {
		return ""
	}
	fields, ok := top.(map[string]any)
	if !ok {
		return p.fact("", top)
	}
	var parts []string
	for _, name := range ordered(fields) {
		if text := p.fact(name, fields[name]); text != "" {
			parts = append(parts, line(strings.ReplaceAll(name, "_", " "))+": "+text)
		}
	}
	return strings.Join(parts, ", ")
}

// ordered gives the names of fields, the well-known ones first.
func ordered(fields map[string]any) []string {
	var all []string
	for name := range fields {
		all = append(all, name)
	}
	rank := func(name string) int {
		if i := slices.Index(factOrder[:], name); i >= 0 {
			return i
		}
		return len(factOrder)
	}
	slices.SortFunc(all, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return all
}

// fact renders one value. Instants are given in the reader's zone, durations
// in hours and minutes, digests short, nested values in brackets.
func (p *program) fact(name string, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		if n, err := v.Int64(); err == nil && isDuration(name) {
			return time.Duration(n).String() // Go's durations travel as nanoseconds
		}
		return v.String()
	case string:
		return p.text(name, v)
	case []any:
		var items []string
		for _, item := range v {
			if text := p.fact(name, item); text != "" {
				items = append(items, text)
			}
		}
		return strings.Join(items, ", ")
	case map[string]any:
		var items []string
		for _, key := range ordered(v) {
			if text := p.fact(key, v[key]); text != "" {
				items = append(items, line(strings.ReplaceAll(key, "_", " "))+" "+text)
			}
		}
		return "(" + strings.Join(items, ", ") + ")"
	}
	return fmt.Sprint(value)
}

func isDuration(name string) bool {
	switch name {
	case "duration", "deadline", "validity", "resubmit":
		return true
	}
	return false
}

func (p *program) text(name, v string) string {
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return p.exactly(at)
	}
	if name == "hash" || strings.HasPrefix(v, "sha256:") {
		return compliance.ShortDigest(line(v))
	}
	return compliance.Cut(line(v), maxFact)
}
