package certification

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	numberPattern  = regexp.MustCompile(`^[A-Z]{2,8}-[1-9][0-9]{0,14}$`)
	versionPattern = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)
	rungPattern    = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,5})?$`)
	markPattern    = regexp.MustCompile(`^([0-9a-f]{32})?$`)
)

// Binding is what a button or form was about: it travels as Action.Ref and
// comes back as Inbound.Ref.
type Binding struct {
	Number  string // CER-7
	Version int    // the current version, from 1
	Rung    string // offset of the last rung sent, empty before the first
	Mark    string // of the document received or under review, empty without one
}

// MarkOf identifies a received document with the coverage it was said to have:
// the first 32 hex digits of a SHA-256, too long for somebody to prepare two
// documents with one mark and have the harmless one accepted.
func MarkOf(document string, c Coverage) string {
	sum := sha256.Sum256([]byte(c.From.String() + "/" + c.To.String() + "\n" + document))
	return hex.EncodeToString(sum[:16])
}

// Bind gives the binding of everything a card about the tracker shows now.
func (t Tracker) Bind() Binding {
	b := Binding{Number: t.Number, Version: t.Current.Version}
	if t.Progress.Begun {
		b.Rung = strconv.Itoa(t.Progress.Last)
	}
	if p := t.Pending(); p != nil {
		b.Mark = p.Mark
	}
	return b
}

// String gives the compact form that travels as Action.Ref, such as
// "CER-7.2.30."; ParseBinding reads it back.
func (b Binding) String() string {
	return fmt.Sprintf("%s.%d.%s.%s", b.Number, b.Version, b.Rung, b.Mark)
}

// ParseBinding reads what String wrote. It accepts nothing else: one binding
// has exactly one text, so a reference can be compared as text in evidence.
func ParseBinding(s string) (Binding, error) {
	parts := strings.Split(s, ".")
	if len(s) > 200 || len(parts) != 4 {
		return Binding{}, fmt.Errorf("binding: want number.version.rung.mark; open the card again")
	}
	number, version, rung, mark := parts[0], parts[1], parts[2], parts[3]
	switch {
	case !numberPattern.MatchString(number):
		return Binding{}, fmt.Errorf("binding: %q is no number", number)
	case !versionPattern.MatchString(version):
		return Binding{}, fmt.Errorf("binding: %q is no version from 1", version)
	case !rungPattern.MatchString(rung):
		return Binding{}, fmt.Errorf("binding: %q is no rung", rung)
	case !markPattern.MatchString(mark):
		return Binding{}, fmt.Errorf("binding: %q is no mark of a document", mark)
	}
	v, _ := strconv.Atoi(version) // six digits at most: it cannot fail
	return Binding{Number: number, Version: v, Rung: rung, Mark: mark}, nil
}
