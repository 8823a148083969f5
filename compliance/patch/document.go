package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
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

// unambiguous refuses JSON that two readers could read differently: bytes that
// are no UTF-8, a name that occurs twice in one object (also when the two differ
// in case only, which Go's decoder takes for one), something after the end, and
// nesting that no real document has.
func unambiguous(data []byte) error {
	switch {
	case len(data) > maxDocument:
		return fmt.Errorf("%d bytes; at most %d are read", len(data), maxDocument)
	case !utf8.Valid(data):
		return errors.New("the bytes are not UTF-8; ask the publisher for the document as RFC 8259 wants it")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type object struct {
		names map[string]bool // nil in an array
		name  bool            // the next string is a name
	}
	var open []object
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil // what follows the first value is refused when it is decoded
		}
		if err != nil {
			return fmt.Errorf("no JSON at byte %d: the document is cut off or something else, such as an error page", d.InputOffset())
		}
		top := len(open) - 1
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			open = open[:top]
			continue
		}
		if top >= 0 && open[top].names != nil {
			if text, ok := token.(string); ok && open[top].name {
				folded := strings.ToLower(text)
				if open[top].names[folded] {
					return fmt.Errorf("the name %q occurs twice in one object before byte %d", cut(text, 40), d.InputOffset())
				}
				open[top].names[folded] = true
				open[top].name = false
				continue
			}
			open[top].name = true // after this value comes a name
		}
		if delim, ok := token.(json.Delim); ok {
			next := object{}
			if delim == '{' {
				next = object{names: map[string]bool{}, name: true}
			}
			if open = append(open, next); len(open) > maxNesting {
				return fmt.Errorf("nested deeper than %d levels", maxNesting)
			}
		}
	}
}
