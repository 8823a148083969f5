package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/lowcodex/countersign/compliance"
)

// Bounds of what goes into a mail, in characters; ours: nobody reads more.
const (
	maxSubject = 200
	maxText    = 20_000
	maxLink    = 2000
)

// messageID is the id of the mail of this kind about the page, the same over
// every repetition: mail programs and servers that know an id already show it
// once, and a stand-down is shown with its page.
func (c *Client) messageID(page compliance.Page, kind string) string {
	sum := sha256.Sum256([]byte(page.Key))
	_, domain, _ := strings.Cut(c.from.Address, "@")
	return kind + "." + hex.EncodeToString(sum[:16]) + "@" + domain
}

// The kinds of mail about a page.
const (
	kindPage      = "page"
	kindStandDown = "stand-down"
)

// pageMail is the mail that calls somebody.
func (c *Client) pageMail(to *netmail.Address, page compliance.Page) *gomail.Msg {
	m := c.blank(to, page, kindPage)
	m.Subject(subject(page.Headline()))
	m.SetImportance(gomail.ImportanceUrgent)
	m.SetBodyString(gomail.TypeTextPlain, pageText(page))
	return m
}

// standDownMail is the mail that takes a page back, in its thread.
func (c *Client) standDownMail(to *netmail.Address, page compliance.Page, why string) *gomail.Msg {
	m := c.blank(to, page, kindStandDown)
	m.Subject(subject("Re: " + page.Headline()))
	first := "<" + c.messageID(page, kindPage) + ">"
	m.SetGenHeader(gomail.HeaderInReplyTo, first)
	m.SetGenHeader(gomail.HeaderReferences, first)
	m.SetBodyString(gomail.TypeTextPlain, standDownText(page, why))
	return m
}

// blank sets what both have in common. Every value is on one line and without
// control characters, so nothing in it can begin another header.
func (c *Client) blank(to *netmail.Address, page compliance.Page, kind string) *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(c.from)
	m.ToMailAddress(to)
	m.SetDateWithValue(c.cfg.Now())
	m.SetMessageIDWithValue(c.messageID(page, kind))
	// RFC 3834: no vacation reply may answer it.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	return m
}

const drillText = "DRILL. This is an exercise, not a real incident. Please answer it as if it were one.\n\n"

func pageText(page compliance.Page) string {
	var b strings.Builder
	if page.Drill {
		b.WriteString(drillText)
	}
	b.WriteString(oneLine(page.Number + ": " + page.Title))
	b.WriteString("\n")
	if page.Severity != "" {
		b.WriteString("Severity: " + oneLine(page.Severity) + "\n")
	}
	if !page.At.IsZero() {
		b.WriteString("Paged: " + when(page.At) + "\n")
	}
	if text := cut(page.Text, maxText); text != "" {
		b.WriteString("\n" + text + "\n")
	}
	for i, a := range page.Actions {
		if i == 0 {
			b.WriteString("\nYou are paged. Type one of these, as this mail cannot be answered:\n")
		}
		fmt.Fprintf(&b, "\n    %s\n", command(page, a))
	}
	if len(page.Actions) == 0 {
		b.WriteString("\nYou are paged. This mail cannot be answered.\n")
	}
	if link := oneLine(page.Link); link != "" && utf8.RuneCountInString(link) <= maxLink {
		b.WriteString("\n" + link + "\n")
	}
	return b.String()
}

func standDownText(page compliance.Page, why string) string {
	text := "Stand down. " + oneLine(why) + "\n\n" + oneLine(page.Number+": "+page.Title) + "\n"
	if page.Drill {
		text = drillText + text
	}
	return text
}

// command is what somebody types at the product's command line to take the
// action: "starter incident acknowledge INC-7". The kind of process is how its
// workflow ids begin.
func command(page compliance.Page, a compliance.Action) string {
	kind, _, _ := strings.Cut(page.Subject, "/")
	return oneLine("starter " + kind + " " + a.Name + " " + page.Number)
}

func when(t time.Time) string { return t.UTC().Format("Monday, 2 January 2006, 15:04:05") + " UTC" }

func subject(s string) string { return cut(oneLine(s), maxSubject) }

// oneLine is a text on one line, without control characters.
func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// cut shortens a text to at most limit characters, with a mark where something
// is missing.
func cut(s string, limit int) string {
	return compliance.Cut(strings.TrimSpace(visible(s)), limit)
}

// visible drops control characters other than the line feed and the tab.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', !unicode.IsControl(r) && r != '\u2028' && r != '\u2029':
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
