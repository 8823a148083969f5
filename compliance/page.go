package compliance

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MailChannel is the one paging channel for which the directory holds an
// address of everybody: the person's e-mail address. Every other channel is
// named after the provider whose account of the person it reaches.
const MailChannel = "mail"

// MaxPageRef is the length of Page.Ref in bytes. Channels put it into places
// that hold little more, such as a deduplication key of 255 characters.
const MaxPageRef = 200

// Page calls one person through one channel, free of any vendor's layout. It is
// made once: a retry through the same channel hands over the same page, byte by
// byte, because channels that know keys tell a repetition by it. JSON names are
// frozen.
type Page struct {
	// Key is the event key of paging this person through this channel: the same
	// over every retry, different for every page, person and channel.
	Key string `json:"key"`
	// Subject is the workflow id that what the person answers goes to.
	Subject string `json:"subject"`
	Number  string `json:"number"` // for people, e.g. "INC-7"
	Title   string `json:"title"`  // what is wrong, in one line
	Text    string `json:"text,omitempty"`
	// Severity is the subject's own word for how bad it is, e.g. "sev1", the worst.
	Severity string `json:"severity,omitempty"`
	// Drill marks an exercise: every message says so.
	Drill bool   `json:"drill,omitempty"`
	Link  string `json:"link,omitempty"`
	// At is when the page was due, in UTC; a channel may send it later.
	At time.Time `json:"at"`
	// Ref is the opaque binding that a button or a webhook hands back in
	// Inbound.Ref, at most MaxPageRef bytes of printable ASCII without spaces.
	Ref string `json:"ref"`
	// Actions are the buttons, where the channel has any. One press is the whole act.
	Actions []Action `json:"actions,omitempty"`
}

// Paged names what was sent, for a stand-down. JSON names are frozen.
type Paged struct {
	Channel string `json:"channel"`
	// Ref is opaque to everybody but the channel. It is empty when nobody knows
	// whether something was sent; the stand-down then looks for it.
	Ref string `json:"ref,omitempty"`
	// Ambiguous is set when an earlier attempt may have left a second message:
	// the stand-down looks for that one as well.
	Ambiguous bool `json:"ambiguous,omitempty"`
}

// Check reports everything that keeps a page from being sent through any
// channel. How long texts may be is each channel's own business: it cuts them.
func (p Page) Check() error {
	var errs []error
	for _, needed := range []Label{{"key", p.Key}, {"subject", p.Subject}, {"number", p.Number}, {"title", p.Title}} {
		if strings.TrimSpace(needed.Value) == "" {
			errs = append(errs, fmt.Errorf("page: it has no %s", needed.Name))
		}
	}
	if len(p.Ref) > MaxPageRef {
		errs = append(errs, fmt.Errorf("page: its reference has %d bytes, %d are allowed", len(p.Ref), MaxPageRef))
	}
	for _, c := range []byte(p.Ref) {
		if c <= ' ' || c >= 0x7f {
			errs = append(errs, errors.New("page: its reference may only hold printable ASCII without spaces"))
			break
		}
	}
	for _, text := range []string{p.Key, p.Subject, p.Number, p.Title, p.Text, p.Severity, p.Link} {
		if !utf8.ValidString(text) {
			errs = append(errs, errors.New("page: one of its texts is not valid UTF-8"))
			break
		}
	}
	return errors.Join(errs...)
}

// Headline is the one line by which people know a page: the word "Drill" for an
// exercise, the severity, the number and the title, without line breaks.
func (p Page) Headline() string {
	parts := make([]string, 0, 4)
	if p.Drill {
		parts = append(parts, "Drill:")
	}
	if p.Severity != "" {
		parts = append(parts, strings.ToUpper(p.Severity))
	}
	parts = append(parts, p.Number, p.Title)
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
