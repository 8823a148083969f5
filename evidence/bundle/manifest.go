// Package bundle is what an auditor takes home: selected records of a log, the
// blobs they refer to, and the proofs by which somebody who trusts nobody verifies
// them without the log, without a network and without the product (E7, E8, C36).
// Package export writes bundles; this one says their form and verifies them.
//
// A bundle is a zip file, or a folder with the same files. records.jsonl has one
// record a line, byte for byte as it stands in the log; the same line of
// proofs.jsonl has its place and inclusion proof against checkpoint, which the log
// signed. anchors/ holds checkpoints that were kept elsewhere, consistency.jsonl
// the proofs that the log extends them. blobs/ holds content by its digest.
// manifest.json says what was asked for, counts it, and has a digest of every
// other file.
package bundle

import (
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Schema is the version of the form. A verifier refuses one that it does not know.
const Schema = 1

// The files of a bundle.
const (
	ManifestFile    = "manifest.json"
	CheckpointFile  = "checkpoint"
	KeyFile         = "key.pub" // information only: whoever verifies brings the key
	RecordsFile     = "records.jsonl"
	ProofsFile      = "proofs.jsonl"
	ConsistencyFile = "consistency.jsonl"
	ReportFile      = "report.html"
	AnchorFolder    = "anchors/"
	BlobFolder      = "blobs/"
	anchorPrefix    = AnchorFolder + "checkpoint-"
)

// MaxAnchors is the most anchored checkpoints in one bundle.
const MaxAnchors = 1000

// Manifest says what is in a bundle. JSON names are frozen.
type Manifest struct {
	Schema int `json:"schema"`
	// Log is the origin of the log, Key its public key as the exporter knows it.
	Log string `json:"log"`
	Key string `json:"key"`
	// Size and Root are those of the checkpoint.
	Size    uint64    `json:"size"`
	Root    string    `json:"root"`
	Created time.Time `json:"created"`
	// By is who exported.
	By        ledger.Actor `json:"by"`
	Selection Selection    `json:"selection"`
	Totals    Totals       `json:"totals"`
	Blobs     Blobs        `json:"blobs"`
	// Quiet are the numbers that were open at the end of the period and have no
	// record in it. It is stated, not proven: ask for them with --subject.
	Quiet []string `json:"open_without_record,omitempty"`
	// Files are all others of the bundle, by name.
	Files []File `json:"files"`
}

// File is one file of the bundle.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
}

// Blobs says what became of the content that the records refer to.
type Blobs struct {
	In int `json:"in"` // in the bundle
	// LeftOut were not asked for: they may hold personal data. Erased are not in
	// the store either. Both are digests, in order; the records still prove them.
	LeftOut []string `json:"left_out,omitempty"`
	Erased  []string `json:"erased,omitempty"`
}

// Selection is what was asked for: a period, of all processes or of one, or
// subjects.
type Selection struct {
	// From and To bound the time of recording, UTC; To is the first instant after
	// the period. The records of how its last day ended are those of the next day
	// and are part of it all the same.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Process names one, for people; Roots are the first elements of its subjects,
	// Series those of its numbers. Empty for all processes.
	Process string   `json:"process,omitempty"`
	Roots   []string `json:"roots,omitempty"`
	Series  []string `json:"series,omitempty"`
	// Subjects are workflow ids, Numbers theirs. Records of others that carry such a
	// number, as an alert's do, are part of the selection.
	Subjects []string `json:"subjects,omitempty"`
	Numbers  []string `json:"numbers,omitempty"`
	// Personal says whether blobs are in the bundle that may hold personal data.
	Personal bool `json:"personal"`
}

// Period says whether a period was asked for.
func (s Selection) Period() bool { return !s.To.IsZero() }

// Wants says whether a record is part of the selection.
func (s Selection) Wants(r ledger.Record) bool {
	if !s.Period() {
		return slices.Contains(s.Subjects, r.Subject) || r.Number != "" && slices.Contains(s.Numbers, r.Number)
	}
	return s.within(r) && s.concerns(r)
}

func (s Selection) within(r ledger.Record) bool {
	if r.Recorded.Before(s.From) {
		return false
	}
	if !r.Recorded.Before(s.To) {
		_, day, ok := ledger.DayOfRecord(r)
		return ok && day.Before(s.To)
	}
	return true
}

func (s Selection) concerns(r ledger.Record) bool {
	if len(s.Roots) == 0 {
		return true
	}
	if f, _, ok := ledger.DayOfRecord(r); ok {
		return slices.Contains(s.Series, f.Series)
	}
	return slices.Contains(s.Roots, Root(r.Subject))
}

// Scope is what an examination of the selected records may conclude.
func (s Selection) Scope(first uint64) ledger.Scope {
	switch {
	case !s.Period():
		return ledger.Scope{Part: true, Sparse: true, Between: true, Whole: func(subject string) bool { return slices.Contains(s.Subjects, subject) }}
	case len(s.Roots) > 0:
		return ledger.Scope{Part: true, Between: true}
	}
	return ledger.Scope{Part: first > 0}
}

// Root is the first element of a subject: the kind of what a record is about.
func Root(subject string) string {
	root, _, _ := strings.Cut(subject, "/")
	return root
}

// personalFree are the roles of blobs that hold no personal data: what was decided
// by, what was tested by and what runs. Every other role may.
func personalFree() []string { return []string{"rules", "suite", "payload"} }

// MayBePersonal says whether a blob of this role may hold personal data.
func MayBePersonal(role string) bool { return !slices.Contains(personalFree(), role) }
