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
	add("changes", "%s", counts(r.States))
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
