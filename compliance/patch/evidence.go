package patch

import (
	"slices"
	"time"
)

// EvidenceKind is what an instant says about a vulnerability.
type EvidenceKind string

// The kinds of evidence a clock can start from (P13).
const (
	Published EvidenceKind = "published" // the vendor's advisory was published
	Listed    EvidenceKind = "listed"    // added to the catalogue of exploited vulnerabilities
	Detected  EvidenceKind = "detected"  // found on the asset
)

// EvidenceKinds lists every kind: the default rule of every class.
func EvidenceKinds() []EvidenceKind { return []EvidenceKind{Published, Listed, Detected} }

// Evidence is one dated statement about a vulnerability on an asset. At is an
// instant in UTC; a source that gives a date only counts from the beginning of
// that date in UTC.
type Evidence struct {
	Kind   EvidenceKind `json:"kind"`
	At     time.Time    `json:"at"`
	Source string       `json:"source"` // the document's id and release, e.g. "ICSA-24-193-08 v1"
}

// Start is the instant a clock runs from, and why.
type Start struct {
	At     time.Time    `json:"at"` // UTC
	Kind   EvidenceKind `json:"kind"`
	Source string       `json:"source"`
}

// Unused is a piece of evidence that was left out, and why. It is recorded:
// silence about a contradictory date would be a choice nobody made.
type Unused struct {
	Evidence Evidence `json:"evidence"`
	Reason   Reason   `json:"reason"`
}

// firstPlausible is the year of the first CVE identifiers.
const firstPlausible = 1999

// Earliest gives the start of the clock: the earliest usable evidence of the
// kinds that the class's rule counts, all kinds when it names none (P13). Two
// at the same instant are decided by kind, then source, so that the stored
// source never depends on the order of arrival. What is dated after now, before
// 1999 or not at all is not used. Without anything usable the reason is NoEvidence.
func Earliest(list []Evidence, counted []EvidenceKind, now time.Time) (Start, []Unused, Reason) {
	if len(counted) == 0 {
		counted = EvidenceKinds()
	}
	var best *Evidence
	var unused []Unused
	for _, e := range list {
		if why := usable(e, counted, now); why != OK {
			unused = append(unused, Unused{e, why})
			continue
		}
		if best == nil || before(e, *best) {
			best = &e
		}
	}
	if best == nil {
		return Start{}, unused, NoEvidence
	}
	return Start{At: best.At.UTC(), Kind: best.Kind, Source: best.Source}, unused, OK
}

func usable(e Evidence, counted []EvidenceKind, now time.Time) Reason {
	switch {
	case e.At.UTC().Year() < firstPlausible:
		return ImplausibleDate
	case e.At.After(now):
		return FutureEvidence
	case !slices.Contains(counted, e.Kind):
		return NotCounted
	}
	return OK
}

func before(a, b Evidence) bool {
	if !a.At.Equal(b.At) {
		return a.At.Before(b.At)
	}
	order := EvidenceKinds()
	if i, j := slices.Index(order, a.Kind), slices.Index(order, b.Kind); i != j {
		return i < j
	}
	return a.Source < b.Source
}
