package compliance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// Heard is the answer to one request, as far as an expectation looks at it.
type Heard struct {
	Status      int
	ContentType string // as it was sent, with its parameters
	Body        []byte
}

// Judge compares an answer with what is expected of it and says on one line
// what differs; nothing when it is as expected. The text never quotes the body:
// what people's data is in is not ours to copy.
func (e Expectation) Judge(h Heard) string {
	var out []string
	if h.Status != e.Status {
		out = append(out, fmt.Sprintf("status %d instead of %d", h.Status, e.Status))
	}
	if kind, _, _ := strings.Cut(h.ContentType, ";"); e.ContentType != "" && !strings.EqualFold(strings.TrimSpace(kind), e.ContentType) {
		out = append(out, fmt.Sprintf("content type %.60q instead of %q", strings.TrimSpace(kind), e.ContentType))
	}
	if e.Contains != "" && !bytes.Contains(h.Body, []byte(e.Contains)) {
		out = append(out, fmt.Sprintf("the body lacks %.60q", e.Contains))
	}
	if len(e.JSON) > 0 {
		if diff := missing(e.JSON, h.Body); diff != "" {
			out = append(out, diff)
		}
	}
	return strings.Join(out, "; ")
}

// missing says where got does not hold what is wanted of it.
func missing(wanted, got []byte) string {
	want, err := number(wanted)
	if err != nil {
		return "the expected JSON cannot be read"
	}
	have, err := number(got)
	if err != nil {
		return "the body is no JSON"
	}
	if path, ok := contains(want, have, ""); !ok {
		return fmt.Sprintf("the body differs at %.100q", "$"+path)
	}
	return ""
}

// number reads one JSON value and keeps its numbers exact.
func number(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after the value")
	}
	return v, nil
}

// contains reports whether have holds want, and where it first does not.
func contains(want, have any, at string) (string, bool) {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return at, false
		}
		names := make([]string, 0, len(w))
		for name := range w {
			names = append(names, name)
		}
		slices.Sort(names) // the same difference is named every time
		for _, name := range names {
			value, there := h[name]
			if !there {
				return at + "." + name, false
			}
			if path, ok := contains(w[name], value, at+"."+name); !ok {
				return path, false
			}
		}
		return "", true
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return at, false
		}
		for i := range w {
			if path, ok := contains(w[i], h[i], fmt.Sprintf("%s[%d]", at, i)); !ok {
				return path, false
			}
		}
		return "", true
	case json.Number:
		h, ok := have.(json.Number)
		return at, ok && sameNumber(w, h)
	}
	return at, reflect.DeepEqual(want, have)
}

// sameNumber compares two JSON numbers by value: 1, 1.0 and 10e-1 are the same.
// A number whose exponent is absurd is compared by its text, not by its value.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	const longest = 40
	if len(a) > longest || len(b) > longest || strings.ContainsAny(string(a+b), "eE") && (exponent(a) > 3 || exponent(b) > 3) {
		return false
	}
	x, okX := new(big.Rat).SetString(string(a))
	y, okY := new(big.Rat).SetString(string(b))
	return okX && okY && x.Cmp(y) == 0
}

// exponent is how many digits the exponent of a number has.
func exponent(n json.Number) int {
	_, e, _ := strings.Cut(strings.ToLower(string(n)), "e")
	return len(strings.TrimLeft(e, "+-0"))
}
