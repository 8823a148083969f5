package jira

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/lowcodex/countersign/compliance"
)

// maxComment is the most that Jira takes in a comment, counted like Java does,
// in UTF-16 units.
const maxComment = 32767

// renderComment writes a step's facts as wiki text, one line each, and its
// mark as the last line. A comment that would be too long is cut before the
// last line, with a remark.
func renderComment(s compliance.TicketStep, people map[compliance.PersonID]compliance.Person, zone *time.Location, more string) string {
	var b strings.Builder
	for _, fact := range s.Comment {
		b.WriteString(renderFact(fact, people, zone))
		b.WriteByte('\n')
	}
	// The key is escaped, the token needs no escape and survives Jira's
	// conversions of the text.
	last := fmt.Sprintf("\n\\[%s\\] %s", escape(s.Key), mark(s.Key))
	remark := cutRemark(more)
	body := b.String()
	if units(body)+units(last) > maxComment {
		body = cut(body, maxComment-units(last)-units(remark)) + remark
	}
	return body + last
}

// cutRemark ends a text that had to be cut.
func cutRemark(more string) string {
	if more != "" {
		return "\n… (cut here because of Jira's limit; all of it: " + more + " )"
	}
	return "\n… (cut here because of Jira's limit; the evidence record holds the whole text)"
}

func renderFact(f compliance.Fact, people map[compliance.PersonID]compliance.Person, zone *time.Location) string {
	var parts []string
	if f.Label != "" {
		parts = append(parts, "*"+escape(strings.Join(strings.Fields(f.Label), " "))+":*")
	}
	if f.Text != "" {
		parts = append(parts, escape(f.Text))
	}
	names := make([]string, 0, len(f.People))
	for _, id := range f.People {
		names = append(names, mention(id, people))
	}
	if len(names) > 0 {
		parts = append(parts, strings.Join(names, ", "))
	}
	if f.For != "" {
		parts = append(parts, "for", mention(f.For, people))
	}
	if !f.At.IsZero() {
		parts = append(parts, when(f.At, zone))
	}
	return strings.Join(parts, " ")
}

// accountPattern is what a Jira account id looks like; anything else could
// break out of the mention.
var accountPattern = regexp.MustCompile(`^[A-Za-z0-9:_-]{1,128}$`)

// mention names a person: their account, which Jira shows as a link, else
// their name, else the opaque id.
func mention(id compliance.PersonID, people map[compliance.PersonID]compliance.Person) string {
	p := people[id]
	if account := p.Accounts[Provider]; accountPattern.MatchString(account) {
		return "[~accountid:" + account + "]"
	}
	return escape(firstOf(p.Name, string(id)))
}

// when shows an instant in UTC and, when configured, in one more zone.
func when(t time.Time, zone *time.Location) string {
	text := t.UTC().Format("2006-01-02 15:04") + " UTC"
	if zone != nil && zone != time.UTC {
		text += " (" + t.In(zone).Format("2006-01-02 15:04") + " " + escape(zone.String()) + ")"
	}
	return text
}

// lineStart finds markup that counts only at the start of a line.
var lineStart = regexp.MustCompile(`(?m)^([ \t]*)(h[1-6]|bq)\.`)

// escape makes user text plain in wiki markup. A backslash cannot escape
// itself there (two of them are a line break), so it becomes a character
// reference. A dash or underscore between letters or digits is no markup and
// stays, so that ids and names remain readable where nothing is rendered.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD"))
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == '\\':
			b.WriteString("&#92;")
			continue
		case strings.ContainsRune("{}[]|*^~+!#?", r), (r == '-' || r == '_') && !inWord(runes, i):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return lineStart.ReplaceAllString(b.String(), "$1$2\\.")
}

func inWord(runes []rune, i int) bool {
	letter := func(n int) bool {
		return n >= 0 && n < len(runes) && (unicode.IsLetter(runes[n]) || unicode.IsDigit(runes[n]))
	}
	return letter(i-1) && letter(i+1)
}

func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut shortens rendered text to at most limit UTF-16 units, at white space
// where there is any near, and never inside an escape, a mention or a
// character reference.
func cut(s string, limit int) string {
	n, end := 0, len(s)
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			end = i
			break
		}
	}
	s = s[:end]
	const near = 500
	if i := strings.LastIndexAny(s, " \n"); i >= 0 && len(s)-i < near {
		return s[:i]
	}
	if i := strings.LastIndexByte(s, '&'); i >= 0 && len(s)-i < len("&#92;") {
		s = s[:i]
	}
	return strings.TrimSuffix(s, "\\")
}
