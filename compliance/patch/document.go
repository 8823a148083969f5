package patch

import (
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// The limits of a document from outside. The catalogue of exploited
// vulnerabilities has 1.3 MB, the largest advisories a few.
const (
	maxDocument = 32 << 20 // bytes
	maxNesting  = 64
	maxDefects  = 20 // reported of one document
)

// DocumentError is the error for a document that cannot be used at all. Defects say
// what is wrong and where, at most 20 of them; they hold no more of the
// document than names and short values.
type DocumentError struct {
	Document string // "catalogue" or "advisory", with its id where known
	Defects  []string
}

// Error lists the defects on one line.
func (r *DocumentError) Error() string {
	return r.Document + " rejected: " + strings.Join(r.Defects, "; ")
}

// unambiguous refuses JSON that two readers could read differently, and nesting
// that no real document has.
func unambiguous(data []byte) error {
	return compliance.JSONBounds{Bytes: maxDocument, Nesting: maxNesting}.Unambiguous(data)
}
