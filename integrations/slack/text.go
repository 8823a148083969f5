package slack

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// cutRemark ends every text that did not fit: nothing is dropped silently (C20).
const cutRemark = "… (cut, open the ticket)"

// escape makes user text safe in mrkdwn: without it "<!channel>" would notify
// everybody and "<https://x|y>" would disguise a link.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// clean removes what Slack refuses or shows as nothing: invalid UTF-8 and
// control characters other than line feed and tab. What reorders text is shown
// as a character that cannot be read: approvers attest to what they see.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r':
			return '\n'
		case r < 0x20, r == 0x7f:
			return -1
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return '\uFFFD' // would show the rest in another order than it has
		}
		return r
	}, s)
}

// cutPlain shortens plain text to at most limit runes, the remark included.
func cutPlain(s string, limit int) string {
	s = strings.TrimSpace(clean(s))
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	remark := cutRemark
	if limit < 3*utf8.RuneCountInString(remark) {
		remark = "…"
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:max(limit-utf8.RuneCountInString(remark), 0)]), " \n\t") + remark
}

// cutEscaped escapes user text and shortens it to at most limit runes after
// escaping, never inside an entity.
func cutEscaped(s string, limit int, link string) string {
	s = unfence(strings.TrimSpace(clean(s)))
	if e := escape(s); utf8.RuneCountInString(e) <= limit {
		return e
	}
	remark := linkedRemark(link, limit)
	room := limit - utf8.RuneCountInString(remark)
	var b strings.Builder
	for _, r := range s {
		e := escape(string(r))
		if room -= utf8.RuneCountInString(e); room < 0 {
			break
		}
		b.WriteString(e)
	}
	return strings.TrimRight(b.String(), " \n\t") + remark
}

// unfence keeps a text from opening a code block that would swallow the lines
// after it.
func unfence(s string) string { return strings.ReplaceAll(s, "```", "`\u200b`\u200b`") }

// linkedRemark is the cut remark as mrkdwn, with the link when it is usable
// and leaves room for the text it stands for.
func linkedRemark(link string, limit int) string {
	if u := linkTarget(link); u != "" {
		remark := "… (cut, <" + u + "|open the ticket>)"
		if utf8.RuneCountInString(remark) <= limit/2 {
			return remark
		}
	}
	if limit < 3*utf8.RuneCountInString(cutRemark) {
		return "…"
	}
	return cutRemark
}

// linkTarget returns link as it may stand inside <…|…>, empty when it is not
// an http(s) address that fits Slack's 3,000 characters.
func linkTarget(link string) string {
	if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
		return ""
	}
	if len(link) > 3000 || strings.ContainsAny(link, " \n\t|<>\"") || clean(link) != link {
		return ""
	}
	return strings.ReplaceAll(link, "&", "&amp;")
}

// mention names a person: as a mention when the directory knows their Slack
// account, else by name, else by id.
func mention(id compliance.PersonID, people map[compliance.PersonID]compliance.Person) string {
	p, ok := people[id]
	if account := p.Accounts[Provider]; ok && isMemberID(account) {
		return "<@" + account + ">"
	}
	if ok && p.Name != "" {
		return cutEscaped(oneLine(p.Name), 80, "")
	}
	return cutEscaped(oneLine(string(id)), 80, "")
}

// isMemberID reports whether s can be a Slack user id; anything else between
// <@ and > would be shown as it stands.
func isMemberID(s string) bool {
	if len(s) < 2 || len(s) > 32 || (s[0] != 'U' && s[0] != 'W') {
		return false
	}
	for _, r := range s[1:] {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// when shows an instant in the reader's own zone, in UTC where a client cannot.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
func when(t time.Time) string {
	u := t.UTC()
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", u.Unix(), u.Format("2006-01-02 15:04 UTC"))
}

// oneLine is a text without its line breaks and double spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
