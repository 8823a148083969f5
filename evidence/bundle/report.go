package bundle

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// What findings about a bundle can be about, beside what they can be about in a log.
const (
	CheckFile      ledger.Check = "file"      // form, names and digests of the files
	CheckManifest  ledger.Check = "manifest"  // it says what the records say
	CheckProof     ledger.Check = "proof"     // inclusion of a record
	CheckComplete  ledger.Check = "complete"  // no record of the period is missing
	CheckSelection ledger.Check = "selection" // nothing else was disclosed
)

// Report is what the verification of a bundle counted and found.
type Report struct {
	Verified bool `json:"verified"`
	// Manifest is the digest of the manifest, which the record of the export has.
	Manifest  string       `json:"manifest,omitempty"`
	Log       string       `json:"log,omitempty"`
	Size      uint64       `json:"size"`
	Root      string       `json:"root,omitempty"`
	KeyGiven  bool         `json:"key_given"` // false: the key in the bundle was taken
	Created   time.Time    `json:"created,omitzero"`
	By        ledger.Actor `json:"by"`
	Selection Selection    `json:"selection"`
	Totals    Totals       `json:"totals"`
	Blobs     int          `json:"blobs"` // hashed again
	// Anchors are the checkpoints, in the bundle or given, that the log was shown to extend.
	Anchors []ledger.AnchorReport `json:"anchors"`
	// Findings is empty when everything was proven; More counts those beyond
	// ledger.MaxFindings.
	Findings []ledger.Finding `json:"findings"`
	More     int              `json:"more,omitempty"`
	// Unknown says what such a bundle cannot prove, and how it could.
	Unknown []string `json:"cannot_be_known"`
}

func (r *Report) find(check ledger.Check, format string, args ...any) {
	r.add(ledger.Finding{Check: check, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) findAt(check ledger.Check, index uint64, number, format string, args ...any) {
	r.add(ledger.Finding{Check: check, Index: &index, Number: number, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) add(f ledger.Finding) {
	if len(r.Findings) >= ledger.MaxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}

func (r *Report) unknown(format string, args ...any) {
	r.Unknown = append(r.Unknown, fmt.Sprintf(format, args...))
}
