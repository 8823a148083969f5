package policy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
)

// Classes says what an edit of each field does to the approvals, where that is
// not the usual. An edit of a field that a rule of routing reads is always
// material: the approvers might be others.
func (r *Rules) Classes() change.Classes {
	classes := change.Classes{}
	for _, f := range r.fields {
		if f.Class != (change.Classes)(nil).Of(f.Name) {
			classes[f.Name] = f.Class
		}
	}
	for _, name := range change.MaterialFields() {
		usual := !slices.Contains(change.WindowFields(), name) && classes[name] == ""
		if !usual && slices.ContainsFunc(r.routing, func(rule RouteRule) bool { return reads(rule.When.Expression, name) }) {
			classes[name] = Material
		}
	}
	if len(classes) == 0 {
		return nil
	}
	return classes
}

// reads reports whether an expression may read a field: it holds the name as a
// word, or goes through the map of fields without naming one.
func reads(expression, field string) bool {
	if slices.Contains(wordPattern.FindAllString(expression, -1), field) {
		return true
	}
	rest := namedPattern.ReplaceAllStringFunc(expression, func(found string) string {
		if strings.HasSuffix(found, "(") {
			return found // a macro over all of them
		}
		return ""
	})
	return slices.Contains(wordPattern.FindAllString(rest, -1), "fields")
}

var (
	wordPattern  = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	namedPattern = regexp.MustCompile(`fields\s*\.\s*[A-Za-z_][A-Za-z0-9_]*\s*\(?|fields\s*\[\s*["'][A-Za-z0-9_]*["']\s*\]|["'][A-Za-z0-9_]*["']\s+in\s+fields`)
)
