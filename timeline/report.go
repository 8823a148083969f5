package timeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/evidence"
)

// Proof is a verification in plain words.
type Proof struct {
	Verified bool
	// Totals are label and text, in the order to show them.
	Totals   [][2]string
	Findings []string
}

// Prove puts a verification report into words. A report with findings is a
// failure whatever else was returned with it.
func Prove(r evidence.Report) Proof {
	p := Proof{Verified: len(r.Findings) == 0 && r.More == 0}
	add := func(label, format string, args ...any) {
		p.Totals = append(p.Totals, [2]string{label, fmt.Sprintf(format, args...)})
	}
	add("log", "%s", r.Origin)
	add("records", "%d, each where the signed checkpoint says", r.Size)
	add("root", "%s", r.Root)
	for _, s := range r.Series {
		gaps := "no gaps"
		if len(s.Gaps) > 0 {
			gaps = "gaps: " + strings.Join(s.Gaps, ", ")
		}
		add("numbers", "%s: %d, %s to %s, %s", s.Series, s.Count, s.First, s.Last, gaps)
	}
	for _, of := range states(r) {
		add(of.label, "%s", counts(of.states))
	}
	add("blobs", "%d hashed again", r.Blobs)
	add("anchors", "%d consistent", len(r.Anchors))
	add("index", "%s", r.Index)
	for _, f := range r.Findings {
		p.Findings = append(p.Findings, f.String())
	}
	if r.More > 0 {
		p.Findings = append(p.Findings, fmt.Sprintf("and %d more", r.More))
	}
	return p
}

// counted is how many subjects of one process are in which state.
type counted struct {
	label  string
	states map[string]int
}

// states counts per process. A log with one series says its states once; one
// that is empty is about to hold changes.
func states(r evidence.Report) []counted {
	if len(r.Series) == 0 {
		return []counted{{"changes", r.States}}
	}
	if len(r.Series) == 1 {
		return []counted{{plural(r.Series[0].Series), r.States}}
	}
	var out []counted
	for _, s := range r.Series {
		out = append(out, counted{plural(s.Series), s.States})
	}
	return out
}

// plural is what people call the subjects of a series, and the series itself
// when it is one of a later release.
func plural(series string) string {
	if p, ok := OfSeries(series); ok {
		return p.Plural
	}
	return series
}

func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[name], words(name)))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
