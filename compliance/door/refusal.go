package door

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

const (
	// Prefix begins the event key of a refusal.
	Prefix = "door/"
	// Subject is what refusals are about that belong to nothing else, so that one
	// timeline shows them all.
	Subject = "door"
)

// Longest texts of a refusal in bytes; what is longer is cut.
const (
	maxWord = 80  // action, surface, provider
	maxText = 255 // everything else
)

// Refusal is an act that was turned away, cut to what may safely be kept. It
// travels in histories, so its JSON names are frozen.
type Refusal struct {
	// Key is the event key: one record per delivery, for ever.
	Key string `json:"key"`
	// Subject is what the record is about: the workflow id that the act named,
	// where it can be one, else "door".
	Subject string             `json:"subject"`
	Actor   compliance.Account `json:"actor"`
	Facts   Facts              `json:"facts"`
}

// New makes the refusal of an act. About is the workflow id the act is about,
// empty where it names none that could exist. The same delivery always gives
// the same key; an act that came without one is known by its contents.
func New(in compliance.Inbound, about, reason string) Refusal {
	var c cutter
	r := Refusal{
		Key:     Prefix + digest(in),
		Subject: about,
		Actor:   compliance.Account{Provider: c.text("provider", in.Actor.Provider, maxWord), ID: c.text("account", in.Actor.ID, maxText)},
		Facts: Facts{
			Action: c.text("action", in.Action, maxWord), Asked: c.text("asked", in.Subject, maxText),
			Delivery: c.text("delivery", in.Delivery, maxText), Surface: c.text("surface", in.Surface, maxWord),
			Message: c.text("message", in.Message, maxText), Reason: reason, Received: in.Received.UTC(),
			Answers: len(in.Answers), Bytes: in.Size(),
		},
	}
	if r.Subject == "" {
		r.Subject = Subject
	}
	r.Facts.Altered = c.altered
	return r
}

// Whole reports whether the account stands here as it came. A cut or mended one
// belongs to nobody: it must not be taken for somebody else's.
func (r Refusal) Whole() bool {
	return !slices.ContainsFunc(r.Facts.Altered, func(a string) bool {
		return strings.HasPrefix(a, "account:") || strings.HasPrefix(a, "provider:")
	})
}

// digest names the delivery in 64 hex digits.
func digest(in compliance.Inbound) string {
	name := []byte(in.Delivery)
	if len(name) == 0 {
		in.Received = time.Time{}  // a repetition comes later
		name, _ = json.Marshal(in) // texts and a zero time: cannot fail
	}
	sum := sha256.Sum256(name)
	return hex.EncodeToString(sum[:])
}

// cutter bounds texts and remembers which it had to change.
type cutter struct{ altered []string }

func (c *cutter) text(name, s string, limit int) string {
	if clean := strings.Map(printable, strings.ToValidUTF8(s, "\uFFFD")); clean != s {
		s = clean
		c.altered = append(c.altered, name+": not text")
	}
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	c.altered = append(c.altered, name+": cut")
	return s[:limit]
}

// printable replaces what would not show.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return utf8.RuneError
	}
	return r
}
