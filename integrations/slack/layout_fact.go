package slack

import (
	"fmt"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

func (l *layout) pair(f compliance.Fact) {
	label := label(f.Label)
	value := l.value(f)
	l.pairs = append(l.pairs, label, value)
	l.charge(label, value)
	if len(l.pairs) == maxFields {
		l.flush()
	}
}

// longFact sets the text within left runes, as plain text: what a person wrote then shows as it
// is, and can never pass for a line of the card.
func (l *layout) longFact(f compliance.Fact, left int) {
	l.flush()
	head := label(f.Label)
	if rest := (compliance.Fact{People: f.People, For: f.For, At: f.At}); len(f.People) > 0 || !f.At.IsZero() {
		head = mrkdwn(head.Text + " " + l.value(rest).Text)
	}
	l.section(head)
	l.section(plain(cutPlain(f.Text, min(maxText, max(left-3*overhead, shortFact)))))
}

// value is what stands beside a label: plain text unless people or a time follow.
func (l *layout) value(f compliance.Fact) *slackgo.TextBlockObject {
	text := oneLine(f.Text)
	if len(f.People) == 0 && f.At.IsZero() {
		if text == "" {
			text = "–"
		}
		return plain(cutPlain(text, maxField))
	}
	return mrkdwn(l.line(compliance.Fact{Text: text, People: f.People, For: f.For, At: f.At}, maxField/2))
}

// line is a fact on one line of mrkdwn, of at most limit runes; limit is at
// least 300.
func (l *layout) line(f compliance.Fact, limit int) string {
	var parts []string
	if t := oneLine(f.Label); t != "" {
		parts = append(parts, "*"+cutEscaped(t, 80, "")+"*")
	}
	at := ""
	if !f.At.IsZero() {
		at = when(f.At)
	}
	room := limit - 90 - utf8.RuneCountInString(at)
	if t := oneLine(f.Text); t != "" {
		t = cutEscaped(t, room*2/3, l.link)
		room -= utf8.RuneCountInString(t)
		parts = append(parts, t)
	}
	if p := l.mentions(f.People, room); p != "" {
		parts = append(parts, p)
	}
	if f.For != "" {
		parts = append(parts, "for", l.mentions([]compliance.PersonID{f.For}, maxField/4))
	}
	if at != "" {
		parts = append(parts, at)
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, " ")
}

// mentions names people one after the other, and how many more there are when
// they do not all fit in limit runes.
func (l *layout) mentions(ids []compliance.PersonID, limit int) string {
	var b strings.Builder
	for i, id := range ids {
		m := mention(id, l.people)
		more := fmt.Sprintf(" and %d more", len(ids)-i)
		if utf8.RuneCountInString(b.String())+utf8.RuneCountInString(m)+2+len(more) > limit {
			b.WriteString(more)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m)
	}
	return strings.TrimSpace(b.String())
}

func label(s string) *slackgo.TextBlockObject {
	s = oneLine(s)
	if s == "" {
		return mrkdwn("·")
	}
	return mrkdwn("*" + cutEscaped(s, 80, "") + "*")
}
