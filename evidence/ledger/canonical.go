package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
	"github.com/transparency-dev/merkle/rfc6962"
)

const (
	// MaxRecord is the largest canonical record in bytes, the entry limit of
	// C2SP tlog-tiles. What does not fit belongs in a blob.
	MaxRecord = 1<<16 - 1
	// MaxEvents is the most events of one append.
	MaxEvents = 256
	// maxName bounds keys, subjects and types: they are index columns and ids.
	maxName = 1024
)

// Normal checks what can be checked without the log and brings the event into
// the one form it is recorded in. A schema of 0 is taken as 1.
func Normal(ev Event) (Event, error) {
	for _, f := range []struct{ name, value string }{
		{"key", ev.Key}, {"type", ev.Type}, {"subject", ev.Subject},
	} {
		switch {
		case f.value == "":
			return ev, Refuse(ErrInvalid, "event %q has no %s", ev.Key, f.name)
		case len(f.value) > maxName:
			return ev, Refuse(ErrInvalid, "the %s of event %.40q has %d bytes, the limit is %d", f.name, ev.Key, len(f.value), maxName)
		case !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, unicode.IsControl):
			return ev, Refuse(ErrInvalid, "the %s of event %.40q is not UTF-8 text without control characters", f.name, ev.Key)
		}
	}
	if ev.Schema < 0 {
		return ev, Refuse(ErrInvalid, "event %q has schema %d; the first is 1", ev.Key, ev.Schema)
	}
	ev.Schema = max(ev.Schema, 1)
	if ev.At.IsZero() {
		return ev, Refuse(ErrInvalid, "event %q does not say when it happened (at)", ev.Key)
	}
	ev.At = ev.At.UTC()
	if y := ev.At.Year(); y < 1 || y > 9999 {
		return ev, Refuse(ErrInvalid, "event %q happened in year %d", ev.Key, y)
	}
	if ev.Series != "" && !isSeries(ev.Series) {
		return ev, Refuse(ErrInvalid, "series %q of event %q is not two to eight capital letters", ev.Series, ev.Key)
	}
	if ev.Number != "" {
		if _, _, ok := SplitNumber(ev.Number); !ok {
			return ev, Refuse(ErrInvalid, "number %q of event %q is not of the form CHG-7", ev.Number, ev.Key)
		}
	}
	facts, err := normalFacts(ev.Facts)
	if err != nil {
		return ev, Refuse(ErrInvalid, "facts of event %q: %s", ev.Key, err)
	}
	ev.Facts = facts
	return ev, nil
}

// normalFacts makes facts canonical, and refuses those whose meaning canonical
// JSON would silently change: RFC 8785 writes every number as a double.
func normalFacts(facts json.RawMessage) (json.RawMessage, error) {
	trimmed := bytes.TrimSpace(facts)
	if len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")) {
		return nil, nil
	}
	if trimmed[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	if err := exactNumbers(trimmed); err != nil {
		return nil, err
	}
	return jcs.Transform(trimmed)
}

// exactNumbers walks the tokens once; most facts have no number at all.
func exactNumbers(doc []byte) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n, ok := tok.(json.Number); ok && !isExact(n.String()) {
			return errors.New("number " + n.String() + " does not survive canonical JSON; write it as a string")
		}
	}
}

// isExact: the shortest decimal of the nearest double denotes the same value.
func isExact(n string) bool {
	if len(n) > 40 {
		return false
	}
	f, err := strconv.ParseFloat(n, 64)
	if err != nil {
		return false
	}
	if f == 0 {
		// Not through big.Rat: "1e-999999999" would fill the memory with zeros.
		mantissa, _, _ := strings.Cut(strings.ToLower(n), "e")
		return strings.Trim(mantissa, "-0.") == ""
	}
	was, ok := new(big.Rat).SetString(n)
	is, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return ok && ok2 && was.Cmp(is) == 0
}

// Encode gives the log entry of a record: its canonical JSON.
func Encode(r Record) ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, Refuse(ErrInvalid, "event %q: %s", r.Key, err)
	}
	entry, err := jcs.Transform(raw)
	if err != nil {
		return nil, Refuse(ErrInvalid, "event %q: %s", r.Key, err)
	}
	if len(entry) > MaxRecord {
		return nil, Refuse(ErrTooLarge, "record of event %q has %d bytes, the limit is %d; put its content into a blob", r.Key, len(entry), MaxRecord)
	}
	return entry, nil
}

// Decode reads a log entry. Unknown fields are accepted, because a later
// version may have written them; a form that is not canonical is not.
func Decode(entry []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(entry, &r); err != nil {
		return r, err
	}
	canonical, err := jcs.Transform(entry)
	if err != nil {
		return r, err
	}
	if !bytes.Equal(canonical, entry) {
		return r, errors.New("not in canonical form (RFC 8785)")
	}
	if r.Key == "" || r.Type == "" || r.Subject == "" {
		return r, errors.New("key, type or subject is missing")
	}
	return r, nil
}

// LeafHash is the RFC 6962 hash of an entry.
func LeafHash(entry []byte) []byte { return rfc6962.DefaultHasher.HashLeaf(entry) }

// HexHash writes a hash in lower-case hex digits.
func HexHash(hash []byte) string { return hex.EncodeToString(hash) }

// Stamp is the time of recording: microseconds, UTC, never before the last.
func Stamp(now, last time.Time) time.Time {
	now = now.UTC().Truncate(time.Microsecond)
	if now.Before(last) {
		return last
	}
	return now
}

// TimeText writes an instant as records and the index do; empty for none.
func TimeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
