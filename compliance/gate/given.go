package gate

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Given is one part as it was handed over. It is what a run carries: the bytes
// of a file are a blob.
type Given struct {
	Part   Part   `json:"part"`
	Digest string `json:"digest"`         // "sha256:" and 64 hex digits; of the statement where it is none of a file
	Name   string `json:"name,omitempty"` // of the file, without its folders
	// About is the digest of the artefact that was attached then, empty without one:
	// what was said about another artefact says nothing about this one.
	About string              `json:"about,omitempty"`
	By    compliance.PersonID `json:"by,omitempty"` // nobody for what the process itself asked
	At    time.Time           `json:"at"`
	// Of is the digest of the manifest whose packages findings are about.
	Of string `json:"of,omitempty"`
	// Of a code review.
	Link     string              `json:"link,omitempty"`
	Author   compliance.PersonID `json:"author,omitempty"`
	Reviewer compliance.PersonID `json:"reviewer,omitempty"`
}

// Of is what was given of a part; false when nothing was.
func Of(given []Given, part Part) (Given, bool) {
	at := slices.IndexFunc(given, func(g Given) bool { return g.Part == part })
	if at < 0 {
		return Given{}, false
	}
	return given[at], true
}

// Attached is the digest of the artefact; empty without one.
func Attached(given []Given) string {
	g, _ := Of(given, Artefact)
	return g.Digest
}

// Merge adds what somebody hands over now to what was given before; it alters
// neither list. The same bytes about the same artefact stay as old as they are:
// sending them again makes nothing fresh. New results of a scan end the
// statement about the data that were scanned before.
func Merge(before, now []Given) []Given {
	out := slices.Clone(before)
	about := Attached(out)
	if a, sent := Of(now, Artefact); sent {
		about = a.Digest
	}
	for _, g := range now {
		if g.Part != Artefact {
			g.About = about
		}
		at := slices.IndexFunc(out, func(o Given) bool { return o.Part == g.Part })
		switch {
		case at < 0:
			out = append(out, g)
		case out[at].Digest != g.Digest || out[at].About != g.About || g.Part == Findings: // the same answer, given anew, is a new one
			if g.Part == Scan {
				out = slices.DeleteFunc(out, func(o Given) bool { return o.Part == Synthetic && !has(now, Synthetic) })
				at = slices.IndexFunc(out, func(o Given) bool { return o.Part == g.Part })
			}
			out[at] = g
		}
	}
	return out
}

func has(given []Given, part Part) bool {
	_, found := Of(given, part)
	return found
}
