package compliance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// JSONBounds are what a JSON document from outside may be at most.
type JSONBounds struct {
	Bytes   int // its length
	Nesting int // how many objects and arrays are open at once
	// Exact takes names that differ in case only for different names. It is for
	// documents whose names are data, such as paths, and that are not decoded into
	// structs: Go's decoder would take the two for one.
	Exact bool
}

// Unambiguous refuses JSON that two readers could read differently: bytes that
// are no UTF-8, a name that occurs twice in one object, and more than the bounds.
// What follows the first value is refused when it is decoded. The error says what
// is wrong and where.
func (b JSONBounds) Unambiguous(data []byte) error {
	switch {
	case len(data) > b.Bytes:
		return fmt.Errorf("%d bytes; at most %d are read", len(data), b.Bytes)
	case !utf8.Valid(data):
		return errors.New("the bytes are not UTF-8; ask the publisher for the document as RFC 8259 wants it")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []jsonObject
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil
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
				if !open[top].take(text, b.Exact) {
					return fmt.Errorf("the name %q occurs twice in one object before byte %d", cutText(text, 40), d.InputOffset())
				}
				continue
			}
			open[top].name = true // after this value comes a name
		}
		if delim, ok := token.(json.Delim); ok {
			next := jsonObject{}
			if delim == '{' {
				next = jsonObject{names: map[string]bool{}, name: true}
			}
			if open = append(open, next); len(open) > b.Nesting {
				return fmt.Errorf("nested deeper than %d levels", b.Nesting)
			}
		}
	}
}

// jsonObject is an object or array that is being read.
type jsonObject struct {
	names map[string]bool // nil in an array
	name  bool            // the next string is a name
}

// take reports whether a name is new in its object.
func (o *jsonObject) take(name string, exact bool) bool {
	if !exact {
		name = strings.ToLower(name)
	}
	fresh := !o.names[name]
	o.names[name], o.name = true, false
	return fresh
}
