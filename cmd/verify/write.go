package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lowcodex/countersign/evidence/bundle"
)

// write tells people what was proven, what was not, and what cannot be.
func write(w io.Writer, r bundle.Report) {
	fact := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-10s %s\n", label, visible(fmt.Sprintf(format, args...)))
	}
	if r.Verified {
		fmt.Fprintln(w, "VERIFIED")
	} else {
		fmt.Fprintln(w, "NOT VERIFIED")
	}
	for _, f := range r.Findings {
		fact("finding", "%s", f)
	}
	if r.More > 0 {
		fact("", "and %d more", r.More)
	}
	if r.Log != "" {
		fact("log", "%s, %d records under the checkpoint", r.Log, r.Size)
		fact("root", "%s", r.Root)
	}
	if s := r.Selection; s.Period() {
		of := "all processes"
		if s.Process != "" {
			of = s.Process
		}
		fact("asked for", "%s to %s UTC, %s", s.From.Format(time.DateOnly), s.To.Add(-1).Format(time.DateOnly), of)
	} else if len(s.Subjects) > 0 {
		fact("asked for", "%s", strings.Join(append(slices.Clone(s.Numbers), s.Subjects...), ", "))
	}
	if !r.Created.IsZero() {
		fact("exported", "%s by %s %s:%s (as the manifest says)", r.Created.UTC().Format(time.RFC3339), r.By.Person, r.By.Account.Provider, r.By.Account.ID)
		fact("manifest", "%s", r.Manifest)
	}
	fact("records", "%d, each with its proof", r.Totals.Records)
	for _, k := range r.Totals.Kinds {
		fact(k.Kind, "%d subjects, %d records; %s", k.Subjects, k.Records, states(k.States))
	}
	for _, s := range r.Totals.Series {
		text := fmt.Sprintf("%d numbers", s.Count)
		if s.Count > 0 {
			text += fmt.Sprintf(", %s to %s", s.First, s.Last)
		}
		if len(s.Gaps) > 0 {
			text += ", gaps: " + strings.Join(s.Gaps, ", ")
		} else {
			text += ", no gaps"
		}
		if s.Closing != "" {
			text += fmt.Sprintf(", %s at the end of %s", s.Closing, s.Day)
		}
		if n := len(s.Earlier); n > 0 {
			text += fmt.Sprintf(", %d allocated outside", n)
		}
		fact(s.Series, "%s", text)
	}
	fact("blobs", "%d hashed again", r.Blobs)
	fact("anchors", "%d consistent", len(r.Anchors))
	for _, u := range r.Unknown {
		fact("not known", "%s", u)
	}
}

func states(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		shown := strings.ReplaceAll(name, "_", " ")
		if name == "" {
			shown = "without a state here"
		}
		parts = append(parts, fmt.Sprintf("%d %s", of[name], shown))
	}
	return strings.Join(parts, ", ")
}

// visible makes what acts on a terminal visible: names in a bundle are other
// people's text.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
