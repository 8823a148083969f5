package dependency

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
)

// Verdict is what a check of a manifest came to. Its JSON names are frozen.
type Verdict struct {
	Outcome  compliance.CheckOutcome `json:"outcome"`
	Artefact string                  `json:"artefact"` // digest of what was judged
	Looked   int                     `json:"looked"`   // how many components were looked at
	// Lines say why it has not passed, a line for each component or vulnerability,
	// in the order of the components.
	Lines []Line `json:"lines,omitempty"`
}

// Line is one thing that is in the way.
type Line struct {
	Reason Reason `json:"reason"`
	// Component is what it is about, such as "lodash 4.17.20"; empty when it is about
	// the whole.
	Component string `json:"component,omitempty"`
	// Detail is what was found, such as a vulnerability; it may be empty.
	Detail string `json:"detail,omitempty"`
}

// Text is the line for people: what, what was found, and what can be done.
func (l Line) Text() string {
	text := l.Component
	switch {
	case text != "" && l.Detail != "":
		text += " (" + l.Detail + ")"
	case text == "":
		text = l.Detail
	}
	if text == "" {
		return l.Reason.Text()
	}
	return text + ": " + l.Reason.Text()
}

// Detail gives at most limit lines for people; what is left out is counted in the
// last one. A verdict that has passed says what was looked at.
func (v Verdict) Detail(limit int) []string {
	if len(v.Lines) == 0 {
		return []string{fmt.Sprintf("%d packages were looked at.", v.Looked)}
	}
	var out []string
	for i, l := range v.Lines {
		if i == limit-1 && len(v.Lines) > limit {
			return append(out, fmt.Sprintf("and %d more.", len(v.Lines)-i))
		}
		out = append(out, l.Text())
	}
	return out
}

func judged(m Manifest) Verdict {
	return Verdict{Outcome: compliance.CheckPass, Artefact: m.Digest, Looked: len(m.Components)}
}

// broken is a check that could not be run to its end.
func broken(m Manifest, why Reason, detail string) Verdict {
	return Verdict{Outcome: compliance.CheckError, Artefact: m.Digest, Lines: []Line{{Reason: why, Detail: detail}}}
}

// add notes what is wrong with a component, and nothing for OK.
func (v *Verdict) add(c Component, why Reason, detail string) {
	if why == OK {
		return
	}
	v.note(Line{Reason: why, Component: c.String(), Detail: detail})
}

// note adds a line. A failure outranks an error, and both a missing answer: what is
// known to be bad is said first.
func (v *Verdict) note(l Line) {
	v.Lines = append(v.Lines, l)
	rank := map[compliance.CheckOutcome]int{compliance.CheckPass: 0, compliance.CheckNoData: 1, compliance.CheckError: 2, compliance.CheckFail: 3}
	if o := l.Reason.outcome(); rank[o] > rank[v.Outcome] {
		v.Outcome = o
	}
}

// whole adds what is to be said of the manifest as a whole.
func (v Verdict) whole(m Manifest) Verdict {
	if m.Partial() {
		v.note(Line{Reason: OnlyAsked, Detail: m.Name})
	}
	if m.Kind == SBOM && len(m.Components) == 0 {
		v.note(Line{Reason: NothingNamed, Detail: m.Name})
	}
	return v
}
